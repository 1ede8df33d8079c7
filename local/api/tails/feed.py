"""What waits for one client of a tail."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from local.api.tails.messages import OVERLOAD, OVERLOAD_STOP, encoded, notice

Json = dict[str, Any]

LIMIT = 4 * 1024 * 1024
"""Characters that may wait; a usual message has one or two thousand."""


class Feed:
    """A queue that never holds up who fills it.

    When the client is too slow, what no longer fits is dropped until it has taken all that waits;
    the client is told when that begins and ends, in Cloudflare's words.
    """

    def __init__(self, script: str, admits: Callable[[Json], bool]) -> None:
        self._script = script
        self._admits = admits
        self._waiting: deque[str] = deque()
        self._size = 0
        self._dropping = False
        self._filled = asyncio.Event()

    def offer(self, message: Json) -> None:
        """Take *message* if the filters admit it and there is room."""
        if self._dropping or not self._admits(message):
            return
        text = encoded(message)
        if self._size + len(text) > LIMIT:
            self._dropping = True
            text = encoded(notice(OVERLOAD, self._script))
        self._put(text)

    async def next(self) -> str:
        """Wait for the next message."""
        while not self._waiting:
            await self._refill()
        text = self._waiting.popleft()
        self._size -= len(text)
        return text

    async def _refill(self) -> None:
        if self._dropping:
            self._dropping = False
            self._put(encoded(notice(OVERLOAD_STOP, self._script)))
            return
        self._filled.clear()
        await self._filled.wait()

    def _put(self, text: str) -> None:
        self._waiting.append(text)
        self._size += len(text)
        self._filled.set()
