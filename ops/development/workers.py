"""The workers of a stack that may be developed: what they are made of, by what the state says."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from ops.engine.resources import short_type, urn_type
from ops.errors import OpsError
from planning.compatibility import has_node

COMPONENT = "chittyos:cloudflare:Worker"
SCRIPT = "WorkersScript"


@dataclass(frozen=True)
class Worker:
    """A worker as it was deployed."""

    script: str
    """Its name in the account."""

    entry: str
    """Module that its bundle begins with, relative to the program."""

    node: bool
    """Whether it has the modules of Node.js."""

    checksum: str
    """SHA-256 of the module that was deployed, 64 hexadecimal digits."""

    hosts: tuple[str, ...]
    """Hosts that it answers at."""


def chosen(resources: Collection[Json], names: Collection[str], root: Path) -> list[Worker]:
    """Return the workers *names* of the state's *resources*, by their scripts; none: all of them.

    Raises `OpsError` for a stack that was not deployed, a name that no worker has, and a worker
    that is not made from a file below *root*.
    """
    found = {worker.script: worker for worker in _workers(resources)}
    if not found:
        raise OpsError("nothing is deployed yet; run make up, then make dev")
    if unknown := sorted(set(names) - found.keys()):
        known = ", ".join(sorted(found))
        raise OpsError(f"there is no worker {unknown[0]} in this stack; there are {known}")
    workers = [found[name] for name in sorted(names or found)]
    for worker in workers:
        if not (root / worker.entry).is_file():
            raise OpsError(
                f"worker {worker.script}: {worker.entry} does not exist below {root}; "
                "only workers of this folder can be developed"
            )
    return workers


def _workers(resources: Iterable[Json]) -> Iterable[Worker]:
    resources = list(resources)
    scripts = [each["inputs"] for each in resources if short_type(each["urn"]) == SCRIPT]
    checksums = {each["scriptName"]: each.get("contentSha256", "") for each in scripts}
    for each in resources:
        inputs = each.get("inputs", {})
        if urn_type(each["urn"]) != COMPONENT or inputs.get("script") not in checksums:
            continue
        yield Worker(
            script=inputs["script"],
            entry=inputs["entry"],
            node=has_node(inputs["compatibility_date"], inputs["compatibility_flags"]),
            checksum=checksums[inputs["script"]],
            hosts=tuple(host["name"] for host in inputs["attachments"]["hosts"]),
        )
