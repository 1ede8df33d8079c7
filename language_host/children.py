"""Processes that a host starts: each ends with the host, whatever ends that one."""

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_CHUNK = 1 << 16


@dataclass(frozen=True)
class Stream:
    """Bytes that a process printed, on standard error where *error* is set."""

    data: bytes
    error: bool


@dataclass(frozen=True)
class Ended:
    """A process that has ended, with its exit code."""

    code: int


class Children:
    """The processes that run now."""

    def __init__(self) -> None:
        self._running: set[Process] = set()

    def kill(self) -> None:
        """Kill every process that runs, and what it started itself."""
        for process in self._running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    async def ask(self, command: Sequence[str], folder: str, question: bytes) -> bytes | None:
        """Run *command* in *folder*, give it *question*, and return its answer.

        The question comes on its standard input, which stays open until the process ends: at its
        end the process knows that this host is gone. The answer is what it writes to the file
        whose number is its last argument; `None` where it did not end well. What it prints goes
        where this host prints.
        """
        reader, writer = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command, str(writer), cwd=folder, stdin=PIPE, pass_fds=[writer],
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(writer)
        with self._kept(process), os.fdopen(reader, "rb") as answer:
            await _give(process, question)
            said = await asyncio.to_thread(answer.read)
            code = await process.wait()
        return None if code else said

    async def run(
        self, command: Sequence[str], folder: str, environ: Mapping[str, str] | None
    ) -> AsyncIterator[Stream | Ended]:
        """Run *command* in *folder* and yield what it prints, and at last how it ended.

        *environ* is its whole environment; default: that of this host.
        """
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environ, stdin=PIPE, stdout=PIPE, stderr=PIPE,
            start_new_session=True,
        )  # fmt: skip
        with self._kept(process):
            async for part in _printed(process):
                yield part
            yield Ended(await process.wait())

    @contextmanager
    def _kept(self, process: Process) -> Iterator[None]:
        """Know *process* while the block runs, and leave none of it behind."""
        self._running.add(process)
        try:
            yield
        finally:
            self._running.discard(process)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


async def _give(process: Process, question: bytes) -> None:
    if process.stdin is None:
        return
    process.stdin.write(len(question).to_bytes(8, "big") + question)
    with suppress(ConnectionError):  # it ended before it read all
        await process.stdin.drain()


async def _printed(process: Process) -> AsyncIterator[Stream]:
    parts: asyncio.Queue[Stream | None] = asyncio.Queue()
    pumps = [
        asyncio.create_task(_pump(stream, error, parts))
        for stream, error in ((process.stdout, False), (process.stderr, True))
        if stream is not None
    ]
    try:
        for _ in pumps:
            while (part := await parts.get()) is not None:
                yield part
    finally:
        for pump in pumps:
            pump.cancel()


async def _pump(
    stream: asyncio.StreamReader, error: bool, parts: "asyncio.Queue[Stream | None]"
) -> None:
    while data := await stream.read(_CHUNK):
        parts.put_nowait(Stream(data, error))
    parts.put_nowait(None)
