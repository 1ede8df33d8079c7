"""WebSockets that are followed: whether they are opened, stay open, and are told all in order."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from ops.load.load_target import Site, explained
from systems.load import Followed, Load, Message

AT_ONCE = 20
"""WebSockets that are opened at the same time."""

PING_SECONDS = 20
LAST_WORD_SECONDS = 10
"""How long the answer to the last ping may take."""

GONE = (OSError, TimeoutError, InvalidHandshake, ConnectionClosed, ValueError)
"""How a WebSocket ends that is not to: the last stands for what is no JSON."""


@dataclass
class Told:
    """What came of the WebSockets."""

    wanted: int
    opened: int = 0
    open: int = 0
    """How many are at this moment."""

    messages: int = 0
    """Messages with a number that were received."""

    disordered: int = 0
    """Messages whose number was not above that of the one before."""

    missed: int = 0
    """Numbers that were left out."""

    refused: Counter[str] = field(default_factory=Counter)
    """Those that were not opened, by status, or by why."""

    dropped: Counter[str] = field(default_factory=Counter)
    """Those that ended before their time, by close code, or by why."""

    unexplained: int = 0
    """Refusals that do not say when to come again."""


async def follow(site: Site, load: Load, stop: asyncio.Event, told: Told) -> None:
    """Open as many WebSockets as *told* wants, and follow each until the time or *stop*.

    What comes of them goes into *told*, also while it runs.
    """
    followed = load.followed
    if followed is None:
        return
    gate = asyncio.Semaphore(AT_ONCE)
    ends = time.monotonic() + load.socket_seconds
    async with asyncio.TaskGroup() as group:
        for _ in range(told.wanted):
            group.create_task(_Follower(site, followed, told).follow(gate, ends, stop))


class _Follower:
    def __init__(self, site: Site, followed: Followed, told: Told) -> None:
        self._site = site
        self._followed = followed
        self._told = told
        self._order = Order(followed.number, told)

    async def follow(self, gate: asyncio.Semaphore, ends: float, stop: asyncio.Event) -> None:
        """Open one WebSocket and listen until *ends*, or until *stop* is set."""
        followed = self._followed
        async with AsyncExitStack() as stack:
            try:
                async with gate:
                    opening = self._site.socket(followed.path, followed.bearer)
                    socket = await stack.enter_async_context(opening)
            except GONE as error:
                self._refuse(error)
                return
            await self._keep(socket, ends, stop)

    async def _keep(self, socket: ClientConnection, ends: float, stop: asyncio.Event) -> None:
        self._told.opened += 1
        self._told.open += 1
        try:
            await self._listen(socket, ends, stop)
        except GONE as error:
            self._told.dropped[why(error)] += 1
        finally:
            self._told.open -= 1

    async def _listen(self, socket: ClientConnection, ends: float, stop: asyncio.Event) -> None:
        listening = asyncio.create_task(self._hear(socket))
        stopping = asyncio.create_task(stop.wait())
        try:
            while (left := ends - time.monotonic()) > 0 and not stop.is_set():
                waited = min(left, PING_SECONDS)
                await asyncio.wait(
                    {listening, stopping}, timeout=waited, return_when=asyncio.FIRST_COMPLETED
                )
                if listening.done():
                    listening.result()
                await socket.send(self._followed.ping)
            await self._last_word(socket, listening)
        finally:
            listening.cancel()
            stopping.cancel()
            await asyncio.gather(listening, stopping, return_exceptions=True)

    async def _last_word(self, socket: ClientConnection, listening: "asyncio.Task[None]") -> None:
        """Show that it is still there: a ping is answered."""
        self._order.pong.clear()
        await socket.send(self._followed.ping)
        answered = asyncio.create_task(self._order.pong.wait())
        done, _ = await asyncio.wait(
            {listening, answered},
            timeout=LAST_WORD_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if listening in done:
            listening.result()
        if answered not in done:
            answered.cancel()
            raise TimeoutError("no pong")

    async def _hear(self, socket: ClientConnection) -> None:
        while True:
            text = await socket.recv()
            if text == self._followed.pong:
                self._order.pong.set()
            else:
                self._order.hear(json.loads(text))

    def _refuse(self, error: BaseException) -> None:
        self._told.refused[why(error)] += 1
        if isinstance(error, InvalidStatus) and not explained(error.response.headers):
            self._told.unexplained += 1


class Order:
    """Holds the numbers of one socket's messages against each other."""

    def __init__(self, number: Callable[[Message], int | None], told: Told) -> None:
        self.pong = asyncio.Event()
        self._number = number
        self._told = told
        self._last: int | None = None

    def hear(self, message: Message) -> None:
        """Count *message*, and what is wrong with its number."""
        number = self._number(message)
        if number is None:
            return
        if self._last is not None:
            self._told.messages += 1
            self._told.disordered += number <= self._last
            self._told.missed += max(0, number - self._last - 1)
        self._last = max(number, self._last or 0)


def why(error: BaseException) -> str:
    """Say in a word why there is no WebSocket: a status, a close code, the name of an error."""
    if isinstance(error, InvalidStatus):
        return str(error.response.status_code)
    if isinstance(error, ConnectionClosed):
        return str(error.rcvd.code) if error.rcvd else "1006"
    return type(error).__name__
