"""What is checked every day, every week and every month, and what came of it (CC-15)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import SentenceError
from ops.setup.verdicts import State, Verdict
from ops.watch import drill, erring, lasting, serving, using
from ops.watch.watched import Watched

Check = Callable[[Watched], Iterator[Verdict]]
Say = Callable[[str], None]


class Period(StrEnum):
    """How often something is checked. A longer one checks what the shorter ones do as well."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Point:
    """One thing to check."""

    name: str
    period: Period
    check: Check


POINTS = (
    Point(serving.HEALTH, Period.DAILY, serving.health),
    Point(serving.CONTAINERS, Period.DAILY, serving.container_health),
    Point(erring.ERRORS, Period.DAILY, erring.errors),
    Point(lasting.ENDINGS, Period.DAILY, lasting.endings_of),
    Point(using.STORES, Period.DAILY, using.used),
    Point(erring.FIGURES, Period.DAILY, erring.figures),
    Point(f"{using.OBJECTS} and {using.R2}", Period.WEEKLY, using.metered),
    Point(using.ROOM, Period.WEEKLY, using.room),
    Point(using.COST, Period.MONTHLY, using.spending),
    Point(drill.DRILL, Period.MONTHLY, drill.recovery_drill),
)


def points(period: Period) -> list[Point]:
    """Return what is checked in *period*."""
    shorter = list(Period)[: list(Period).index(period) + 1]
    return [each for each in POINTS if each.period in shorter]


def run(period: Period, of: Watched, say: Say = lambda _: None) -> Iterator[Verdict]:
    """Yield the verdicts of each check of *period*; one that cannot be made leaves its point open.

    *say* hears what is looked at. What a recovery drill left that was killed is removed first.
    """
    drill.clear(of.session.paths)
    for point in points(period):
        say(point.name)
        try:
            yield from point.check(of)
        except SentenceError as error:
            yield Verdict(point.name, State.UNKNOWN, str(error))


WORST = (State.FAULT, State.UNKNOWN, State.WARNING)
"""States that somebody has to look at, the worst first."""


def closing(verdicts: Sequence[Verdict]) -> State:
    """Return the one verdict of all: the worst, good where there is nothing to look at."""
    found = {each.state for each in verdicts}
    return next((each for each in WORST if each in found), State.GOOD)


def counted(verdicts: Sequence[Verdict]) -> str:
    """Say in a line how many are how: the worst first."""
    counts = {each: sum(one.state is each for one in verdicts) for each in State}
    ordered = (*WORST, State.GOOD, State.NOT_RUN)
    return ", ".join(f"{counts[each]} {each}" for each in ordered if counts[each])
