"""WebSockets of Project Awareness on the real runtime: many, at once, and after everything ends.

Each client has an address of its own on the loopback network; limits hold unless a test lifts them.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from ops.load import report
from ops.load.run import run
from systems.load import Asked
from systems.project_awareness.load import load_of
from systems.project_awareness.rates import Rates
from tests.systems.project_awareness.conftest import HOST, LOOPBACK, AwarenessStack
from tests.systems.project_awareness.test_load import shortened, site

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="127.0.0.2 has to be set up"),
]

PATIENCE = 120.0
"""A busy machine opens five hundred at once in its own time."""

OPEN_MOST, PER_MINUTE, BURST = 10, 25, 10
STORM = 500


@asynccontextmanager
async def opened(
    awareness: AwarenessStack, address: str, who: str = "claude", *, lifted: bool = False
) -> AsyncIterator[ClientConnection]:
    """Open a WebSocket from *address*; what it was told first is still to be read."""
    async with connect(
        f"ws://{HOST}/ws",
        host=LOOPBACK,
        port=awareness.cloud.edge_port,
        local_addr=(address, 0),
        additional_headers=awareness.headers(who, lifted=lifted),
        user_agent_header=None,
        proxy=None,
        ping_interval=None,
        open_timeout=PATIENCE,
        close_timeout=1,
        max_queue=None,
    ) as made:
        yield made


async def tried(
    awareness: AwarenessStack, stack: AsyncExitStack, address: str, who: str = "claude"
) -> ClientConnection | int:
    """Open a WebSocket that lives as long as *stack*, or return the status of the refusal."""
    try:
        return await stack.enter_async_context(opened(awareness, address, who))
    except InvalidStatus as error:
        if "Retry-After" not in error.response.headers:
            raise
        return error.response.status_code


async def hear(connection: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE):
        return json.loads(await connection.recv())


def test_a_hundred_stay_open_and_hear_all_in_order(awareness: AwarenessStack) -> None:
    """PA-18: shortened from two minutes; nothing is dropped, missed, or told twice."""
    (sync,) = [each for each in load_of(Rates()).requests if each.path == "/api/projects/sync"]
    test = shortened(
        Rates(),
        requests=(replace(sync, share=1), Asked("/health")),
        rate=10,
        seconds=12,
        sockets=100,
        socket_seconds=15,
    )
    outcome = run(site(awareness, HOST, lifted=True), test, lifted=True)

    assert report.faults(outcome, lifted=True) == []
    assert (outcome.told.opened, outcome.told.dropped.total()) == (100, 0)
    assert outcome.told.messages >= 100 * 40


def test_the_places_of_an_address_are_exact_when_all_are_asked_for_at_once(
    awareness: AwarenessStack,
) -> None:
    """PA-9: forty at once from each of three addresses, and ten of each are open."""
    addresses = ["127.0.1.1", "127.0.1.2", "127.0.1.3"]

    async def go() -> list[Counter[str]]:
        async with AsyncExitStack() as stack:

            async def many(address: str) -> Counter[str]:
                each = [tried(awareness, stack, address) for _ in range(40)]
                found = await asyncio.gather(*each)
                return Counter("429" if one == 429 else "open" for one in found)

            return list(await asyncio.gather(*map(many, addresses)))

    assert asyncio.run(go()) == [{"open": OPEN_MOST, "429": 30}] * 3


def test_new_ones_are_counted_exactly_while_others_are_closed(awareness: AwarenessStack) -> None:
    """PA-9: ten at once and 25 a minute, though each is closed and none is open for long.

    Whenever one is refused the bucket holds no whole token: what it was given is what was opened.
    """

    async def go() -> list[tuple[int, float, float]]:
        made, refusals = 0, list[tuple[int, float, float]]()
        began = first = time.monotonic()
        while len(refusals) < 3:
            sent = time.monotonic()
            async with AsyncExitStack() as stack:
                is_open = await tried(awareness, stack, "127.0.1.4") != 429
                first = time.monotonic() if made == 0 else first
                if not is_open:
                    refusals.append((made, sent - first, time.monotonic() - began))
                    await asyncio.sleep(1)
            made += is_open
            assert time.monotonic() - began < 4 * PATIENCE
        return refusals

    for made, least, most in asyncio.run(go()):
        assert BURST + least * PER_MINUTE / 60 - 1 < made <= BURST + most * PER_MINUTE / 60


@pytest.mark.parametrize("how", ["closed", "vanished"])
def test_places_come_back_when_sockets_end(awareness: AwarenessStack, how: str) -> None:
    """PA-9: by a close, or without a word."""
    address = {"closed": "127.0.1.5", "vanished": "127.0.1.6"}[how]

    async def go() -> None:
        async with AsyncExitStack() as stack:
            found = [await tried(awareness, stack, address) for _ in range(OPEN_MOST)]
            for one in found[:4]:
                assert isinstance(one, ClientConnection)
                one.transport.abort() if how == "vanished" else await one.close()
            await open_again(awareness, stack, address)
            others = [one for one in found[4:] if isinstance(one, ClientConnection)]
            assert len(others) == 6
            for one in others:
                await one.send("ping")

    asyncio.run(go())


async def open_again(awareness: AwarenessStack, stack: AsyncExitStack, address: str) -> None:
    """Open another one as soon as the bucket and the places of *address* allow."""
    ends = time.monotonic() + PATIENCE
    while await tried(awareness, stack, address) == 429:
        assert time.monotonic() < ends
        await asyncio.sleep(0.5)


def test_places_come_back_when_objects_are_started_anew(awareness: AwarenessStack) -> None:
    """PA-9: a deploy ends every WebSocket without a word, and keeps no address out."""

    async def go() -> None:
        async with AsyncExitStack() as stack:
            before = [await tried(awareness, stack, "127.0.1.7") for _ in range(OPEN_MOST)]
            assert 429 not in before
            worker = "export default { fetch: () => new Response() }"
            upload = partial(awareness.cloud.upload, "restarts", {"index.mjs": worker})
            await asyncio.to_thread(upload)
            for one in before:
                assert isinstance(one, ClientConnection)
                await one.wait_closed()
            for _ in range(3):
                await open_again(awareness, stack, "127.0.1.7")

    asyncio.run(go())


def test_a_storm_of_five_hundred_that_reconnect_loses_none_and_nothing(
    awareness: AwarenessStack,
) -> None:
    """PA-18: all are cut off, miss five events, and come back at once, each from its address."""
    addresses = [f"127.0.{2 + number // 250}.{1 + number % 250}" for number in range(STORM)]

    async def go() -> None:
        async with AsyncExitStack() as stack:
            cut = [admitted(awareness, stack, each) for each in addresses]
            connections = await asyncio.gather(*cut)
            assert {(await hear(each))["type"] for each in connections} == {"welcome"}
            last = (await asyncio.to_thread(awareness.switch, "storm-0"))["sequence"]
            heard = await asyncio.gather(*map(hear, connections))
            assert {each["sequence"] for each in heard} == {last}
            for each in connections:
                each.transport.abort()
            missed = [
                (await asyncio.to_thread(awareness.switch, f"storm-{number}"))["sequence"]
                for number in range(1, 6)
            ]
            again = [told_since(awareness, stack, each, last) for each in addresses]
            assert await asyncio.gather(*again) == [missed] * STORM
        await nobody_is_open(awareness)
        await its_places_are_free(awareness, addresses[0])

    asyncio.run(go())


async def admitted(
    awareness: AwarenessStack, stack: AsyncExitStack, address: str
) -> ClientConnection:
    """Open a WebSocket from *address*, again where it is told to ask again."""
    while True:
        try:
            return await stack.enter_async_context(opened(awareness, address))
        except InvalidStatus as error:
            if error.response.status_code != 503:
                raise
            await asyncio.sleep(1)


async def told_since(
    awareness: AwarenessStack, stack: AsyncExitStack, address: str, last: int
) -> list[int]:
    """Reconnect from *address*; return the numbers of the five events after *last*."""
    connection = await admitted(awareness, stack, address)
    assert (await hear(connection))["type"] == "welcome"
    await connection.send(json.dumps({"type": "since", "sequence": last}))
    return [(await hear(connection))["sequence"] for _ in range(5)]


async def nobody_is_open(awareness: AwarenessStack) -> None:
    """Wait until the object knows of nobody: what it answers is not kept, for each look writes."""
    ends = time.monotonic() + PATIENCE
    while True:
        told = await asyncio.to_thread(awareness.switch, "after-the-storm")
        if told["delivered"] == 0:
            return
        assert time.monotonic() < ends
        await asyncio.sleep(0.5)


async def its_places_are_free(awareness: AwarenessStack, address: str) -> None:
    """Take all places of *address* as quickly as the bucket allows: there are ten, none is lost."""
    async with AsyncExitStack() as stack:
        for _ in range(OPEN_MOST):
            await open_again(awareness, stack, address)
        async with asyncio.timeout(PATIENCE):
            await asyncio.sleep(60 / PER_MINUTE + 1)
            assert await tried(awareness, stack, address) == 429
