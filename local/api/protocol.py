"""What the API asks of the runtime. `local.runtime.Runtime` is the one that serves."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import httpx

from local.model import Checked, Cloud, Worker


class RuntimePort(Protocol):
    """The runtime as the API sees it."""

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        """Start *worker* with empty state; raises `RefusedError` with the compiler's message."""
        ...

    async def apply(self, cloud: Cloud) -> None:
        """Make *cloud* what is served; on `RefusedError` the last good one goes on serving."""
        ...

    async def admin(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask the private worker that holds every binding."""
        ...

    def status(self) -> dict[str, Any]: ...

    async def run_lifecycle(self) -> dict[str, Any]: ...

    async def trigger_cron(self, worker: str, cron: str) -> dict[str, Any]: ...

    def set_clock(self, offset_seconds: float) -> None: ...

    async def set_faults(self, faults: list[dict[str, Any]]) -> None: ...

    def logs(
        self, *, worker: str | None = None, since: float = 0, limit: int = 1000
    ) -> list[dict[str, Any]]: ...

    def watch(
        self, worker: str, observe: Callable[[dict[str, Any]], None]
    ) -> AbstractAsyncContextManager[None]:
        """Have *observe* called with every event of *worker* while the context is open."""
        ...
