"""The WebSocket of a tail: `wrangler tail` listens there."""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.state.open_tails import Tail, tail_not_found
from local.api.state.state import State
from local.api.tails.feed import Feed, message_of
from local.api.workers.deploy import live_version
from local.records.records import Kind, RecordsError

PATH = "/local/tails/"
PROTOCOL = "trace-v1"

NORMAL = 1000
POLICY = 1008
CLOSE_SECONDS = 1.0
"""A client that does not read cannot be told that it is over, either."""


async def converse(websocket: WebSocket, state: State) -> None:
    """Send what happens in the worker until tail or client are gone. Refusals are `ApiError`."""
    tail = _tail_of(websocket, state)
    feed = Feed(tail.script, tail.admits)

    def observe(trace: Json) -> None:
        feed.offer(message_of(trace, tail.script, _live(state, tail.script)))

    with tail.joined():
        async with state.runtime.watch(tail.script, observe):
            await websocket.accept(PROTOCOL)
            code, reason = await _until_over(websocket, tail, feed)
        with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            await asyncio.wait_for(websocket.close(code, reason), CLOSE_SECONDS)


def _tail_of(websocket: WebSocket, state: State) -> Tail:
    path = websocket.url.path
    if not path.startswith(PATH):
        raise tail_not_found()
    tail = state.tails.open(path.removeprefix(PATH))
    if PROTOCOL not in websocket.scope["subprotocols"]:
        raise invalid_request(f"a tail speaks {PROTOCOL} only; name it as the subprotocol")
    return tail


def _live(state: State, script: str) -> str | None:
    record = state.records.get(Kind.SCRIPT, script)
    if record is None:
        return None
    with suppress(RecordsError):
        return str(live_version(state.records, record)["id"])
    return None


async def _until_over(websocket: WebSocket, tail: Tail, feed: Feed) -> tuple[int, str]:
    """Talk to the client; return why that ended."""
    sending = _task(_send(websocket, feed))
    listening = _task(_listen(websocket))
    deleted = _task(tail.over.wait())
    tasks = (sending, listening, deleted)
    done, _ = await asyncio.wait(
        tasks, timeout=tail.seconds_left, return_when=asyncio.FIRST_COMPLETED
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if not done:
        return NORMAL, "the tail has expired"
    if deleted in done:
        return NORMAL, "the tail was deleted"
    refusal = listening.result() if listening in done else None
    return (POLICY, str(refusal)) if refusal else (NORMAL, "")


def _task(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.create_task(work)


async def _send(websocket: WebSocket, feed: Feed) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.send_text(await feed.next())


async def _listen(websocket: WebSocket) -> str | None:
    """Wait for the client to go, or to ask for what is not emulated: return that."""
    while (given := await websocket.receive())["type"] == "websocket.receive":
        if _wants_debug(given.get("text")):
            return "not emulated: debug"
    return None


def _wants_debug(text: str | None) -> bool:
    with suppress(ValueError, AttributeError):
        return bool(json.loads(text or "{}").get("debug"))
    return False
