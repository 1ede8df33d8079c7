"""Steps of a worker by versions: how many requests the version of the present code answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ops.engine.resources import name_of, short_type
from ops.errors import OpsError
from ops.stack.rollout import Values
from ops.stack.target import Target
from planning.version_shares import ALL

DEPLOYMENT = "WorkersDeployment"


@dataclass(frozen=True)
class Versions:
    """A worker of a system that comes by versions, as the configuration has it."""

    which: str
    """What it is called: `some.worker`, its system and where the block has it."""

    stable: str | None
    """The version that answers the rest, or did so before everything went to the new one."""

    @property
    def key(self) -> str:
        """Key that the file has it under: `some:worker.versions`."""
        return f"{self.which.replace('.', ':', 1)}.versions"

    @property
    def resource(self) -> str:
        """Name that the program gives its deployment."""
        return f"{self.which.replace('.', '-')}-deployment"


def find_versions(target: Target, which: str) -> Versions | None:
    """Find the worker *which* (`SYSTEM.PATH`) of *target*; `None` where none comes by versions."""
    worker = target.config.get(which.replace(".", ":", 1))
    given = worker.get("versions") if isinstance(worker, Mapping) else None
    if not isinstance(given, Mapping):
        return None
    stable = given.get("stable")
    return Versions(which, str(stable) if stable else None)


def serving(versions: Versions, resources: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return what each version answers of a hundred requests, by the state of the stack.

    Raises `OpsError` where the worker was never deployed.
    """
    for resource in resources:
        urn = resource["urn"]
        if short_type(urn) == DEPLOYMENT and name_of(urn) == versions.resource:
            shares = resource["inputs"]["versions"]
            return {str(each["versionId"]): int(each["percentage"]) for each in shares}
    raise OpsError(f"{versions.which} was never deployed; bring the stack up first")


def step(versions: Versions, shares: Mapping[str, int], to: Decimal) -> Values:
    """Return the values by which the version of the present code answers *to*, 0.00 to 1.00.

    *shares*: what is deployed. Where one version has all and a new one begins, it becomes the
    stable one; a step on the way, and back, keeps the stable one that there is.
    """
    begins = 0 < to < 1 and len(shares) == 1 and versions.stable not in shares
    stable = next(iter(shares)) if begins else versions.stable
    if to < 1 and stable is None:
        raise OpsError(
            f"{versions.which} has no version before the present one; "
            f"there is nothing to go back to"
        )
    values: Values = {f"{versions.key}.percentage": str(int(to * ALL))}
    return values | ({f"{versions.key}.stable": stable} if begins else {})


def grown(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """Return the version that a step from *before* to *after* has given more; "" where none has."""
    larger = (version for version, share in after.items() if share > before.get(version, 0))
    return max(larger, key=lambda version: after[version], default="")


def back(versions: Versions, before: Mapping[str, int], new: str) -> Values:
    """Return the values by which the version *new*, of the present code, answers what it did.

    *before*: the shares before the step, as they were recorded. The rest goes to the one of them
    that had most; of two versions that both are no more in the code, the smaller share as well.
    """
    others = {version: share for version, share in before.items() if version != new}
    return {
        f"{versions.key}.percentage": str(before.get(new, 0)),
        f"{versions.key}.stable": max(others, key=lambda version: others[version]),
    }


def told(shares: Mapping[str, int]) -> str:
    """Say who answers how much: `0d5f…: 10 of 100, 77ab…: 90 of 100`."""
    return ", ".join(f"{version}: {percentage} of {ALL}" for version, percentage in shares.items())
