"""Keeps one workerd running on sockets it holds itself, so that a change refuses no request."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from socket import AF_INET, SO_REUSEADDR, SOL_SOCKET, socket

from common.files import write_private
from local.runtime.configuration.capnp import quote
from local.runtime.configuration.environment import Layout
from local.runtime.errors import NotServingError, StartError
from local.runtime.tails.journal import Journal
from local.runtime.workerd.host_os import command_of, defer_accept
from local.runtime.workerd.process import DRAIN_SECONDS, Workerd
from local.runtime.workerd.unavailable import Unavailable

BACKLOG = 512
BACKOFF_SECONDS = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SHORT_SECONDS = 0.5
"""Requests wait for a restart as near as this; for a later one they are told so."""

HEALTHY_WITHIN_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""A process that ran this long has made good for the crashes before it."""


def listen(host: str, port: int) -> socket:
    """Open a listening socket. Raises `OSError` that names the address when it is taken."""
    held = socket(AF_INET)
    held.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    defer_accept(held)
    try:
        held.bind((host, port))
        held.listen(BACKLOG)
    except OSError as error:
        held.close()
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {error.strerror}") from error
    return held


class Supervisor:
    """Starts, replaces and restarts workerd.

    *public* are the sockets at which 503 is answered while nothing healthy runs. *drain_seconds*:
    how long requests in flight may take to finish when the process is replaced.
    """

    def __init__(
        self,
        binary: Path,
        layout: Layout,
        journal: Journal,
        public: tuple[str, ...],
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        self._binary = binary
        self._layout = layout
        self._journal = journal
        self._public = public
        self._drain_seconds = drain_seconds
        self._sockets: Mapping[str, socket] = {}
        self._borrowed: Mapping[str, socket] = {}
        self._unavailable = Unavailable([])
        self._workerd: Workerd | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._change = asyncio.Lock()
        self._crashes = 0
        self.before_end: Callable[[], Awaitable[None]] | None = None
        """Runs before a process that serves is ended, while it still does."""

        self.serving = asyncio.Event()
        self.text: str | None = None
        """What the next process is started on: the same as the present one, or what it was told."""

        self.begun_with: str | None = None
        self.error: str | None = None
        self.swaps = 0
        self.restarts = 0
        self.swap_seconds = 0.0

    @property
    def pid(self) -> int | None:
        return self._workerd.pid if self._workerd and self._workerd.running else None

    async def healthy(self) -> None:
        """Wait for workerd to serve. Raises `NotServingError` when it does not."""
        wait = HEALTHY_WITHIN_SECONDS if self.text else 0
        try:
            await asyncio.wait_for(self.serving.wait(), wait)
        except TimeoutError as error:
            raise NotServingError(f"nothing healthy runs: {self.error}") from error

    def hold(self, sockets: Mapping[str, socket]) -> None:
        """Take over *sockets*, by the names they have in the configuration."""
        self._sockets = sockets
        self._unavailable = Unavailable(sockets[name] for name in self._public)
        end_survivor(self._layout)

    def borrow(self, sockets: Mapping[str, socket]) -> None:
        """Let processes that start from now on serve *sockets* too, which stay their owner's."""
        self._borrowed = sockets

    async def swap(self, text: str, between: Callable[[], Awaitable[None]] | None = None) -> None:
        """Serve the configuration *text* instead of the present one.

        *between* runs when the former process has ended and the next has not begun. Raises
        `StartError` when workerd refuses it; then the former one serves again.
        """
        async with self._change:
            began = time.monotonic()
            former = self.text
            await self._stop_process()
            if between:
                await between()
            try:
                await self._start_process(text)
            except StartError as error:
                self.error = str(error)
                await self._fall_back(former)
                raise
            self.text = text
            self.error = None
            self.swaps += 1
            self.swap_seconds = time.monotonic() - began

    async def fail(self, reason: str) -> None:
        """Serve nothing, and show *reason* to who asks."""
        async with self._change:
            self.error, self.text = reason, None
            await self._stop_process()
            await self._unavailable.show(reason)

    async def stop(self) -> None:
        """End workerd and close the sockets."""
        async with self._change:
            await self._stop_process()
            await self._unavailable.hide()
            for held in self._sockets.values():
                held.close()

    async def _fall_back(self, former: str | None) -> None:
        if former is None:
            await self._unavailable.show(self.error or "")
            return
        try:
            await self._start_process(former)
        except StartError as error:
            await self._unavailable.show(f"{self.error}\n{error}")

    async def _start_process(self, text: str) -> None:
        """Start on *text*. The file, which holds secrets, is gone once it was read."""
        config = self._layout.config
        write_private(config, text)
        sockets = {**self._sockets, **self._borrowed}
        served = {name: each for name, each in sockets.items() if quote(name) in text}
        try:
            workerd = await Workerd.start(self._binary, config, served, self._journal.observe)
        finally:
            config.unlink()
        await self._unavailable.hide()
        write_private(self._layout.pid, str(workerd.pid))
        self._workerd, self.begun_with = workerd, text
        self.serving.set()
        self._watcher = asyncio.create_task(self._watch(workerd))

    async def _stop_process(self) -> None:
        if self.before_end and self.pid:
            await self.before_end()
        self.serving.clear()
        watcher, self._watcher = self._watcher, None
        if watcher and watcher is not asyncio.current_task():
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        workerd, self._workerd = self._workerd, None
        if workerd:
            await workerd.stop(self._drain_seconds)
        self._layout.pid.unlink(missing_ok=True)

    async def _watch(self, workerd: Workerd) -> None:
        """Wait for the process to end by itself, and start it again."""
        began = time.monotonic()
        status = await workerd.wait()
        self.serving.clear()
        self.restarts += 1
        self.error = f"workerd ended by itself with {_described(status)}"
        self._journal.note_crash(self.error)
        crashes = 0 if time.monotonic() - began > HEALTHY_SECONDS else self._crashes + 1
        await self._restart(crashes)

    async def _restart(self, crashes: int) -> None:
        while True:
            self._crashes = crashes
            wait = BACKOFF_SECONDS[min(max(crashes - 1, 0), len(BACKOFF_SECONDS) - 1)]
            if wait > SHORT_SECONDS:
                await self._unavailable.show(f"{self.error}; it is started again")
            await asyncio.sleep(wait)
            try:
                async with self._change:
                    await self._start_process(self.text or "")
            except StartError as error:
                self.error = str(error)
                crashes += 1
                continue
            return


def _described(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"


def end_survivor(layout: Layout) -> None:
    """End a workerd of this directory whose supervisor was killed.

    Its process id may meanwhile belong to something else, hence the look at its command line.
    """
    with suppress(OSError, ValueError):
        pid = int(layout.pid.read_text())
        if str(layout.config) in (command_of(pid) or ""):
            os.kill(pid, signal.SIGKILL)
    layout.pid.unlink(missing_ok=True)
