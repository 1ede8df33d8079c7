"""WebSockets, hibernation and alarms of Durable Objects, through the edge."""

import asyncio
import json
import os
import signal
import time
from pathlib import Path

import pytest
import websockets

from tests.local.runtime.conftest import Start
from tests.support_runtime import HOST, RunningRuntime, eventually, objects, script, serving

pytestmark = pytest.mark.workerd

ROOM = """import { DurableObject } from "cloudflare:workers";
export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.asked = 0;
    this.kv = ctx.storage.kv;
    this.kv.put("wakeups", (this.kv.get("wakeups") ?? 0) + 1);
  }
  fetch(request) {
    const path = new URL(request.url).pathname;
    if (path === "/ws") {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      server.serializeAttachment({ from: request.headers.get("cf-connecting-ip") });
      return new Response(null, { status: 101, webSocket: client });
    }
    if (path === "/alarm") this.ctx.storage.setAlarm(Date.now() + 500);
    return Response.json({ rung: this.kv.get("rung") ?? 0 });
  }
  webSocketMessage(socket, text) {
    this.asked += 1;
    const { asked } = this;
    const wakeups = this.kv.get("wakeups");
    socket.send(JSON.stringify({ text, asked, wakeups, ...socket.deserializeAttachment() }));
    for (const other of this.ctx.getWebSockets()) if (other !== socket) other.send(text);
  }
  webSocketClose(socket, code) { socket.close(code); }
  alarm() { this.kv.put("rung", (this.kv.get("rung") ?? 0) + 1); }
}
export default { fetch: (request, env) => env.ROOM.getByName("one").fetch(request) }"""
BINDING = {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"}


@pytest.fixture
def edge(start: Start, tmp_path: Path) -> RunningRuntime:
    return start(
        serving(script(tmp_path, ROOM, bindings=(BINDING,), durable_objects=objects("Room")))
    )


def connect(edge: RunningRuntime) -> websockets.connect:
    return websockets.connect(
        f"ws://{HOST}/ws", host="127.0.0.1", port=edge.runtime.edge_port, proxy=None
    )


async def ask(socket: websockets.ClientConnection, text: str) -> dict[str, object]:
    await socket.send(text)
    return dict(json.loads(await asyncio.wait_for(socket.recv(), 10)))


def test_a_websocket_outlives_the_object_that_sleeps(edge):
    async def talk() -> tuple[dict[str, object], ...]:
        async with connect(edge) as socket:
            before = await ask(socket, "one"), await ask(socket, "two")
            await asyncio.sleep(13)  # an object without work leaves memory after ten seconds
            return (*before, await ask(socket, "three"))

    first, second, third = asyncio.run(talk())

    assert first == {"text": "one", "asked": 1, "wakeups": 1, "from": "127.0.0.1"}
    assert (second["asked"], second["wakeups"]) == (2, 1)
    assert third == {"text": "three", "asked": 1, "wakeups": 2, "from": "127.0.0.1"}


def test_sockets_of_one_object_hear_each_other(edge):
    async def talk() -> str:
        async with connect(edge) as one, connect(edge) as other:
            await ask(one, "hello")
            return str(await asyncio.wait_for(other.recv(), 10))

    assert asyncio.run(talk()) == "hello"


def test_a_change_closes_sockets_and_does_not_wait_for_them(edge, tmp_path):
    async def talk() -> float:
        async with connect(edge) as socket:
            await ask(socket, "one")
            began = time.monotonic()
            changed = f"{ROOM} // changed"
            worker = script(tmp_path, changed, bindings=(BINDING,), durable_objects=objects("Room"))
            await asyncio.to_thread(edge.apply, serving(worker))
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10)
            return time.monotonic() - began

    assert asyncio.run(talk()) < 8


def test_an_alarm_rings_also_after_a_kill(edge):
    edge.get("/alarm")
    eventually(lambda: edge.get("/").json(), {"rung": 1})
    edge.get("/alarm")
    os.kill(edge.runtime.status()["pid"], signal.SIGKILL)

    eventually(lambda: edge.get("/").json(), {"rung": 2})
