"""Programs that run beside the local Cloudflare, behind its tunnels, for as long as it runs.

Each answers at a socket of its own, which tunnels reach in the place of an address that means
something on their own machine only. One that ends is started again; none outlives the daemon, for
it reads the end of its input as the end of whoever started it.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from common.json_types import Json
from local.process.settings import Sidecar

READY_SECONDS = 10
STOP_SECONDS = 10
SOONEST_SECONDS, LATEST_SECONDS = 0.2, 10.0
"""How long one that ended is waited for before it is started again; longer each time."""

WELL_SECONDS = 30
"""After that long it is taken to be well again."""

SOCKET = "socket"
LINES = 1 << 16

log = logging.getLogger("local.sidecars")


class Sidecars:
    """The programs of *declared*, by their names; what they write goes into *logs*."""

    def __init__(self, declared: Mapping[str, Sidecar], logs: Path) -> None:
        # A folder of a short name: a path of a socket has a hundred characters.
        self._root = Path(tempfile.mkdtemp(prefix="sidecars-")) if declared else None
        self._all = [_Running(n, each, self._folder(n), logs) for n, each in declared.items()]

    def _folder(self, name: str) -> Path:
        folder = Path(str(self._root)) / name
        folder.mkdir()
        return folder

    @property
    def places(self) -> dict[str, str]:
        """Where tunnels reach what they know by another address."""
        return {each.declared.serves: f"unix:{each.socket}" for each in self._all}

    def shown(self) -> dict[str, Json]:
        """Return of each whether it runs, and its last words where it does not."""
        return {each.name: each.shown() for each in self._all}

    @asynccontextmanager
    async def running(self, connect: str) -> AsyncIterator[None]:
        """Have them run; *connect* is where the look-alike of 1Password Connect answers."""
        tasks = [asyncio.create_task(each.keep(connect)) for each in self._all]
        try:
            await asyncio.gather(*(each.until_ready() for each in self._all))
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._root:
                shutil.rmtree(self._root, ignore_errors=True)


class _Running:
    """One program: started, watched, started again, ended."""

    def __init__(self, name: str, declared: Sidecar, folder: Path, logs: Path) -> None:
        self.name = name
        self.declared = declared
        self.socket = folder / SOCKET
        self._folder = folder
        self._log = logs / f"{name}.log"
        self._ready = asyncio.Event()
        self._serves = False
        self._note = ""

    def shown(self) -> Json:
        said = self._note if self._serves else self._last_words()
        return {"serves": self._serves, "log": str(self._log), "said": said}

    async def until_ready(self) -> None:
        """Wait for the first time that it serves, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ready.wait(), READY_SECONDS)

    async def keep(self, connect: str) -> None:
        """Run it until this is cancelled, again and again."""
        pause = SOONEST_SECONDS
        self._log.write_bytes(b"")
        while True:
            began = time.monotonic()
            await self._run(connect)
            pause = SOONEST_SECONDS if time.monotonic() - began > WELL_SECONDS else pause * 2
            log.warning("%s ended: %s", self.name, self._last_words())
            await asyncio.sleep(min(pause, LATEST_SECONDS))

    async def _run(self, connect: str) -> None:
        try:
            process = await self._begin(connect)
        except OSError as error:
            self._log.write_text(f"{self.declared.command[0]}: {error.strerror}\n")
            return
        try:
            # A line says that it answers, and what is to be known of that: it may become another.
            while line := await _line(process):
                self._note = line.partition(" ")[2].strip()
                self._serves = True
                self._ready.set()
            await process.wait()
        finally:
            self._serves = False
            await _end(process)

    async def _begin(self, connect: str) -> Process:
        self.socket.unlink(missing_ok=True)
        told = {"LISTEN": str(self.socket), "FOLDER": str(self._folder), "CONNECT": connect}
        with self._log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self.declared.command,
                cwd=self.declared.folder,
                env={**os.environ, **told},
                stdin=PIPE,
                stdout=PIPE,
                stderr=output,
                limit=LINES,
                start_new_session=True,  # Ctrl-C in a terminal is the daemon's to hear
            )

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return next((line for line in reversed(lines) if line.strip()), "it wrote nothing")


async def _line(process: Process) -> str:
    return (await process.stdout.readline()).decode(errors="replace") if process.stdout else ""


async def _end(process: Process) -> None:
    """Tell it to end by closing its input, then by force."""
    if process.stdin:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
