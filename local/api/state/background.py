"""Work that no request waits for: begun in the loop of the API, ended with it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger("local.api")


class Background:
    """What goes on beside requests. A piece that fails says so in the log, and hinders no other."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin *work* and return at once; it is kept alive until it is done."""
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until nothing goes on, what was begun meanwhile included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End what goes on, finished or not."""
        await asyncio.sleep(0)  # what has not begun yet could not end in order
        for task in self._tasks:
            task.cancel()
        await self.settle()


async def _logged(work: Coroutine[Any, Any, Any]) -> None:
    try:
        await work
    except Exception:
        log.exception("background work failed")
