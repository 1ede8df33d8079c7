"""What comes to a runtime while it serves: uploads to check, clouds to serve, development."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from local.records.model import Checked, Cloud, RefusedError, Worker
from local.runtime.assembly.registry import KINDS
from local.runtime.concurrency import Debouncer
from local.runtime.development_processes.development_processes import Sides
from local.runtime.errors import NotServingError, StartError
from local.runtime.objects.faults import Fault
from local.runtime.probe.probe import Prober, fingerprint, refusal
from local.runtime.serving import Serving

DEBOUNCE_SECONDS = 0.05
Found = dict[str, Checked]


class Changes:
    """Makes *serving* serve what is wanted, one change after the other.

    *admin* asks the admin worker.
    """

    def __init__(
        self,
        serving: Serving,
        sides: Sides,
        prober: Prober,
        admin: Callable[[str, str], Awaitable[Any]],
    ) -> None:
        self._serving = serving
        self._sides = sides
        self._prober = prober
        self._admin = admin
        self._alone = asyncio.Lock()
        self._wanted: Cloud | None = None
        self._proven: set[str] = set()
        self._debouncer = Debouncer(
            self._swap, DEBOUNCE_SECONDS, NotServingError("the runtime is stopping")
        )

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        """Start *worker* of *cloud*; see `Runtime.check`."""
        found = None
        if worker in cloud.workers:
            serve = asyncio.create_task(self._serve_to_check(worker.name, cloud))
            found = await asyncio.shield(serve)  # whoever asked may go; a process is being changed
        return (found or await self._probe(cloud.with_worker(worker), worker.name))[worker.name]

    async def apply(self, cloud: Cloud) -> None:
        """Serve *cloud*; see `Runtime.apply`."""
        self._wanted = cloud
        try:
            if self._alone.locked() or not self._serving.is_served(cloud):
                await self._debouncer.submit(cloud)
        finally:
            if self._wanted is cloud:
                self._wanted = None

    async def develop(self, names: frozenset[str]) -> None:
        """Run the workers *names* in processes of their own; see `Runtime.develop`."""
        known = {worker.name for worker in self._present.workers}
        if missing := sorted(names - known):
            there = ", ".join(sorted(known)) or "none"
            raise RefusedError(f"there is no worker {missing[0]} (there are: {there})")
        async with self._alone:
            former, self._serving.developed = self._serving.developed, names
        try:
            if former != names:
                await self.apply(self._present)
        except BaseException:
            self._serving.developed = former
            raise

    async def break_down(self, faults: Sequence[Fault]) -> None:
        """Make the classes that *faults* name unreachable, and no others."""
        self._serving.faults = tuple(faults)
        await self.apply(self._present)

    async def cancel(self) -> None:
        """Give up what is wanted but not begun, and wait for what is running."""
        await self._debouncer.cancel()

    @property
    def _present(self) -> Cloud:
        """What is to be served last of all that is known."""
        return self._wanted or self._serving.cloud

    async def _serve_to_check(self, name: str, cloud: Cloud) -> Found | None:
        """Serve *cloud* if only the process of worker *name* has to start anew for it.

        Returns what its workers are; `None`, with nothing done, where it takes more.
        """
        async with self._alone:
            former, group = self._serving.cloud, self._serving.group_of(name, cloud)
            try:
                if group is None or not await self._serving.reload(cloud):
                    return None
                return await self._sides.describe(group, cloud, name)
            except (StartError, RefusedError) as error:
                with suppress(StartError):  # what is wrong then is in the status
                    await self._serving.reload(former)
                raise RefusedError(refusal(error, cloud)) from error

    async def _swap(self, cloud: Cloud) -> None:
        async with self._alone:
            former = await self._serve(cloud)
        for path in (path for kind in KINDS.values() for path in kind.wakes(former, cloud)):
            await self._admin("GET", path)

    async def _serve(self, cloud: Cloud) -> Cloud:
        """Serve *cloud* by the least that it needs; return what was served before."""
        former = self._serving.cloud
        if self._serving.is_served(cloud):
            return former
        try:
            if await self._serving.reload(cloud):
                return former
            await self._prove(cloud)
            if not await self._serving.tell(cloud):
                await self._serving.replace(cloud)
        except StartError as error:
            raise RefusedError(refusal(error, cloud)) from error
        return former

    async def _prove(self, cloud: Cloud) -> None:
        """Test-start the workers of *cloud*, unless just these serve or were started before."""
        if cloud != self._serving.cloud and fingerprint(cloud) not in self._proven:
            await self._probe(cloud, None)

    async def _probe(self, cloud: Cloud, timed: str | None) -> Found:
        try:
            found = await self._prober.probe(cloud, timed)
        except RefusedError as error:
            raise RefusedError(refusal(error, cloud)) from error.__cause__
        self._proven.add(fingerprint(cloud))
        return found
