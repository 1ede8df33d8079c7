"""A measured figure and what it is held against."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One line of the table in `bench/README.md`.

    *value* in *unit*; *target* in the same unit, with *better* saying which side of it is good.
    Without a *target* the figure is only recorded. *how* is one sentence on the measurement.
    """

    name: str
    value: float
    unit: str
    how: str
    target: float | None = None
    better: Literal["lower", "higher"] = "lower"

    @property
    def met(self) -> bool | None:
        """Whether the target is met; `None` without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def row(self) -> str:
        """Give the figure as a row of a Markdown table."""
        sign = "≤" if self.better == "lower" else "≥"
        target = "" if self.target is None else f"{sign} {self.target:g}"
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        return f"| {self.name} | {self.value:.4g} {self.unit} | {target} | {verdict} | {self.how} |"
