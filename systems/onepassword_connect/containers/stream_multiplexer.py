"""Many connections over one stream: how requests come into a container that publishes no port.

It runs on both sides, so with nothing but the standard library. One side opens connections, the
other one dials for each. A frame is its kind, the number of the connection, and its content.
"""

import asyncio
import itertools
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress

HEADER = struct.Struct(">BII")
OPEN, DATA, END, HELLO = 1, 2, 3, 4
MOST_BYTES = 1 << 16

Dial = Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]


class Link:
    """One end of it. *dial* reaches whoever the connections of the other end are for."""

    def __init__(
        self, reader: StreamReader, writer: StreamWriter, dial: Dial | None = None
    ) -> None:
        self._reader, self._writer, self._dial = reader, writer, dial
        self._came: dict[int, asyncio.Queue[bytes]] = {}
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self.heard = asyncio.Event()
        """Set when the other end has said hello."""

    async def hello(self) -> None:
        """Say that whoever opens connections here is understood."""
        await self._send(HELLO, 0)

    async def run(self) -> None:
        """Take what comes until the stream ends; all connections end with it."""
        try:
            while True:
                head = await self._reader.readexactly(HEADER.size)
                kind, number, length = HEADER.unpack(head)
                self._take(kind, number, await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for queue in self._came.values():
                queue.put_nowait(b"")
            self._writer.close()

    async def carry(self, reader: StreamReader, writer: StreamWriter, begin: bytes = b"") -> None:
        """Open a connection for this one, of which *begin* was read; return when it has ended."""
        number = next(self._numbers)
        self._came[number] = asyncio.Queue()
        with suppress(ConnectionError):
            await self._send(OPEN, number)
            if begin:
                await self._send(DATA, number, begin)
        await self._join(number, reader, writer)

    def _take(self, kind: int, number: int, content: bytes) -> None:
        if kind == HELLO:
            self.heard.set()
        elif kind == OPEN and self._dial:
            self._came[number] = asyncio.Queue()
            task = asyncio.ensure_future(self._answer(number, self._dial))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif number in self._came:
            # Never waited for: one that reads slowly does not hold up the others.
            self._came[number].put_nowait(content if kind == DATA else b"")

    async def _answer(self, number: int, dial: Dial) -> None:
        try:
            reader, writer = await dial()
        except OSError:
            self._came.pop(number, None)
            with suppress(ConnectionError):
                await self._send(END, number)
        else:
            await self._join(number, reader, writer)

    async def _join(self, number: int, reader: StreamReader, writer: StreamWriter) -> None:
        """Pass on both ways until one of both ends."""
        came = self._came[number]
        pump = asyncio.ensure_future(self._pump(number, reader, came))
        try:
            while content := await came.get():
                writer.write(content)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            pump.cancel()
            self._came.pop(number, None)
            writer.close()
            with suppress(ConnectionError):
                await self._send(END, number)

    async def _pump(self, number: int, reader: StreamReader, came: "asyncio.Queue[bytes]") -> None:
        with suppress(ConnectionError):
            while content := await reader.read(MOST_BYTES):
                await self._send(DATA, number, content)
        came.put_nowait(b"")

    async def _send(self, kind: int, number: int, content: bytes = b"") -> None:
        self._writer.write(HEADER.pack(kind, number, len(content)) + content)
        await self._writer.drain()
