"""What workerd serves, and how a change gets there: it is told, or it is started anew.

Starting anew ends every WebSocket and empties the memory of every Durable Object. So it is done
only for what workerd reads when it starts: code, bindings, consumers. Routes, buckets and zones are
told to it. What no worker is bound to yet is nothing to it, but for the admin worker, which is
bound to everything; that is made up for when somebody asks for the new thing.

Workers in development run beside it, in processes of their own (`development_processes/`), which
alone are started anew when their code changes.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from urllib.parse import unquote

import httpx

from local.records.model import Cloud
from local.runtime.assembly.configuration import Variant, essence, ways, write
from local.runtime.assembly.delete_storage import delete_storage, keeps_all
from local.runtime.assembly.division import Group, groups_of
from local.runtime.assembly.registry import KINDS
from local.runtime.concurrency import ReadWriteLock
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.modules import is_lost
from local.runtime.development_processes.development_processes import Sides
from local.runtime.errors import StartError
from local.runtime.objects.faults import Fault, first_modules
from local.runtime.probe.probe import describing
from local.runtime.workerd.admin_client import AdminClient
from local.runtime.workerd.supervisor import Supervisor


class Serving:
    """The cloud that is served by *supervisor* and *sides*; *admin* reaches its admin worker."""

    def __init__(
        self,
        supervisor: Supervisor,
        sides: Sides,
        admin: AdminClient,
        account: Account,
        layout: Layout,
    ) -> None:
        self.changes = ReadWriteLock()
        self.cloud = Cloud()
        self.faults: tuple[Fault, ...] = ()
        self.developed: frozenset[str] = frozenset()
        """Names of the workers that are in development, or are to be after the next change."""

        self._moved = self.developed
        self._sides = sides
        self._supervisor = supervisor
        self._admin = admin
        self._account = account
        self._layout = layout
        self._begun = Cloud()
        self._essence = ""
        self._last: tuple[object, tuple[str, dict[Group, str]]] | None = None

    async def begin(self, cloud: Cloud) -> None:
        """Start on *cloud*, which is noted also when that raises `StartError` or `RefusedError`."""
        self.cloud = cloud
        await self._start(cloud)

    def is_served(self, cloud: Cloud) -> bool:
        """Whether *cloud* is what runs; it is noted then."""
        if not self._main_runs(cloud) or self._sides.texts != self._side_texts(cloud):
            return False
        self.cloud = cloud
        return True

    async def reload(self, cloud: Cloud) -> bool:
        """Serve *cloud* by new starts of side processes; return whether that is all it needs.

        Raises `StartError` when one is refused; what it served before then serves on.
        """
        texts = self._side_texts(cloud)
        if not self._main_runs(cloud) or self._sides.groups != texts.keys():
            return False
        if not keeps_all(self.cloud, cloud):
            return False
        await self._sides.change(texts)
        self.cloud = cloud
        return True

    def group_of(self, worker: str, cloud: Cloud) -> Group | None:
        """Return the group in development that *worker* of *cloud* is in."""
        groups = self._groups(cloud)
        return next((group for group in groups if worker in group), None)

    async def tell(self, cloud: Cloud) -> bool:
        """Serve *cloud* without a new start; return whether that could be done."""
        if not self._supervisor.serving.is_set() or self._essence_of(cloud) != self._essence:
            return False
        if not keeps_all(self.cloud, cloud) or self._sides.groups != set(self._groups(cloud)):
            return False
        await self._sides.change(self._side_texts(cloud))
        process = self._supervisor.pid
        try:
            async with self.changes.reading():
                await self._send(cloud)
        except httpx.HTTPError:
            return False  # it may have ended just now; a start will do
        if self._supervisor.pid != process:
            return False
        self._supervisor.text = self._render(cloud)
        self.cloud = cloud
        return True

    async def replace(self, cloud: Cloud) -> None:
        """Start anew on *cloud*. Raises `StartError`."""
        async with self.changes.writing():
            await self._move(cloud)
            former, self.cloud = self.cloud, cloud
            delete_storage(former, cloud, self._layout)

    async def complete(self, path: str) -> None:
        """Start anew if the admin worker is not bound to what *path* names, though it is there."""
        if not self._lacks(path):
            return
        async with self.changes.writing():
            if self._lacks(path):
                await self._start(self.cloud)

    async def _move(self, cloud: Cloud) -> None:
        """Start all on *cloud*; workers that change their process leave one before they enter."""
        former = {group: text for group, text in self._sides.texts.items() if text}
        texts = self._side_texts(cloud)
        staying = {group: text for group, text in texts.items() if group in former}
        try:
            await self._sides.change(staying)
            await self._start(cloud, former.keys() - texts.keys())
            await self._sides.change(texts)
        except StartError:
            await self._move_back(former)
            raise
        self._moved = self.developed
        if not texts:
            self._sides.ways.close_all()

    async def _move_back(self, former: dict[Group, str]) -> None:
        """Let every process serve again what it did, as far as that goes."""
        self.developed = self._moved
        with suppress(StartError):
            entered = self._sides.groups - former.keys()
            if self._begun is not self.cloud:
                await self._start(self.cloud, entered)
            await self._sides.end(entered)
            await self._sides.change(former)

    async def _start(self, cloud: Cloud, leaving: Collection[Group] = ()) -> None:
        """Start the main process on *cloud*, which takes over what the groups *leaving* ran."""

        async def leave() -> None:
            await self._sides.end(leaving)

        names = ways(cloud, self._account, self._layout, self._variant(cloud))
        self._supervisor.borrow({name: self._sides.ways.listen(name) for name in names})
        await self._supervisor.swap(self._render(cloud), leave)
        self._begun = cloud
        self._essence = self._essence_of(cloud)

    def _lacks(self, path: str) -> bool:
        _, room, name, *_ = [*map(unquote, path.split("/")), "", ""]
        kind = KINDS.get(room)
        if kind is None or self._supervisor.begun_with == self._supervisor.text:
            return False
        bound = {each["name"]: each for each in kind.admin(self._begun)}
        present = {each["name"]: each for each in kind.admin(self.cloud)}
        stale = {each for each, binding in present.items() if bound.get(each) != binding}
        return name in {each.partition(":")[2] for each in stale}

    async def _send(self, cloud: Cloud) -> None:
        """Tell what is new of what can be told."""
        for kind in KINDS.values():
            known = kind.told(self.cloud, self._account)
            for path, value in kind.told(cloud, self._account).items():
                if known.get(path) != value:
                    answer = await self._admin.put_json(path, value)
                    answer.raise_for_status()

    def _main_runs(self, cloud: Cloud) -> bool:
        return self._render(cloud) == self._supervisor.text and bool(self._supervisor.pid)

    def _groups(self, cloud: Cloud) -> tuple[Group, ...]:
        return groups_of(cloud, self.developed)

    def _side_texts(self, cloud: Cloud) -> dict[Group, str]:
        """Write the configuration of every side process that *cloud* needs."""
        return self._written(cloud)[1]

    def _render(self, cloud: Cloud) -> str:
        return self._written(cloud)[0]

    def _written(self, cloud: Cloud) -> tuple[str, dict[Group, str]]:
        """Write what each process runs for *cloud*, or give what was written for its equal."""
        lost = [worker.name for worker in cloud.workers if is_lost(worker)]
        key = (cloud, self.faults, self.developed, lost)
        if self._last is None or self._last[0] != key:
            variant = self._variant(cloud)
            main = write(cloud, self._account, self._layout, self._layout.config, variant)
            sides = {group: self._side_text(group, cloud, variant) for group in variant.groups}
            self._last = (key, (main, sides))
        return self._last[1]

    def _side_text(self, group: Group, cloud: Cloud, whole: Variant) -> str:
        workers = [worker for worker in cloud.workers if worker.name in group]
        first = describing(workers, self.faults)
        variant = replace(whole, sockets=(), first_modules=first, group=group)
        config = self._sides.layout_of(group).config
        return write(cloud, self._account, self._layout, config, variant)

    def _essence_of(self, cloud: Cloud) -> str:
        return essence(cloud, self._account, self._layout, self._variant(cloud))

    def _variant(self, cloud: Cloud) -> Variant:
        return Variant(
            first_modules=first_modules(cloud.workers, self.faults),
            groups=self._groups(cloud),
            ways=self._sides.ways.path,
        )
