"""Figures that are read from datasets of Analytics Engine, and the query that gives each.

A dataset is sampled when much is written to it: a row then stands for `_sample_interval` points, so
every figure weighs rows by it. The same figure makes a table of a while and a line over time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Literal

Sign = Literal["<", "<=", ">", ">="]

_HOLDS: Mapping[Sign, Callable[[Decimal, Decimal], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_MOST_ROWS = 25

WEIGHT = "SUM(_sample_interval)"
"""How many points there were: each row stands for as many as its weight."""


@dataclass(frozen=True)
class Goal:
    """What a figure has to be: `< 100`."""

    sign: Sign
    value: Decimal

    def holds(self, found: Decimal) -> bool:
        """Whether *found* is as it has to be."""
        return _HOLDS[self.sign](found, self.value)

    def __str__(self) -> str:
        return f"{self.sign} {self.value:,}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a dataset, or one for each of *by*."""

    title: str
    dataset: str
    value: str
    """Aggregate over rows, in SQL. `{seconds}` stands for the length of the time it is over."""

    where: str = ""
    """Which rows count, in SQL. Default: all."""

    by: str = ""
    """Column that parts the figure: one for each of its values. Default: one figure."""

    unit: str = ""
    goal: Goal | None = None
    """What it has to be. Default: anything."""

    minutes: int | None = None
    """How far it looks back whatever is asked for. Default: as far as is asked for."""

    def table(self, minutes: int) -> str:
        """Return the query of the last *minutes*: `value`, the `points` behind it, and `label`."""
        span = self.minutes or minutes
        value = self.value.replace("{seconds}", str(span * 60))
        during = f"timestamp > NOW() - INTERVAL '{span}' MINUTE"
        label = f", {self.by} AS label" if self.by else ""
        parted = f" GROUP BY label ORDER BY value DESC LIMIT {_MOST_ROWS}" if self.by else ""
        return (
            f"SELECT {value} AS value, {WEIGHT} AS points{label} "  # noqa: S608
            f"FROM {self.dataset} WHERE {self._rows(during)}{parted} FORMAT JSON"
        )

    def line(self) -> str:
        """Return the query of a line over time, by the macros of Grafana's plugin for ClickHouse.

        Source: developers.cloudflare.com/analytics/analytics-engine/grafana, read 2026-11-29.
        """
        label = f", {self.by} AS label" if self.by else ""
        value = self.value.replace("{seconds}", "$interval")
        return (
            f"SELECT $timeSeries AS t{label}, {value} AS value "  # noqa: S608
            f"FROM {self.dataset} WHERE {self._rows('$timeFilter')} "
            f"GROUP BY t{', label' if self.by else ''} ORDER BY t"
        )

    def _rows(self, during: str) -> str:
        return f"{during} AND ({self.where})" if self.where else during


@dataclass(frozen=True)
class Dashboard:
    """Figures that are looked at together."""

    name: str
    """What commands call it: `security`."""

    title: str
    figures: tuple[Figure, ...]


def p95(column: str) -> str:
    """Return what 95 of 100 points stay within, in SQL."""
    return f"quantileExactWeighted(0.95)({column}, _sample_interval)"


def percent(condition: str) -> str:
    """Return how many points of a hundred *condition* is true of, in SQL."""
    return f"sumIf(_sample_interval, {condition}) * 100 / {WEIGHT}"


def per_hour() -> str:
    """Return how many points there are an hour, in SQL."""
    return f"{WEIGHT} * 3600 / {{seconds}}"
