"""Durable Object classes: made to say what they throw, or unreachable to see what happens then."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud, RefusedError, Worker
from local.runtime.configuration.modules import wrapper

THROWN = Path(__file__).parent / "thrown" / "index.mjs"


@dataclass(frozen=True)
class Fault:
    """A Durable Object class that cannot be reached: its constructor throws."""

    worker: str
    class_name: str


def need_class(cloud: Cloud, fault: Fault) -> None:
    """Raise `RefusedError` when the class that *fault* names is not there."""
    known = {
        (worker.name, each.class_name)
        for worker in cloud.workers
        for each in worker.durable_objects
    }
    if (fault.worker, fault.class_name) not in known:
        classes = ", ".join(sorted(f"{worker}/{name}" for worker, name in known)) or "none"
        raise RefusedError(
            f"there is no Durable Object class {fault.class_name} in worker {fault.worker} "
            f"(there are: {classes})"
        )


def first_modules(
    workers: Iterable[Worker], faults: Iterable[Fault], more: str = ""
) -> dict[str, Json]:
    """Make what stands before the main module of each worker that needs it, by worker.

    The methods of Durable Objects say what they throw (`thrown/`); the classes named in *faults*
    are broken. *more*: source for every worker; default: none.
    """
    broken: dict[str, list[str]] = {}
    for fault in faults:
        broken.setdefault(fault.worker, []).append(fault.class_name)
    thrown = THROWN.read_text(encoding="utf-8")
    found = {}
    for worker in workers:
        own = [thrown, *_throwing(broken.get(worker.name, []))] if worker.durable_objects else []
        if own or more:
            found[worker.name] = wrapper(worker, "\n".join([*own, more]))
    return found


def _throwing(classes: list[str]) -> list[str]:
    """Write classes that hide the worker's own and cannot be constructed."""
    return [
        f"export class {name} extends Base {{ constructor(...given) {{ super(...given); "
        f'throw new Error("fault injected: {name} cannot be reached"); }} }}'
        for name in classes
    ]
