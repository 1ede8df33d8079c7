"""What idle WebSockets cost: an object that sleeps, and one that never does (incident 10).

Cloudflare bills the time that an object is in memory and may not leave it. Nothing here counts that
time itself, so what is looked at is the memory: one that is gone cost nothing since.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.systems.project_awareness.conftest import LOOPBACK, AwarenessStack, upload

pytestmark = pytest.mark.workerd

SLEEPING, AWAKE = "lives-awareness-test.chitty.cc", "awake-test.chitty.cc"
SOCKETS = 100
PINGS, BETWEEN_SECONDS = 4, 4
"""Longer than the ten seconds after which the runtime lets an object go that says nothing."""

ROUNDS = 4
"""How often it may be busy with something else when it is looked at."""

COUNTING = """
import worker, { SessionSyncDurableObject as Sessions } from "./worker.mjs";
export { AddressGuardDurableObject, ProjectAwarenessDurableObject } from "./worker.mjs";

export class SessionSyncDurableObject extends Sessions {
  memory = crypto.randomUUID();
  remembered() { return this.memory; }
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/memory") return worker.fetch(request, env, ctx);
    const { SESSION_SYNC_DO: objects } = env;
    return new Response(await objects.get(objects.idFromName("owner:CHITTY-ONE")).remembered());
  },
};
"""
"""The worker as it is, with an object that says whether its memory is the same."""

ACCEPTING = """
import { DurableObject } from "cloudflare:workers";

export class Accepting extends DurableObject {
  memory = crypto.randomUUID();
  fetch(request) {
    if (request.url.endsWith("/memory")) return new Response(this.memory);
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    server.addEventListener("message", () => { server.send("pong"); });
    return new Response(null, { status: 101, webSocket: client });
  }
}

export default { fetch: (request, env) => env.OBJECTS.getByName("one").fetch(request) };
"""
"""The same without hibernation: `accept()` in place of `acceptWebSocket()`."""


@asynccontextmanager
async def many(
    awareness: AwarenessStack, host: str, headers: dict[str, str]
) -> AsyncIterator[list[ClientConnection]]:
    """Open all WebSockets of *host*."""
    async with AsyncExitStack() as stack:
        opening = [
            connect(
                f"ws://{host}/ws",
                host=LOOPBACK,
                port=awareness.cloud.edge_port,
                additional_headers=headers,
                user_agent_header=None,
                proxy=None,
                ping_interval=None,
                open_timeout=60,
                close_timeout=1,
            )
            for _ in range(SOCKETS)
        ]
        yield list(await asyncio.gather(*map(stack.enter_async_context, opening)))


async def pinged(connections: list[ClientConnection]) -> None:
    """Have every WebSocket say `ping`, and hear `pong`, for longer than an object stays awake."""
    for _ in range(PINGS):
        await asyncio.sleep(BETWEEN_SECONDS)
        for each in connections:
            await each.send("ping")
        async with asyncio.timeout(60):
            assert {await each.recv() for each in connections} == {"pong"}
    await asyncio.sleep(BETWEEN_SECONDS)


async def memories(look: Callable[[], Awaitable[str]], sockets: list[ClientConnection]) -> set[str]:
    """Return the memories that the object had, looked at between pings until one is gone."""
    found = {await look()}
    for _ in range(ROUNDS):
        await pinged(sockets)
        found.add(await look())
        if len(found) > 1:
            break
    return found


def test_an_object_with_a_hundred_idle_websockets_leaves_memory(awareness: AwarenessStack) -> None:
    """PA-4: pings do not wake it, and afterwards everybody is told of the next event."""
    variables = {"OWN_ORIGIN": f"https://{SLEEPING}"}
    script = "lives-awareness-test"
    upload(awareness, script, SLEEPING, variables=variables, before={"index.mjs": COUNTING})
    headers = awareness.headers("claude", lifted=True)

    async def look() -> str:
        return (await asyncio.to_thread(awareness.cloud.at, SLEEPING, "/memory")).text

    async def go() -> tuple[set[str], set[int]]:
        async with many(awareness, SLEEPING, headers) as sockets:
            for each in sockets:
                assert json.loads(await each.recv())["type"] == "welcome"
            found = await memories(look, sockets)
            body = {"source_platform": "test", "sync_type": "project_switch"}
            path = "/api/projects/sync"
            ask = awareness.cloud.at
            told = await asyncio.to_thread(ask, SLEEPING, path, "POST", headers=headers, json=body)
            assert told.json()["delivered"] == SOCKETS
            async with asyncio.timeout(60):
                return found, {json.loads(await each.recv())["sequence"] for each in sockets}

    found, sequences = asyncio.run(go())

    assert len(found) == 2
    assert sequences == {1}


def test_one_that_accepts_them_itself_never_does(awareness: AwarenessStack) -> None:
    """The control: the same sockets, pinged as long, keep an object in memory and are billed."""
    cloud = awareness.cloud
    cloud.upload(
        "awake-test",
        {"index.mjs": ACCEPTING},
        bindings=[
            {"type": "durable_object_namespace", "name": "OBJECTS", "class_name": "Accepting"}
        ],
        migrations={"new_tag": "v1", "new_sqlite_classes": ["Accepting"]},
    )
    domain = {"hostname": AWAKE, "service": "awake-test", "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)

    async def look() -> str:
        answer: httpx.Response = await asyncio.to_thread(cloud.at, AWAKE, "/memory")
        return answer.text

    async def go() -> set[str]:
        async with many(awareness, AWAKE, {}) as sockets:
            found = {await look()}
            await pinged(sockets)
            return found | {await look()}

    assert len(asyncio.run(go())) == 1
