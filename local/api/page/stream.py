"""What happens, as it happens: requests at the edge and lines of the log, a batch at a time."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse

from common.credential_values import looks_like
from common.json_types import Json
from local.api.http.call import Call
from local.api.page.looks import look
from local.api.page.overview import rules
from local.api.state.state import State

TICK_SECONDS = 0.5
WAITING = 500
"""Requests that may wait for the next batch; of more the oldest are counted and dropped."""

BEGINNING = 200
"""Lines of the log that a page begins with."""

HIDDEN = "…"
_PART = re.compile(r"[^/]+")


class Waiting:
    """Requests that the page was not told of yet."""

    def __init__(self) -> None:
        self._kept: deque[Json] = deque(maxlen=WAITING)
        self._seen = 0

    def add(self, request: Json) -> None:
        """Take one more. Of its address the path alone is kept, without what looks secret."""
        path = _PART.sub(lambda part: HIDDEN if looks_like(part[0]) else part[0], request["path"])
        self._kept.append({**request, "path": path})
        self._seen += 1

    def take(self) -> tuple[list[Json], int]:
        """Return what waits, and how many requests were dropped meanwhile."""
        kept, dropped = list(self._kept), self._seen - len(self._kept)
        self._kept.clear()
        self._seen = 0
        return kept, dropped


@look("GET", "events", note="a stream of server-sent events")
async def get_events(call: Call) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return StreamingResponse(_events(call.state), headers=headers, media_type="text/event-stream")


async def _events(state: State) -> AsyncIterator[str]:
    """Yield a batch whenever there is something, until the client or the daemon ends."""
    waiting, since, changes = Waiting(), 0.0, -1
    async with state.runtime.watch_edge(waiting.add):
        while not state.ending.is_set():
            lines = state.runtime.logs(since=since, limit=BEGINNING)
            since = max((line["time"] for line in lines), default=since)
            requests, dropped = waiting.take()
            is_changed, changes = changes != state.records.changes, state.records.changes
            batch = {"requests": _named(state, requests), "dropped": dropped, "lines": lines}
            if lines or requests or is_changed:
                yield f"data: {json.dumps({**batch, 'changed': is_changed})}\n\n"
            else:
                yield ":\n\n"  # fails where the client has gone
            await _pause(state)


def _named(state: State, requests: list[Json]) -> list[Json]:
    """Call the rules that fired what people call them, which the edge does not know."""
    if not any(each["rules"] for each in requests):
        return requests
    known = {rule["id"]: rule["description"] for rule in rules(state.records)}

    def named(fired: Json) -> Json:
        return {"action": fired["action"], "name": known.get(fired["id"]) or fired["id"]}

    return [{**each, "rules": list(map(named, each["rules"]))} for each in requests]


async def _pause(state: State) -> None:
    """Wait for a moment, or for the end of the daemon, which waits for what it answers."""
    waiting = asyncio.create_task(state.ending.wait())
    await asyncio.wait({waiting}, timeout=TICK_SECONDS)
    waiting.cancel()
