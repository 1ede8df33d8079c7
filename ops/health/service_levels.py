"""Service levels of a deployed system: what was measured, what is wanted, what is slow (FW-3)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from ops.engine.resources import name_of, short_type

FURTHER = 20
"""Requests after the first: enough for a p95, few enough for the end of `make up`."""

UNKNOWN = "not known"


@dataclass(frozen=True)
class Level:
    """What is measured, and the milliseconds it has to stay under."""

    name: str
    under: int

    def is_missed(self, measured: float | None) -> bool:
        return measured is not None and measured >= self.under


STARTUP = Level("startup", 100)
FIRST = Level("first request", 300)
"""It may have to wait for a start, and then for its answer."""
EDGE = Level(f"p95 of {FURTHER} more", 200)
LEVELS = (STARTUP, FIRST, EDGE)


@dataclass(frozen=True)
class Timing:
    """What was measured of one system, in milliseconds; `None` where it is not known."""

    system: str
    startup: float | None
    first: float | None
    further: tuple[float, ...]

    def measured(self) -> list[tuple[Level, float | None]]:
        """Pair every level with what was measured."""
        return list(zip(LEVELS, (self.startup, self.first, p95(self.further)), strict=True))

    def missed(self) -> list[str]:
        """Say every level that was missed."""
        return [
            f"{self.system}: {level.name} took {took:.0f} ms, which is to stay under "
            f"{level.under} ms"
            for level, took in self.measured()
            if took is not None and level.is_missed(took)
        ]


def p95(values: Sequence[float]) -> float | None:
    """Return what 95 of 100 stay within, one of *values*; `None` when there are none."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1] if values else None


def startup(resources: Iterable[Mapping[str, Any]], system: str) -> float | None:
    """Find in the state how long the slowest script of *system* took to start when uploaded."""
    scripts = [
        resource.get("outputs", {}).get("startupTimeMs")
        for resource in resources
        if short_type(resource["urn"]) in {"WorkersScript", "WorkerVersion"}
        and name_of(resource["urn"]).startswith(f"{system}-")
    ]
    return max((took for took in scripts if isinstance(took, int | float)), default=None)


def table(timings: Iterable[Timing]) -> Table:
    """Lay the timings out beside their levels; what misses its own is marked slow."""
    heads = [f"{level.name} (< {level.under} ms)" for level in LEVELS]
    shown = Table("system", *heads, box=None, pad_edge=False)
    for timing in timings:
        shown.add_row(timing.system, *(_cell(*each) for each in timing.measured()))
    return shown


def _cell(level: Level, took: float | None) -> str:
    if took is None:
        return UNKNOWN
    return f"[yellow]{took:.0f} ms slow[/yellow]" if level.is_missed(took) else f"{took:.0f} ms"
