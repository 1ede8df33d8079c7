"""A preview as a Markdown comment: what is lost comes first, and nothing secret comes at all.

What is rendered was written by whoever opened the pull request: every piece of it becomes inert
text in a code span, of a bounded length. Needs nothing but Python.
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from ops.errors import OpsError
from ops.preview.advice import grouped
from ops.preview.differences import FORCES, UNSEEN, Difference
from ops.preview.inert import MESSAGE_LIMIT, clean, code, message
from ops.preview.items import Item, items_of, told
from ops.preview.ranking import Rank
from ops.preview.steps import Json, misshapen
from ops.preview.values import LATER, NOTHING, SET

MARKER = "<!-- chittyos-preview -->"
"""Finds the comment again, so that it is edited instead of repeated."""

LIMIT = 60_000
"""Characters of a comment; GitHub refuses more than 65,536."""

LARGEST = 32 * 1024 * 1024
"""Bytes of a plan; that of the whole platform has one hundredth of it."""

FIELD_LIMIT = 8
TITLE_LIMIT = 100
SAID = frozenset({LATER, NOTHING, SET})
"""What is said of a value, and is none: no code span."""

WARNINGS = {
    Rank.LOSS: "Data is lost",
    Rank.EXPOSURE: "Who gets in changes",
    Rank.ONCE: "Happens once",
    Rank.INTERRUPTION: "Is interrupted",
}
"""What stands above the table, the most serious first."""

ENDS = frozenset({"replace", "delete"})


def read_plan(path: Path) -> Json:
    """Read what `preview --json` wrote; `OpsError` says where it is not that."""
    try:
        with path.open("rb") as file:
            given = file.read(LARGEST + 1)
        where = misshapen(plan := json.loads(given.decode())) if len(given) <= LARGEST else "size"
    except (OSError, ValueError, RecursionError):
        where = "no JSON"
    if where is not None:
        raise OpsError(f"{path} is not the JSON of a preview ({where}); make it by preview --json")
    return cast("Json", plan)


def render(plan: Json, *, title: str = "Preview", limit: int = LIMIT) -> str:
    """Render *plan*, the JSON of a preview, under the heading *title* in *limit* characters."""
    items = items_of(plan)
    head = [MARKER, f"## {_plain(title)}", "", _outcome(plan, items)]
    parts = [_warnings(items), _table(items), _policies(plan), _diagnostics(plan)]
    lines = head + [line for part in parts if part for line in ["", *part]]
    return _cut(lines, limit)


def _outcome(plan: Json, items: Sequence[Item]) -> str:
    counts = told(items)
    if _failed(plan):
        return f"**The preview failed{f' after {counts}' if counts else ''}.**"
    return f"**{counts}.**" if counts else "No changes."


def _failed(plan: Json) -> bool:
    stopped = (plan.get("policies") or {}).get("mandatory")
    said = plan.get("diagnostics") or []
    return bool(stopped) or any(item["severity"] == "error" for item in said)


def _warnings(items: Sequence[Item]) -> list[str]:
    """Say of every resource what a reviewer must not overlook."""
    serious = [item for item in items if item.rank in WARNINGS]
    return [line for item in serious for line in (_warning(item), ">")][:-1]


def _warning(item: Item) -> str:
    why = code(message(item.why), MESSAGE_LIMIT)
    return f"> **{WARNINGS[item.rank]}:** {item.op} {_resource(item)}: {why}"


def _table(items: Sequence[Item]) -> list[str]:
    rows = [f"| {_action(item)} | {_resource(item)} | {_differences(item)} |" for item in items]
    return ["| change | resource | what changes |", "|---|---|---|", *rows] if rows else []


def _action(item: Item) -> str:
    op = f"**{item.op}**" if item.op in ENDS else item.op
    return f"{op}, protected" if item.protected else op


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


def _policies(plan: Json) -> list[str]:
    said = plan.get("policies") or {}
    levels = (("mandatory", "stops it"), ("advisory", "advice"))
    return [
        f"- policy, {what}: {code(message(text), MESSAGE_LIMIT)}"
        for level, what in levels
        for text in grouped(said.get(level) or [])
    ]


def _diagnostics(plan: Json) -> list[str]:
    said = plan.get("diagnostics") or []
    return [
        f"- {item['severity']}: {code(message(item['message']), MESSAGE_LIMIT)}"
        for item in said
        if item["severity"] in {"error", "warning"}
    ]


def _plain(text: str) -> str:
    """Keep of a title what can be neither markup nor a link."""
    return re.sub(r"[^\w ,()-]|_", "", clean(text, TITLE_LIMIT))


def _cut(lines: Sequence[str], limit: int) -> str:
    """Keep whole lines while they fit, and say how many were left out."""
    room = limit - len("\n…and 99999 more lines; the log of the job has them all.\n")
    kept: list[str] = []
    used = 0
    for line in lines:
        used += len(line) + 1
        if used > room:
            left = len(lines) - len(kept)
            return "\n".join([*kept, "", f"…and {left} more lines; the log has them all."]) + "\n"
        kept.append(line)
    return "\n".join(kept) + "\n"


def main(arguments: list[str]) -> int:
    """Render the plan that *arguments* name. Needs nothing but Python, beside untrusted data."""
    try:
        sys.stdout.write(render(read_plan(Path(arguments[0]))))
    except OpsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
