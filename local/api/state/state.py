"""What handlers act on: the account, its records, and the runtime that serves them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from starlette.types import ASGIApp

from common.json_types import Json
from local.api.errors import refused_by_runtime
from local.api.state.background import Background
from local.api.state.check_progress import CheckProgress
from local.api.state.lost_data import Losses, losses
from local.api.state.open_tails import Tails
from local.api.state.runtime_port import RuntimePort
from local.api.state.snapshot import snapshot
from local.records.model import Checked, Cloud, RefusedError, Worker
from local.records.records import Records

T = TypeVar("T")


@dataclass(frozen=True)
class Zone:
    """A zone of the account: its name is the apex, `chitty.cc`."""

    name: str
    id: str

    def holds(self, host: str) -> bool:
        return host == self.name or host.endswith(f".{self.name}")


@dataclass(frozen=True)
class Account:
    """The one account there is, and its zones."""

    id: str
    name: str
    zones: tuple[Zone, ...]
    created: datetime

    def zone_of(self, host: str) -> Zone | None:
        """Find the zone with the longest name that *host* lies in."""
        holding = [zone for zone in self.zones if zone.holds(host)]
        return max(holding, key=lambda zone: len(zone.name), default=None)


@dataclass
class Import:
    """A file of SQL that was announced for *database*; *sql* is there once it was sent."""

    database: str
    etag: str
    sql: str | None = None


@dataclass
class Export:
    """A file that *database* is written to; *sql* is there once that was done."""

    database: str
    filename: str
    sql: str | None = None


class State:
    """Records and runtime, changed together."""

    def __init__(
        self,
        account: Account,
        records: Records,
        runtime: RuntimePort,
        scripts: Path,
        data: Path | None = None,
    ) -> None:
        self.account = account
        self.records = records
        self.runtime = runtime
        self.scripts = scripts
        self.data = data
        self.connect: ASGIApp | None = None
        """The look-alike of 1Password Connect. Default: none runs."""
        self.sidecars: Callable[[], Json] = dict
        """How the programs are that run beside it. Default: none does."""
        self.warning: str | None = None
        self.imports: dict[str, Import] = {}
        self.imported: dict[tuple[str, str], str] = {}
        self.exports: dict[str, Export] = {}
        self.list_operations: set[str] = set()
        self.tails = Tails()
        self.background = Background()
        self.checks = CheckProgress()
        self.ending = asyncio.Event()
        """Set when the daemon ends: what answers without an end has to stop."""
        self.uploads: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def now(self) -> str:
        return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def cloud(self) -> Cloud:
        zones = {zone.id: zone.name for zone in self.account.zones}
        return snapshot(self.records, self.scripts, zones, self.account.name)

    def losses(self) -> Losses:
        """Look for what was deleted below the records, which are written again if they were."""
        self.records.restore()
        return losses(self.records, self.scripts, self.data)

    def preview(self, edit: Callable[[Records], T]) -> tuple[T, Cloud]:
        """Show what *edit* would give, and the cloud it would make; nothing is kept."""
        with self.records.transaction(keep=False):
            return edit(self.records), self.cloud()

    def note(self, edit: Callable[[Records], T]) -> T:
        """Change records that the runtime does not read."""
        with self.records.transaction():
            return edit(self.records)

    async def change(self, edit: Callable[[Records], T]) -> T:
        """Change records, and serve them as they then are.

        When that fails, the records are put back; what the runtime refuses is told to the caller.
        """
        with self.records.transaction() as change:
            result = edit(self.records)
        try:
            await self.runtime.apply(self.cloud())
        except RefusedError as error:
            self.records.undo(change)
            raise refused_by_runtime(str(error)) from error
        except BaseException:
            self.records.undo(change)
            raise
        return result

    async def serve_again(self) -> None:
        """Serve what the records say, for a check may have served more; as far as that goes."""
        with suppress(Exception):  # what led here is what the caller has to hear of
            await self.runtime.apply(self.cloud())

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        try:
            return await self.runtime.check(worker, cloud)
        except RefusedError as error:
            raise refused_by_runtime(str(error)) from error
