"""ChittyConnect on the local Cloudflare: cold start, object start, load, WebSockets (FW-3)."""

import asyncio
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import websockets

from harness.clone import Clone, make_clone
from harness.figure import Figure
from harness.object_starts import object_starts

RATE = 100
SECONDS = 10
SOCKETS = 100
MILLISECONDS = 1000
HOST = "connect-development.chitty.cc"
OWNER = "CHITTY-PEO-0001234-A1B2"


def figures() -> Iterator[Figure]:
    """Measure; takes about a minute."""
    with tempfile.TemporaryDirectory() as folder:
        clone = make_clone(Path(folder) / "clone")
        try:
            for step in (("start",), ("up", "development")):
                done = clone.ops(*step)
                if done.code:
                    raise SystemExit(done.said)
            yield from _starts(clone)
            yield from asyncio.run(_loads(clone))
        finally:
            clone.local("stop")


def _starts(clone: Clone) -> Iterator[Figure]:
    startup = clone.api("/workers/services/chittyconnect-development")
    script = startup["default_environment"]["script"]
    how = "startup_time_ms of the upload: loading the module in a fresh workerd"
    yield Figure("worker cold start", float(script["startup_time_ms"]), "ms", how, 100)
    yield from object_starts(50)


async def _loads(clone: Clone) -> list[Figure]:
    return [await _requests(clone), *await _sockets(clone)]


async def _requests(clone: Clone) -> Figure:
    """Send at an even rate whatever the answers do, so that a slow one holds up no other."""
    session = f"load-{uuid.uuid4().hex}"
    body = {"chittyId": OWNER, "sessionId": session, "metadata": {}}
    clone.ask(HOST, "POST", "/api/v1/sessions", json=body).raise_for_status()
    took: list[float] = []
    async with _client(clone) as client:
        tasks = []
        path = f"/api/v1/sessions/{session}"
        for _ in range(RATE * SECONDS):
            tasks.append(asyncio.create_task(_took(took, lambda: client.get(path))))
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*tasks)
    how = f"GET of a session at {RATE} requests/s for {SECONDS} s, all answered"
    return Figure("p95 under load", _p95(took), "ms", how, 200)


async def _sockets(clone: Clone) -> list[Figure]:
    """Open all at once; once all are open, ask on each, a hundred a second."""
    sessions = [await asyncio.to_thread(_session, clone) for _ in range(SOCKETS)]
    opened: list[float] = []
    answered: list[float] = []
    async with AsyncExitStack() as stack:
        sockets = await asyncio.gather(*(_socket(clone, stack, it, opened) for it in sessions))
        tasks = []
        for socket in sockets:
            tasks.append(asyncio.create_task(_took(answered, partial(_ping, socket))))
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*tasks)
    how = f"{SOCKETS} to {SOCKETS} objects, opened at the same moment"
    asked = f"{SOCKETS} open at a time, asked one after the other at {RATE}/s"
    return [
        Figure("WebSocket open, p95", _p95(opened), "ms", how),
        Figure("WebSocket answer, p95", _p95(answered), "ms", asked, 200),
    ]


async def _socket(clone: Clone, stack: AsyncExitStack, session: str, opened: list[float]) -> Any:
    begun = time.perf_counter()
    connecting = websockets.connect(
        f"ws://{HOST}/api/v1/sessions/{session}/ws",
        host="127.0.0.1",
        port=clone.port + 1,
        additional_headers={"Authorization": _bearer(clone)},
        proxy=None,
        open_timeout=60,
    )
    socket = await stack.enter_async_context(connecting)
    opened.append((time.perf_counter() - begun) * MILLISECONDS)
    return socket


def _session(clone: Clone) -> str:
    name = uuid.uuid4().hex
    body = {"chittyId": OWNER, "sessionId": name, "metadata": {}}
    clone.ask(HOST, "POST", "/api/v1/sessions", json=body).raise_for_status()
    return name


async def _ping(socket: Any) -> None:
    await socket.send(json.dumps({"type": "ping"}))
    while json.loads(await socket.recv())["type"] != "pong":
        pass


async def _took(into: list[float], run: Callable[[], Awaitable[Any]]) -> None:
    begun = time.perf_counter()
    answer = await run()
    if isinstance(answer, httpx.Response):
        answer.raise_for_status()
    into.append((time.perf_counter() - begun) * MILLISECONDS)


def _client(clone: Clone) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{clone.port + 1}",
        headers={"Host": HOST, "Authorization": _bearer(clone)},
        timeout=30,
    )


def _bearer(clone: Clone) -> str:
    return "Bearer " + (clone.root / ".local" / "development-token").read_text().strip()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
