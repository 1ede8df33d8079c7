"""What was looked at of a stack: a verdict each, and what to do next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from ops.preview import untrusted_text


class State(StrEnum):
    """How a thing stands."""

    GOOD = "good"
    WARNING = "warning"
    """It works, and is not as it should be for long."""

    UNKNOWN = "not known"
    """It could not be asked, so nobody is told that it is good."""

    NOT_RUN = "not run"
    """The stack has nothing of the kind; the reason is said."""

    FAULT = "fault"
    """An `up` would stop at it or stop half-way, or it does not work."""


COLOURS = {
    State.GOOD: "green",
    State.WARNING: "yellow",
    State.UNKNOWN: "yellow",
    State.NOT_RUN: "dim",
    State.FAULT: "red",
}


@dataclass(frozen=True)
class Verdict:
    """One thing that was looked at."""

    subject: str
    state: State
    said: str
    next: str = ""
    """Command, or step, that mends it. Default: nothing is to be done."""


def table(verdicts: Sequence[Verdict]) -> Table:
    """Return the verdicts as a table, in their order; no id in it is cut."""
    whole = [Column(name, overflow="fold") for name in ("what", "verdict", "found", "next")]
    made = Table(*whole, box=None, pad_edge=False)
    for each in verdicts:
        colour = COLOURS[each.state]
        made.add_row(
            escape(each.subject),
            f"[{colour}]{each.state}[/{colour}]",
            escape(untrusted_text.clean(each.said, limit=untrusted_text.LOOKED_AT)),
            escape(each.next),
        )
    return made


def documents(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Return the verdicts as objects for programs, in their order."""
    return [{**asdict(each), "state": each.state.value} for each in verdicts]
