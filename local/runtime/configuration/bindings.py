"""What every binding is made with: where it stands, and how it refuses."""

from collections.abc import Callable
from dataclasses import dataclass

from common.json_types import Json
from local.records.model import Cloud, RefusedError, Worker


class DanglingError(RefusedError):
    """A binding names something that is not, or no longer, there."""


@dataclass(frozen=True)
class Context:
    """Where a binding stands: its *worker*, and the *cloud* its target must be in."""

    worker: Worker
    cloud: Cloud

    def refuse(self, binding: Json, reason: str) -> RefusedError:
        return RefusedError(f"binding {binding['name']} of worker {self.worker.name}: {reason}")

    def need(self, binding: Json, target: str, known: bool, what: str) -> None:
        """Raise `DanglingError` unless *target* is *known*; *what* says what it is."""
        if not known:
            raise DanglingError(str(self.refuse(binding, f"there is no {what} {target}")))


Form = Callable[[Json, Context], Json]
"""Turns a binding of the API into one of workerd's configuration."""
