"""R2's lifecycle rules run once a day, by a clock that can be moved."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from common.json_types import Json
from local.runtime.errors import NotServingError

DAY = 24 * 60 * 60.0
LOOK_EVERY = 15 * 60.0


class Lifecycle:
    """Runs *run* (given the time in milliseconds) when a day has passed since it last did.

    The moment of the last run is kept in *path*, so that a laptop which is seldom on for a whole
    day still gets its runs.
    """

    def __init__(self, path: Path, run: Callable[[int], Awaitable[Json]]) -> None:
        self._path = path
        self._run = run
        self._task: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970 by the moved clock."""
        return time.time() + self.offset

    async def run(self) -> Json:
        """Apply the rules now."""
        report = await self._run(int(self.now() * 1000))
        self._path.write_text(json.dumps({"last_run": time.time()}), encoding="utf-8")
        return report

    def start(self) -> None:
        self._ended.clear()
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        self._ended.set()  # a cancellation that meets the end of a request may be lost
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_running(self) -> None:
        while not self._ended.is_set():
            if time.time() - self._last_run() >= DAY:
                with suppress(NotServingError):  # the next look tries again
                    await self.run()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOOK_EVERY)

    def _last_run(self) -> float:
        try:
            return float(json.loads(self._path.read_text(encoding="utf-8"))["last_run"])
        except (OSError, ValueError, KeyError):
            return 0.0
