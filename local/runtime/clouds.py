"""Small questions about a `Cloud`."""

import hashlib
from dataclasses import replace

from local.model import Cloud, RefusedError, Worker
from local.runtime.bindings import SECRET
from local.runtime.workers import Fault


def with_worker(cloud: Cloud, worker: Worker) -> Cloud:
    """Put *worker* into *cloud*, in the place of one of the same name."""
    others = [other for other in cloud.workers if other.name != worker.name]
    return replace(cloud, workers=(*others, worker))


def fingerprint(cloud: Cloud) -> str:
    """Name what a test start proves: the workers, whatever their order, and who consumes."""
    workers = sorted(repr(worker) for worker in cloud.workers)
    return hashlib.sha256(repr((workers, cloud.consumers)).encode()).hexdigest()


def without_secrets(message: str, cloud: Cloud) -> str:
    """Blot out the secrets of *cloud* in *message*."""
    for secret in secrets_of(cloud):
        message = message.replace(secret, "[secret]")
    return message


def secrets_of(cloud: Cloud) -> tuple[str, ...]:
    """List the secrets of all workers, long ones first: one may be the beginning of another."""
    found = {
        binding["text"]
        for worker in cloud.workers
        for binding in worker.bindings
        if binding["type"] == SECRET and binding.get("text")
    }
    return tuple(sorted(found, key=len, reverse=True))


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
