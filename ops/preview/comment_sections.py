"""The parts of a comment: what a reviewer must not overlook first, the full list last.

Whatever a plan says of itself stands in code spans. Needs nothing but Python.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ops.preview.input_differences import FORCES, UNSEEN, Difference
from ops.preview.length_limit import Part
from ops.preview.plan_steps import Json
from ops.preview.policy_advice import grouped
from ops.preview.review_items import Item
from ops.preview.severity import Rank
from ops.preview.shown_values import (
    LATER,
    NOTHING,
    SET,
    Told,
    spoken,
)
from ops.preview.untrusted_text import MESSAGE_LIMIT, code, message

HEADINGS = {
    Rank.LOSS: "Data is lost",
    Rank.EXPOSURE: "Who gets in changes",
    Rank.ONCE: "Happens once",
    Rank.INTERRUPTION: "Is interrupted",
}
"""What stands above the changes of a rank, the most serious first."""

WAIVERS = "meta-waivers"
"""The rule of the pack that lists the waivers that are in force."""

READINGS = {"proportional": "", "rounded up": " with started units rounded up"}
"""Both readings of the price list, and how a comment calls them."""

SAID = frozenset({LATER, NOTHING, SET})
"""What is said of a value, and is none: no code span."""

ENDS = frozenset({"replace", "delete"})
FIELD_LIMIT = 8


def serious(items: Sequence[Item]) -> Iterator[Part]:
    """Yield a part for each rank that has something, the most serious first."""
    for rank, heading in HEADINGS.items():
        found = [(item, why) for item in items for ranked, why in item.findings if ranked is rank]
        yield from _part(heading, found, _finding)


def policies(plan: Json) -> Iterator[Part]:
    """Yield what policies stop, waive and advise, and what the engine warns of."""
    said = plan.get("policies") or {}
    advice = grouped(said.get("advisory") or [])
    waived = [text for text in advice if text.startswith(f"{WAIVERS}: ")]
    advised = [text for text in advice if text not in waived]
    rows = [("stops it: ", text) for text in grouped(said.get("mandatory") or [])]
    rows += [("waiver: ", text) for text in waived]
    rows += [("advice: ", text) for text in advised]
    yield from _part("Policies", rows, lambda row: f"- {row[0]}{_said(row[1])}")
    yield from _part("Warnings", said_of(plan, "warning"), told)


def said_of(plan: Json, severity: str) -> list[str]:
    """Return what the engine said of one *severity*."""
    said = plan.get("diagnostics") or []
    return [each["message"] for each in said if each["severity"] == severity]


def told(text: str) -> str:
    """Return the row of what the engine said."""
    return f"- {_said(text)}"


def needs(plan: Json, base: Json | None) -> Iterator[Part]:
    """Yield what a month costs otherwise than by *base*, and what a token needs more."""
    more = [("the token needs more: ", each) for each in plan.get("permissions") or []]
    rows = [*((text, None) for text in costs(plan, base)), *more]
    yield from _part("Cost and permissions", rows, _need)


def costs(plan: Json, base: Json | None) -> Iterator[str]:
    """Yield a row for each reading of the price list by which *plan* costs another amount.

    Without a *base* it is what it costs; a base that says no amount is none.
    """
    now, before = plan.get("cost") or {}, (base or {}).get("cost") or {}
    for reading, called in READINGS.items():
        after, was = _dollars(now.get(reading)), _dollars(before.get(reading))
        if after is None or after == was:
            continue
        told = f"${after}" if was is None else f"${was} → ${after} ({_signed(after - was)})"
        yield f"cost of a month{called}: {told}"


def table(items: Sequence[Item]) -> Iterator[Part]:
    """Yield all changes, folded; nothing where there is none."""
    if items:
        head = ("| change | resource | what changes |", "|---|---|---|")
        summary = "<details><summary>All changes</summary>"
        yield Part(items, _row, before=(summary, "", *head), after=("", "</details>"))


def _part(heading: str, things: Sequence[Any], row: Callable[[Any], str]) -> Iterator[Part]:
    if things:
        yield Part(things, row, before=(f"### {heading}", ""))


def _need(need: tuple[str, str | None]) -> str:
    text, name = need
    return f"- {text}" if name is None else f"- {text}{code(name)}"


def _finding(found: tuple[Item, Told]) -> str:
    item, why = found
    return f"- {_action(item)} {_resource(item)}: {_said(spoken(why))}"


def _row(item: Item) -> str:
    return f"| {_change(item)} | {_resource(item)} | {_differences(item)} |"


def _said(text: str) -> str:
    return code(message(text), MESSAGE_LIMIT)


def _action(item: Item) -> str:
    return f"**{item.op}**" if item.op in ENDS else item.op


def _change(item: Item) -> str:
    return f"{_action(item)}, protected" if item.protected else _action(item)


def _resource(item: Item) -> str:
    called = f" ({code(item.called)})" if item.called else ""
    return f"{code(item.kind)} {code(item.name)}{called}"


def _differences(item: Item) -> str:
    shown = [_difference(each) for each in item.differences[:FIELD_LIMIT]]
    more = len(item.differences) - FIELD_LIMIT
    return "<br>".join([*shown, f"and {more} more"] if more > 0 else shown)


def _difference(difference: Difference) -> str:
    where = code(difference.where)
    if difference.unseen:
        return f"{where} {UNSEEN}"
    before, after = map(_value, difference.what)
    return f"{where}: {before} → {after}{FORCES if difference.forces else ''}"


def _value(told: str) -> str:
    return told if told in SAID else code(told)


def _dollars(text: object) -> Decimal | None:
    """Read an amount in whole cents; `None` for what is none."""
    try:
        amount = Decimal(str(text)).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _signed(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount)}"
