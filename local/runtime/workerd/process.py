"""One workerd process: started on sockets that are held elsewhere, watched, ended."""

import asyncio
import json
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import socket

from common.parent_death import die_with_parent
from local.runtime.errors import StartError
from local.runtime.workerd.host_os import environment

DRAIN_SECONDS = 1.0
"""How long requests in flight may take to finish when the process is replaced."""

START_SECONDS = 60.0
LINE_LIMIT = 16 * 1024 * 1024

Observer = Callable[[str], None]

log = logging.getLogger("local.runtime")


class Workerd:
    """A process that serves. Make one with `start`."""

    def __init__(self, process: Process, readers: list[asyncio.Task[None]]) -> None:
        self._process = process
        self._readers = readers

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @classmethod
    async def start(
        cls, binary: Path, config: Path, sockets: Mapping[str, socket], observe: Observer
    ) -> "Workerd":
        """Start on *config* and return when every socket is served.

        *observe* gets each line of output, once it serves. Raises `StartError` with workerd's own
        errors.
        """
        output = _Output(observe)
        process, control = await _spawn(binary, config, sockets)
        readers = [
            asyncio.create_task(_read(stream, output.take))
            for stream in (process.stdout, process.stderr)
            if stream is not None
        ]
        workerd = cls(process, readers)
        try:
            served = await asyncio.wait_for(_listening(control, len(sockets)), START_SECONDS)
        except TimeoutError:
            output.errors.append(f"no answer within {START_SECONDS:.0f} seconds")
            served = False
        if not served:
            await workerd.kill()
            said = "\n".join(output.errors)
            raise StartError(said or f"workerd ended with {process.returncode}")
        output.begin()
        return workerd

    async def wait(self) -> int:
        """Wait for the end; return the exit status, negative for a signal."""
        status = await self._process.wait()
        await asyncio.wait(self._readers)
        return status

    async def stop(self, drain_seconds: float = DRAIN_SECONDS) -> None:
        """End it: what is in flight may finish for a moment, what stays open then is cut."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), drain_seconds)
        except TimeoutError:
            await self.kill()
        await asyncio.wait(self._readers)

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL)
        await self.wait()


class _Output:
    """Keeps lines back until it is known that they are not those of a start that failed."""

    def __init__(self, observe: Observer) -> None:
        self._observe = observe
        self._kept: list[str] | None = []
        self.errors: list[str] = []
        """What workerd reported meanwhile."""

    def take(self, line: str) -> None:
        if self._kept is None:
            self._observe(line)
            return
        self._kept.append(line)
        message = error_in(line)
        if message is not None:
            self.errors.append(message)

    def begin(self) -> None:
        kept, self._kept = self._kept or [], None
        for line in kept:
            self._observe(line)


async def _spawn(
    binary: Path, config: Path, sockets: Mapping[str, socket]
) -> tuple[Process, asyncio.StreamReader]:
    read, write = os.pipe()
    descriptors = {name: sock.fileno() for name, sock in sockets.items()}
    arguments = [f"--socket-fd={name}={number}" for name, number in descriptors.items()]
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(binary), "serve", "--experimental", *arguments, f"--control-fd={write}"),
            *(str(config), "config"),
            pass_fds=(*descriptors.values(), write),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            limit=LINE_LIMIT,
            env=environment(),
            preexec_fn=die_with_parent(),
        )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
    control = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(control), os.fdopen(read, "rb")
    )
    return process, control


async def _listening(control: asyncio.StreamReader, count: int) -> bool:
    """Whether *count* sockets were reported as served before the process ended."""
    served = 0
    while served < count:
        line = await control.readline()
        if not line:
            return False
        served += json.loads(line).get("event") == "listen"
    return True


async def _read(stream: asyncio.StreamReader, observe: Observer) -> None:
    """Take every line, whatever it is: a pipe that nobody empties would halt the process."""
    while (line := await _next_line(stream)) is not None:
        try:
            observe(line)
        except Exception:
            log.exception("a line of the runtime's output could not be kept")


async def _next_line(stream: asyncio.StreamReader) -> str | None:
    """Read a line; what is too long is left out. `None` at the end."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            log.warning("a line of the runtime's output was too long and is left out")
            continue
        return line.decode(errors="replace").rstrip("\n") if line else None


def error_in(line: str) -> str | None:
    """Find the message of a line in which workerd itself reports an error."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line or None
    if isinstance(entry, dict) and entry.get("level") == "error" and "source" in entry:
        return str(entry["message"])
    return None
