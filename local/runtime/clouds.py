"""Small questions about a `Cloud`."""

import hashlib
import json
from dataclasses import replace
from typing import Any, TypeVar, cast

from local.model import Cloud, RefusedError, Worker
from local.runtime.bindings import SECRET
from local.runtime.workers import Fault

Value = TypeVar("Value")

SHORTEST = 4
"""Characters a secret must have to be looked for: shorter ones stand in half of all words."""


def with_worker(cloud: Cloud, worker: Worker) -> Cloud:
    """Put *worker* into *cloud*, in the place of one of the same name."""
    others = [other for other in cloud.workers if other.name != worker.name]
    return replace(cloud, workers=(*others, worker))


def fingerprint(cloud: Cloud) -> str:
    """Name what a test start proves: the workers, whatever their order, and who consumes."""
    workers = sorted(repr(worker) for worker in cloud.workers)
    return hashlib.sha256(repr((workers, cloud.consumers)).encode()).hexdigest()


def without_secrets(value: Value, cloud: Cloud, mark: str = "[secret]") -> Value:
    """Put *mark* for the secrets of *cloud* in every text of *value*, a text or any JSON."""
    return cast("Value", _blotted(value, _secrets_of(cloud), mark))


def _secrets_of(cloud: Cloud) -> tuple[str, ...]:
    """List the secrets of all workers, long ones first: one may be the beginning of another."""
    found = {
        form
        for worker in cloud.workers
        for binding in worker.bindings
        if binding["type"] == SECRET and len(binding.get("text") or "") >= SHORTEST
        for form in _forms(binding["text"])
    }
    return tuple(sorted(found, key=len, reverse=True))


def _forms(secret: str) -> tuple[str, ...]:
    """Write *secret* as it is, as JSON has it, and as a console shows it within an object."""
    escaped = json.dumps(secret, ensure_ascii=False)[1:-1]
    return secret, escaped, escaped.replace(r"\"", '"')


def _blotted(value: Any, secrets: tuple[str, ...], mark: str) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, mark)
        return value
    if isinstance(value, list):
        return [_blotted(item, secrets, mark) for item in value]
    if isinstance(value, dict):
        return {name: _blotted(item, secrets, mark) for name, item in value.items()}
    return value


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
