"""The errors of a stack, as its logs have them and as checks have told of them."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.markup import escape
from rich.table import Column, Table

from common.json_types import Json
from ops.paths import Paths
from ops.stack.target import Target
from ops.watch import seen
from ops.watch.failures import Failure, grouped, scripts_of
from ops.watch.telemetry import RIGHT, NotReadError, Telemetry, Window
from systems.guard import TOKEN

TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Errors:
    """What was found of a stack in a window."""

    workers: int
    """How many workers were looked at."""

    failures: tuple[Failure, ...]
    new: tuple[Failure, ...]
    """Those of them that no check has told of."""

    @property
    def count(self) -> int:
        """How many errors there were, of all kinds."""
        return sum(each.count for each in self.failures)


def read(paths: Paths, target: Target, resources: Iterable[Json], window: Window) -> Errors:
    """Read the errors of the workers among *resources*, the state of *target*.

    Raises `NotReadError` where the logs could not be read.
    """
    telemetry = telemetry_of(target)
    known = seen.read(seen.place(paths.local, target.name))
    workers = scripts_of(resources)
    found = [known.known(each) for each in grouped(telemetry.errors(workers, window))]
    new = tuple(each for each in found if known.is_new(each, window.begin))
    return Errors(len(workers), tuple(found), new)


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
    file = seen.place(paths.local, target.name)
    seen.write(file, seen.read(file).with_all(found.failures, now))


def table(found: Errors) -> Table:
    """Lay the kinds of errors out, those that came last first; new ones are marked."""
    heads = ("kind", "worker", "what", "where", "asked", "times", "first", "last")
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
        "errors": [_record(each, found.new) for each in found.failures],
    }


def _record(failure: Failure, new: Sequence[Failure]) -> Json:
    times = {name: getattr(failure, name).isoformat() for name in ("first", "last")}
    return {**asdict(failure), **times, "new": failure in new}
