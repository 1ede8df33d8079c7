"""Durable Object classes that are made unreachable, to see what a worker does then."""

from collections.abc import Iterable
from dataclasses import dataclass

from common.json_types import Json
from local.records.model import Cloud, RefusedError, Worker
from local.runtime.configuration.modules import wrapper


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


def breaking_modules(workers: Iterable[Worker], faults: Iterable[Fault]) -> dict[str, Json]:
    """Make the first modules that break the classes named in *faults*, by worker."""
    broken: dict[str, list[str]] = {}
    for fault in faults:
        broken.setdefault(fault.worker, []).append(fault.class_name)
    return {
        worker.name: wrapper(worker, _throwing(broken[worker.name]))
        for worker in workers
        if worker.name in broken
    }


def _throwing(classes: list[str]) -> str:
    """Write classes that hide the worker's own and cannot be constructed."""
    definitions = ['import { DurableObject } from "cloudflare:workers";']
    definitions += [
        f"export class {name} extends DurableObject {{ constructor(...given) {{ super(...given); "
        f'throw new Error("fault injected: {name} cannot be reached"); }} }}'
        for name in classes
    ]
    return "\n".join(definitions)
