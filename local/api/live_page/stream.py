"""What happens, as it happens: requests at the edge and lines of the log, a batch at a time."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from pydantic import ValidationError
from starlette.responses import StreamingResponse

from common.credential_values import looks_like
from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.envelope import seconds
from local.api.live_page.overview import rules
from local.api.live_page.page_queries import look
from local.api.state.state import State

TICK_SECONDS = 0.5
WAITING = 500
"""Requests that may wait for the next batch; of more the oldest are counted and dropped."""

LINES = 200
"""Lines of the log that a page begins with, and that a batch has at most; of more the newest."""

ALL = 1_000_000
"""More lines than a log keeps."""

LONGEST_PATH = 2048
"""Characters of a path that are shown."""

HIDDEN = "…"
_PART = re.compile(r"[^/]+")


class Fired(Body):
    """A rule that fired for a request."""

    id: str
    action: str


class Seen(Body):
    """A request as the edge says it (`edge/entry/reports.mjs`).

    What has another form is left out: a batch of a hundred is not to fail by one of them.
    """

    at: float
    took: float
    method: str
    host: str
    path: str
    status: int
    rules: tuple[Fired, ...]


class Waiting:
    """Requests that the page was not told of yet."""

    def __init__(self) -> None:
        self._kept: deque[Json] = deque(maxlen=WAITING)
        self._seen = 0

    def add(self, request: Json) -> None:
        """Take one more. It costs next to nothing: of a flood most are never shown."""
        self._kept.append(request)
        self._seen += 1

    def take(self) -> tuple[list[Json], int]:
        """Return what waits, and how many requests were dropped meanwhile."""
        kept, dropped = list(_shown(self._kept)), self._seen - len(self._kept)
        self._kept.clear()
        self._seen = 0
        return kept, dropped


def _shown(requests: Iterable[Json]) -> Iterator[Json]:
    """Yield *requests* with paths as a page may have them: short, without what looks secret."""
    for each in requests:
        with suppress(ValidationError):
            seen = Seen.model_validate(each).model_dump(mode="json")
            path = seen["path"]
            cut = f"{path[:LONGEST_PATH]}{HIDDEN}" if len(path) > LONGEST_PATH else path
            yield {**seen, "path": _PART.sub(_part, cut)}


def _part(found: re.Match[str]) -> str:
    return HIDDEN if looks_like(unquote(found[0])) else found[0]


@look("GET", "events", note="a stream of server-sent events; `?since=`: lines after that time")
async def get_events(call: Call) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    told = events(call.state, seconds(call.query, "since"))
    return StreamingResponse(told, headers=headers, media_type="text/event-stream")


async def events(state: State, since: float) -> AsyncGenerator[str, None]:
    """Yield a batch whenever there is something, until the client or the daemon ends.

    Its lines are those after *since*, in seconds since 1970; 0: the last that there are.
    """
    waiting, changes = Waiting(), -1
    async with state.runtime.watch_edge(waiting.add):
        while not state.ending.is_set():
            lines, missed = _lines(state, since)
            since = max((line["time"] for line in lines), default=since)
            requests, dropped = waiting.take()
            is_changed, changes = changes != state.records.changes, state.records.changes
            if lines or requests or is_changed:
                batch = {"requests": _named(state, requests), "lines": lines, "changed": is_changed}
                batch["missed"] = {"requests": dropped, "lines": missed}
                yield f"data: {json.dumps(state.runtime.without_secrets(batch))}\n\n"
            else:
                yield ":\n\n"  # fails where the client has gone
            await _pause(state)


def _lines(state: State, since: float) -> tuple[list[Json], int]:
    """Return the newest lines after *since*, and how many of those after it are too many."""
    found = state.runtime.logs(since=since, limit=ALL)
    lines = found[-LINES:]
    return lines, len(found) - len(lines) if since else 0


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
    with suppress(TimeoutError):
        await asyncio.wait_for(state.ending.wait(), TICK_SECONDS)
