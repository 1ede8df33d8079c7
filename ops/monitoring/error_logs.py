"""The errors of a stack, as its logs have them and as checks have told of them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from rich.markup import escape
from rich.table import Column, Table

from common.json_types import Json
from ops.monitoring import known_errors
from ops.monitoring.error_groups import Failure, grouped, moment, scripts_of
from ops.monitoring.workers_logs import KEPT_DAYS, MOST, RIGHT, NotReadError, Telemetry, Window
from ops.paths import Paths
from ops.stack.target import Target
from systems.preconditions import TOKEN

TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Errors:
    """What was found of a stack in a window."""

    workers: int
    """How many workers were looked at."""

    failures: tuple[Failure, ...]
    new: tuple[Failure, ...]
    """Those of them that no check has told of."""

    since: datetime
    """From when on was looked."""

    is_cut: bool = False
    """Whether there are more than can be read: the older ones are not counted."""

    @property
    def count(self) -> int:
        """How many errors there were, of all kinds."""
        return sum(each.count for each in self.failures)


def read(paths: Paths, target: Target, resources: Iterable[Json], window: Window) -> Errors:
    """Read the errors of the workers among *resources*, the state of *target*.

    Where no check has noted anything, as on a runner of the CI, a kind is not new that the logs
    have from before *window*. Raises `NotReadError` where the logs could not be read.
    """
    telemetry = telemetry_of(target)
    known = known_errors.read(known_errors.place(paths.local, target.name))
    workers = scripts_of(resources)
    events = list(telemetry.errors(workers, window))
    found = [known.known(each) for each in grouped(events)]
    if found and known.until is None:
        found = _with_earlier(found, telemetry, workers, window)
    new = tuple(each for each in found if known.is_new(each, window.begin))
    is_cut = len(events) >= MOST
    since = min(map(moment, events)) if is_cut else window.begin
    return Errors(len(workers), tuple(found), new, since, is_cut)


def _with_earlier(
    found: Iterable[Failure], telemetry: Telemetry, workers: Sequence[str], window: Window
) -> list[Failure]:
    """Return *found* with when each was seen first, in what the logs have from before *window*."""
    earlier = window.earlier()
    before = grouped(telemetry.errors(workers, earlier)) if earlier else []
    first = {each.fingerprint: each.first for each in before}
    return [replace(each, first=first.get(each.fingerprint, each.first)) for each in found]


def since(paths: Paths, target: Target, now: datetime, usual: timedelta) -> datetime:
    """Return from when on a check at *now* looks, *usual* ago or where the last one has ended."""
    noted = known_errors.read(known_errors.place(paths.local, target.name))
    return noted.since(now - usual, now - timedelta(days=KEPT_DAYS))


def telemetry_of(target: Target) -> Telemetry:
    """Return the query API of the account of *target*, with the token of the environment.

    Raises `NotReadError` where there is none.
    """
    token = os.environ.get(TOKEN)
    if not token:
        raise NotReadError(f"{TOKEN} is not set; {RIGHT}")
    return Telemetry(target.api, target.account, token)


def tell(paths: Paths, target: Target, found: Errors, now: datetime) -> None:
    """Note that a check tells of *found* at *now*: none of it is new any more."""
    file = known_errors.place(paths.local, target.name)
    known_errors.write(file, known_errors.read(file).with_all(found.failures, now))


def table(found: Errors) -> Table:
    """Lay the kinds of errors out, those that came last first; new ones are marked."""
    heads = ("kind", "worker", "what", "where", "asked", "times", "first, UTC", "last, UTC")
    shown = Table(*(Column(each, overflow="fold") for each in heads), box=None, pad_edge=False)
    for each in found.failures:
        mark = "[yellow]new[/yellow] " if each in found.new else ""
        what = ": ".join(filter(None, (each.name, each.said)))
        cells = (each.worker, what, each.place, each.trigger, f"{each.count:,}")
        times = (each.first.strftime(TIME), each.last.strftime(TIME))
        shown.add_row(mark + each.fingerprint, *map(escape, (*cells, *times)))
    return shown


def document(found: Errors) -> Json:
    """Return all of it for programs."""
    return {
        "workers": found.workers,
        "count": found.count,
        "since": found.since.isoformat(),
        "cut": found.is_cut,
        "errors": [_record(each, found.new) for each in found.failures],
    }


def _record(failure: Failure, new: Sequence[Failure]) -> Json:
    times = {name: getattr(failure, name).isoformat() for name in ("first", "last")}
    return {**asdict(failure), **times, "new": failure in new}
