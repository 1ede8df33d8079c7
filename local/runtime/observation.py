"""What can be seen of a runtime: its status, its journal, events of workers, requests."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.environment import Account
from local.runtime.configuration.redaction import without_secrets
from local.runtime.development_processes.development_processes import Sides
from local.runtime.r2.lifecycle import Lifecycle
from local.runtime.serving import Serving
from local.runtime.tails.journal import Journal
from local.runtime.tails.tail_subscriptions import EDGE, Observer, TailSubscriptions
from local.runtime.workerd.host_os import resident_bytes
from local.runtime.workerd.supervisor import Supervisor


class Observation:
    """The part of a runtime that tells what happens in it."""

    _journal: Journal
    _tails: TailSubscriptions
    _requests: TailSubscriptions

    _account: Account
    _lifecycle: Lifecycle
    _serving: Serving
    _sides: Sides
    _supervisor: Supervisor
    _started_at: float

    @property
    def _cloud(self) -> Cloud:
        return self._serving.cloud

    @property
    def edge_port(self) -> int:
        return self._account.edge_port

    @property
    def s3_port(self) -> int:
        return self._account.s3_port

    @property
    def clock_offset(self) -> float:
        """Seconds that the "now" of lifecycle rules and health checks is ahead of real time."""
        return self._lifecycle.offset

    def status(self) -> Json:
        """Return what runs: process, workers, how often and how fast it changed, the last error."""
        supervisor = self._supervisor
        pid = supervisor.pid
        return {
            "ready": supervisor.serving.is_set() and self._sides.serving,
            "pid": pid,
            "started_at": self._started_at,
            "workers": [worker.name for worker in self._cloud.workers if not worker.version],
            "edge_port": self.edge_port,
            "s3_port": self.s3_port,
            "reloads": max(supervisor.swaps - 1, 0),
            "restarts": supervisor.restarts,
            "last_swap_ms": round(supervisor.swap_seconds * 1000),
            "memory_bytes": resident_bytes(pid) if pid else None,
            "last_error": supervisor.error,
            "development": self._sides.status(),
            "clock_offset_seconds": self.clock_offset,
            "faults": [
                {"worker": fault.worker, "durable_object": fault.class_name}
                for fault in self._serving.faults
            ],
        }

    def logs(
        self,
        *,
        worker: str | None = None,
        since: float = 0,
        limit: int = 1000,
        probes: bool = False,
    ) -> list[Json]:
        """Return the newest entries of the journal after *since* (seconds), oldest first.

        *probes*: also what the platform's own health requests left without anything going wrong.
        """
        return self._journal.entries(worker=worker, since=since, limit=limit, probes=probes)

    def note(self, message: str, level: str = "info") -> None:
        """Add a line of the runtime's own to the journal."""
        self._journal.note(message, level)

    def without_secrets(self, value: Any) -> Any:
        """Return *value*, any JSON, with a mark for each secret of the account in its texts."""
        return without_secrets(value, self._cloud)

    def watch(self, worker: str, observe: Observer) -> AbstractAsyncContextManager[None]:
        """Have *observe* called with every event of *worker*, in the form of a tail worker's.

        From when the context is entered until it is left, whatever is changed meanwhile.
        """
        return self._tails.subscribe(worker, observe)

    def watch_edge(self, observe: Observer) -> AbstractAsyncContextManager[None]:
        """Have *observe* called with every request that the edge has answered.

        `{at, took, method, host, path, status, rules}`: times in milliseconds, the rules that fired
        each with `id` and `action`. As long as the context is open.
        """
        return self._requests.subscribe(EDGE, observe)
