"""Processes beside the main one: each runs one group of workers that is in development.

A change of such a worker starts its own process anew, and leaves alone what runs in the others.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from common.files import PRIVATE_FOLDER
from common.json_types import Json
from local.records.model import Checked, Cloud
from local.runtime.assembly.division import DIGITS, PROBE, Group, way
from local.runtime.configuration.environment import Layout
from local.runtime.probe.probe import described
from local.runtime.tails.journal import Journal
from local.runtime.workerd.host_os import resident_bytes
from local.runtime.workerd.socket_folder import SocketFolder
from local.runtime.workerd.supervisor import Supervisor, end_survivor

DRAIN_SECONDS = 0.05
"""How long requests in flight may take to finish at a change: somebody waits for the new code."""

PREFIX = "side-"
WAYS = "ways"
LONGEST_NAME = len(f"{PROBE}-") + DIGITS


class Sides:
    """The side processes of a runtime; *layout* is that of the runtime."""

    def __init__(self, binary: Path, layout: Layout, journal: Journal) -> None:
        self._binary = binary
        self._layout = layout
        self._journal = journal
        self._sides: dict[Group, Supervisor] = {}
        _remove_left(layout)
        self.ways = SocketFolder(layout.root / WAYS, LONGEST_NAME)

    @property
    def groups(self) -> frozenset[Group]:
        return frozenset(self._sides)

    @property
    def texts(self) -> dict[Group, str | None]:
        """The configuration that each of them runs."""
        return {group: side.text for group, side in self._sides.items()}

    @property
    def serving(self) -> bool:
        """Whether all of them do."""
        return all(side.serving.is_set() for side in self._sides.values())

    def layout_of(self, group: Group) -> Layout:
        """Lay out the process of *group*: files of its own, the disks of the runtime."""
        return Layout(root=self._layout.root / f"{PREFIX}{_id(group)}", state=self._layout.state)

    async def describe(self, group: Group, cloud: Cloud, timed: str) -> dict[str, Checked]:
        """Show what the workers of *group* are that are served, as *cloud* has them.

        *timed* is the one that the process was just started for. Raises `RefusedError` when a
        Durable Object class is not exported.
        """
        workers = (worker for worker in cloud.workers if worker.name in group)
        start_ms = self._sides[group].swap_seconds * 1000
        return await described(self.ways.path / _probe(group), workers, timed, start_ms)

    async def change(self, texts: Mapping[Group, str]) -> None:
        """Serve *texts*; processes whose configuration stays are left alone.

        Raises `StartError` for the first that workerd refuses: its former one serves on then.
        """
        for group, text in texts.items():
            side = self._sides.get(group) or self._make(group)
            if side.text != text or not side.pid:
                await side.swap(text)

    async def end(self, groups: Iterable[Group]) -> None:
        """End the processes of *groups*."""
        for group in groups:
            side = self._sides.pop(group, None)
            if side:
                await side.stop()
                shutil.rmtree(self.layout_of(group).root, ignore_errors=True)

    async def stop(self) -> None:
        """End all of them, and close the sockets between processes."""
        await self.end(tuple(self._sides))
        self.ways.close()

    def status(self) -> list[Json]:
        """Return what each of them runs, how often and how fast it changed, its last error."""
        return [
            {
                "workers": sorted(group),
                "ready": side.serving.is_set(),
                "pid": side.pid,
                "reloads": max(side.swaps - 1, 0),
                "restarts": side.restarts,
                "last_swap_ms": round(side.swap_seconds * 1000),
                "memory_bytes": resident_bytes(side.pid) if side.pid else None,
                "last_error": side.error,
            }
            for group, side in self._sides.items()
        ]

    def _make(self, group: Group) -> Supervisor:
        layout = self.layout_of(group)
        layout.root.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        names = tuple(way(worker, group) for worker in sorted(group))
        side = Supervisor(self._binary, layout, self._journal, names, DRAIN_SECONDS)
        sockets = {**{name: name for name in names}, PROBE: _probe(group)}
        side.hold({name: self.ways.listen(file).dup() for name, file in sockets.items()})
        self._sides[group] = side
        return side


def _id(group: Group) -> str:
    return hashlib.sha256("\n".join(sorted(group)).encode()).hexdigest()[:DIGITS]


def _probe(group: Group) -> str:
    """Name the file of the socket at which *group* says what its workers are."""
    return f"{PROBE}-{_id(group)}"


def _remove_left(layout: Layout) -> None:
    """End and remove what a runtime left behind that was killed."""
    for left in layout.root.glob(f"{PREFIX}*"):
        end_survivor(Layout(root=left, state=layout.state))
        shutil.rmtree(left, ignore_errors=True)
    shutil.rmtree(layout.root / WAYS, ignore_errors=True)
