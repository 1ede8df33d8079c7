"""What waits for one client of a tail: events in the form of Cloudflare."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable

from common.json_types import Json

LOG_FIELDS = ("message", "level", "timestamp")
MILLISECONDS = 1000

OVERLOAD = {
    "type": "overload",
    "message": "Tail is currently in sampling mode due to the high volume of messages. To prevent "
    "messages from being dropped consider adding filters.",
}
OVERLOAD_STOP = {
    "type": "overload-stop",
    "message": "Tail has exited sampling mode and is no longer dropping messages.",
}

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


def message_of(trace: Json, script: str, version: str | None) -> Json:
    """Make the message for an event of *script*, whose live version is *version*."""
    logs = [{name: line.get(name) for name in LOG_FIELDS} for line in trace["logs"]]
    named = {"scriptName": script, "scriptVersion": {"id": version} if version else None}
    return {**trace, **named, "logs": logs}


def notice(event: Json, script: str) -> Json:
    """Make the message that tells *event* of the tail itself."""
    return {
        "outcome": "ok",
        "scriptName": script,
        "exceptions": [],
        "logs": [],
        "eventTimestamp": round(time.time() * MILLISECONDS),
        "event": event,
    }


def encoded(message: Json) -> str:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
