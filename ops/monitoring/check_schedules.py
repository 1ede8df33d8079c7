"""What is checked every day, every week and every month, and what came of it (CC-15)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from common.errors import SentenceError
from ops.monitoring import (
    availability_checks,
    error_checks,
    expiry_checks,
    recovery_drill,
    usage_checks,
)
from ops.monitoring.deployed_stack import Watched
from ops.preflight.verdicts import State, Verdict

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
    Point(availability_checks.HEALTH, Period.DAILY, availability_checks.health),
    Point(availability_checks.CONTAINERS, Period.DAILY, availability_checks.container_health),
    Point(error_checks.ERRORS, Period.DAILY, error_checks.errors),
    Point(expiry_checks.ENDINGS, Period.DAILY, expiry_checks.endings_of),
    Point(usage_checks.STORES, Period.DAILY, usage_checks.used),
    Point(error_checks.FIGURES, Period.DAILY, error_checks.figures),
    Point(f"{usage_checks.OBJECTS} and {usage_checks.R2}", Period.WEEKLY, usage_checks.metered),
    Point(usage_checks.ROOM, Period.WEEKLY, usage_checks.room),
    Point(usage_checks.COST, Period.MONTHLY, usage_checks.spending),
    Point(recovery_drill.DRILL, Period.MONTHLY, recovery_drill.recovery_drill),
)


def points(period: Period) -> list[Point]:
    """Return what is checked in *period*."""
    shorter = list(Period)[: list(Period).index(period) + 1]
    return [each for each in POINTS if each.period in shorter]


def run(period: Period, of: Watched, say: Say = lambda _: None) -> Iterator[Verdict]:
    """Yield the verdicts of each check of *period*; one that cannot be made leaves its point open.

    *say* hears what is looked at. What a recovery drill left that was killed is removed first.
    """
    recovery_drill.clear(of.session.paths)
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
