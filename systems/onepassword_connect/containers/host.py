"""The containers of the laptop beside the processes: brought up, joined, led to, taken away.

Nobody waits for them. Until they are up, and whenever they are gone, the processes answer.
"""

import asyncio
import sys
import tempfile
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from common.locks import FileLock, HeldError
from common.parent_death import die_with_parent
from systems.onepassword_connect.containers import container_status, engines, streams
from systems.onepassword_connect.containers.stream_multiplexer import Link
from systems.onepassword_connect.names import API, TUNNEL

MODULE = "systems.onepassword_connect.containers"
JOINED = "containers"
"""Socket beside that of the processes: LISTEN leads to one of both."""

AGAIN = "make down, then make up tries again"
AGAIN_SECONDS = 2.0
LOOK_SECONDS = 5.0
"""How often the engine is asked whether all of them run: no stream ends with most of them."""

JOIN_SECONDS = 30
END_SECONDS = 8
"""Within that the containers have to be gone, else the next start removes them."""


@dataclass(frozen=True)
class Host:
    """Whose containers they are, and where they are asked for."""

    engine: Path
    prefix: str
    options: Sequence[str]
    """What else `python -m …containers up` takes."""

    listen: Path
    """Leads to the socket of the processes, or to that of the containers."""

    apart: str
    """Name of that of the processes."""

    connect: str
    """Host and port of the look-alike of Connect."""

    let_go: Callable[[], None]
    """Has the processes end connections that nobody uses at this moment."""

    say: Callable[[str], None]
    """Told what answers at this moment, and why."""


class Containers:
    """Those of a host, in a thread of their own."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._loop = asyncio.new_event_loop()
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to bring them up."""
        self._thread.start()

    def end(self) -> None:
        """Take them away, if they were begun; waits for that, but not for ever."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(lambda: self._task and self._task.cancel())
        self._thread.join(END_SECONDS)

    def _work(self) -> None:
        self._task = self._loop.create_task(self._keep())
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)

    async def _keep(self) -> None:
        await self._answers()
        lock = FileLock(Path(tempfile.gettempdir()) / f"{self._host.prefix}.lock")
        await _held(lock)
        try:
            while not (fault := await self._bring_up()):
                await self._lead()
            self._instead(f"{fault}; {AGAIN}")
        finally:
            await asyncio.shield(asyncio.to_thread(self._take_away))
            lock.release()

    async def _answers(self) -> None:
        """Wait until the engine answers; what is amiss is said whenever it is something else."""
        before = None
        while fault := await asyncio.to_thread(engines.fault, self._host.engine):
            if fault != before:
                self._instead(f"the Docker Engine {self._host.engine} {fault}")
            before = fault
            await asyncio.sleep(AGAIN_SECONDS)

    def _instead(self, fault: str) -> None:
        self._host.say(f"processes in place of containers: {fault}")

    async def _bring_up(self) -> str:
        """Return why they do not come up; "" when they are."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", MODULE, "up", *self._host.options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=die_with_parent(),
        )
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = said.decode(errors="replace").strip()
        if not process.returncode:
            return ""
        sys.stderr.write(f"{text}\n")
        return text.splitlines()[-1] if text else f"{MODULE} ended with {process.returncode}"

    async def _lead(self) -> None:
        """Lead to them whenever they are joined; return when one was removed."""
        place = self._host.listen.with_name(JOINED)
        place.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._came, str(place))
        async with server:
            while True:
                fault, is_gone = await self._until_amiss()
                point(self._host.listen, self._host.apart)
                self._instead(fault)
                if is_gone:
                    return
                await asyncio.sleep(AGAIN_SECONDS)

    async def _until_amiss(self) -> tuple[str, bool]:
        """Lead to them until something is amiss; return what, and whether one was removed."""
        try:
            await self._joined()
        except streams.GoneError as error:
            return f"{error}; all come up again", True
        except OSError as error:
            return str(error), False
        return "a container ended", False

    async def _joined(self) -> None:
        """Join both ends; return when one of both has ended, raise when another container has."""
        await asyncio.to_thread(container_status.check, self._host.engine, self._host.prefix)
        behind, before = await self._streams()
        address, _, port = self._host.connect.rpartition(":")
        links = Link(*before), Link(*behind, lambda: asyncio.open_connection(address, int(port)))
        running = [asyncio.ensure_future(each.run()) for each in links]
        watching = asyncio.ensure_future(self._watch())
        try:
            await asyncio.wait_for(_heard(links), JOIN_SECONDS)
            self._link = links[0]
            point(self._host.listen, JOINED)
            self._host.let_go()
            self._host.say(f"containers on {self._host.engine}: {self._host.prefix}-…")
            await asyncio.wait([*running, watching], return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
        except TimeoutError:
            raise OSError("what is in a container does not join") from None
        finally:
            self._link = None
            for each in (*running, watching):
                each.cancel()
            for _, writer in (behind, before):
                writer.close()

    async def _watch(self) -> None:
        """Raise as soon as one of the containers is not as it was."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(container_status.check, self._host.engine, self._host.prefix)

    async def _streams(self) -> list[tuple[StreamReader, StreamWriter]]:
        """Begin both programs; where one cannot be begun, the other one does not stay either."""
        both = (self._stream(API), self._stream(TUNNEL))
        began = await asyncio.gather(*both, return_exceptions=True)
        opened = [each for each in began if not isinstance(each, BaseException)]
        for failed in began:
            if isinstance(failed, BaseException):
                for _, writer in opened:
                    writer.close()
                raise failed
        return opened

    async def _stream(self, container: str) -> tuple[StreamReader, StreamWriter]:
        name = f"{self._host.prefix}-{container}"
        called = "connect" if container == API else container
        return await streams.opened(self._host.engine, name, (called, "link"))

    async def _came(self, reader: StreamReader, writer: StreamWriter) -> None:
        if self._link:
            await self._link.carry(reader, writer)
        else:
            writer.close()

    def _take_away(self) -> None:
        # Docker's own client takes a third of a second to load, and is used here alone.
        from provider.docker.engine import Engine  # noqa: PLC0415
        from provider.errors import PluginError  # noqa: PLC0415
        from systems.onepassword_connect.containers.leftovers import take_away  # noqa: PLC0415

        with suppress(PluginError):
            take_away(Engine(f"unix://{self._host.engine}"), self._host.prefix)


async def _heard(links: Sequence[Link]) -> None:
    """Wait until the programs in the containers are there: what runs them says nothing of it."""
    await asyncio.gather(*(each.heard.wait() for each in links))


async def _held(lock: FileLock) -> None:
    """Wait for another local Cloudflare of this folder, or one that is about to end."""
    while True:
        with suppress(HeldError):
            lock.acquire()
            return
        await asyncio.sleep(AGAIN_SECONDS / 4)


def prefix_of(name: str) -> str:
    """Return what all names on the engine begin with, as the layout of a machine has it."""
    return f"connect-{name}"


def point(listen: Path, to: str) -> None:
    """Let *listen* lead to the socket *to* beside it: at once, for each new connection."""
    made = listen.with_name(f"{listen.name}.new")
    made.unlink(missing_ok=True)
    made.symlink_to(to)
    made.replace(listen)
