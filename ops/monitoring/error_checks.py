"""Checks of errors and of figures: what workers threw, and what systems have to reach."""

from collections.abc import Iterator
from datetime import timedelta

from ops.health import datasets, kpis
from ops.monitoring import error_logs
from ops.monitoring.deployed_stack import Watched
from ops.monitoring.error_groups import Failure
from ops.monitoring.workers_logs import Window
from ops.preflight.verdicts import State, Verdict
from ops.stack.systems import systems_of

ERRORS, FIGURES = "errors", "figures"
HOURS = 24
"""How far figures look back."""

A_DAY = timedelta(hours=25)
"""How far a check looks back for errors, or to the end of the one before: schedules are late."""

SHOWN = 5
"""New kinds of errors that are named; `ops errors` shows all."""

TIME = "%Y-%m-%d %H:%M"


def errors(of: Watched) -> Iterator[Verdict]:
    """Count what workers threw since the last check; a kind that none has told of is a warning.

    They are told of then: the next check calls new what has come since.
    """
    paths, target = of.session.paths, of.target
    window = Window(error_logs.since(paths, target, of.now, A_DAY), of.now)
    found = error_logs.read(paths, target, of.resources, window)
    if not found.workers:
        yield Verdict(ERRORS, State.NOT_RUN, "the stack has no workers")
        return
    yield from _told(found, f"python -m ops errors {target.name}")
    error_logs.tell(paths, target, found, of.now)


def _told(found: error_logs.Errors, show: str) -> Iterator[Verdict]:
    since = f"since {found.since.strftime(TIME)} UTC"
    for each in found.new[:SHOWN]:
        yield Verdict(ERRORS, State.WARNING, _new(each), show)
    if len(found.new) > SHOWN:
        yield Verdict(ERRORS, State.WARNING, f"and {len(found.new) - SHOWN} more are new", show)
    if found.is_cut:
        said = f"{found.count:,} errors {since}; what was before is too much to be read"
        yield Verdict(ERRORS, State.UNKNOWN, said, show)
    elif not found.new:
        said = f"nothing new {since}, of workers: {found.workers}"
        told = f"; {found.count:,} of what was told of before" if found.count else ""
        yield Verdict(ERRORS, State.GOOD, said + told, show if found.count else "")


def _new(failure: Failure) -> str:
    since = f"since {failure.first.strftime(TIME)} UTC"
    return f"new, {failure.often} {since}: {failure} ({failure.fingerprint})"


def figures(of: Watched) -> Iterator[Verdict]:
    """Read what the systems have to reach, of the last day (PA-17)."""
    systems = systems_of(of.target)
    api = datasets.SqlApi(of.target.api, of.target.account, of.token)
    measured = api.readings(kpis.figures(systems, of.config), HOURS * 60)
    readings = [*measured, *kpis.forecast(systems, of.config)]
    missed = datasets.missed(readings)
    yield from (Verdict(FIGURES, State.WARNING, each) for each in missed)
    silent = [each.figure.title for each in measured if not each.values]
    if not readings:
        yield Verdict(FIGURES, State.NOT_RUN, "no system of the stack has any")
    elif silent and len(silent) == len(measured):
        said = f"none of {len(measured)} that are measured has points of the last {HOURS} hours"
        yield Verdict(FIGURES, State.NOT_RUN, said, f"python -m ops kpis {of.target.name}")
    elif not missed:
        without = f"; without points: {', '.join(silent)}" if silent else ""
        said = f"{len(readings) - len(silent)} reach what they have to{without}"
        yield Verdict(FIGURES, State.GOOD, said)
