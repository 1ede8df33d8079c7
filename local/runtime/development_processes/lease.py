"""Something that holds for a time, and ends unless it is renewed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("local.runtime")


class Lease:
    """Calls *end* once the time is over that was last given."""

    def __init__(self, end: Callable[[], Awaitable[object]]) -> None:
        self._end = end
        self._waiting: asyncio.Task[None] | None = None

    def renew(self, seconds: float) -> None:
        """Let it hold for *seconds* from now on."""
        self.cancel()
        self._waiting = asyncio.create_task(self._wait(seconds))

    def cancel(self) -> None:
        """Let it be over without a call."""
        if self._waiting and self._waiting is not asyncio.current_task():
            self._waiting.cancel()
        self._waiting = None

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self._end()
        except Exception:
            log.exception("what a lease held could not be ended")
