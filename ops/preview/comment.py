"""A preview as a Markdown comment: what is lost comes first, and nothing secret comes at all.

What is rendered was written by whoever opened the pull request: every piece of it becomes inert
text in a code span.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from ops.engine.resources import STATEFUL, name_of, short_type, urn_type, what_is_lost
from ops.errors import OpsError

Json = Mapping[str, Any]

MARKER = "<!-- chittyos-preview -->"
"""Finds the comment again, so that it is edited instead of repeated."""

LIMIT = 60_000
"""Characters of a comment; GitHub refuses more than 65,536."""

SECRET = "[secret]"  # noqa: S105 - what the engine writes in place of one
VALUE_LIMIT = 60
FIELD_LIMIT = 8

ORDER = ("replace", "delete", "update", "create", "import")
"""What is lost first, what is new last."""

PARTS_OF_REPLACE = {"create-replacement": "replace", "delete-replaced": "replace"}
SKIPPED = frozenset({"same", "read", "refresh"})
OWN_TYPES = "pulumi:"
"""Begins the types of the engine itself: the stack, providers."""

_STEP = re.compile(r"\[(\d+)\]|\[\"([^\"]+)\"\]|\.?([^.\[\]]+)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def read_plan(path: Path) -> Json:
    """Read what `preview --json` wrote; `OpsError` when it is not that."""
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
        steps = plan.get("steps") or []
        known = all(isinstance(step[key], str) for step in steps for key in ("op", "urn"))
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        known = False
    if not known:
        raise OpsError(f"{path} is not the JSON of a preview; make it by preview --json")
    return cast("Json", plan)


def render(plan: Json, *, title: str = "Preview", limit: int = LIMIT) -> str:
    """Render *plan*, the JSON of a preview, under the heading *title* in *limit* characters."""
    steps = _steps(plan)
    head = [MARKER, f"## {_plain(title)}", "", _outcome(plan, steps)]
    parts = [_losses(steps), _table(steps), _policies(plan), _diagnostics(plan)]
    lines = head + [line for part in parts if part for line in ["", *part]]
    return _cut(lines, limit)


def code(value: object, limit: int = VALUE_LIMIT) -> str:
    """Make any text an inert code span of at most *limit* characters."""
    text = _UNPRINTABLE.sub(" ", value if isinstance(value, str) else repr(value)).strip()
    text = text.replace("`", "'").replace("|", "\\|")
    shortened = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return f"`{shortened or ' '}`"


def _steps(plan: Json) -> list[Json]:
    """Take one step of each resource: a replacement is one, not three."""
    chosen: dict[str, Json] = {}
    for step in plan.get("steps") or []:
        op = PARTS_OF_REPLACE.get(step["op"], step["op"])
        if op in SKIPPED or not _is_real(step):
            continue
        known = chosen.get(step["urn"])
        if known is None or step["op"] == "replace":
            chosen[step["urn"]] = {**step, "op": op}
    return sorted(chosen.values(), key=lambda step: (_rank(step["op"]), step["urn"]))


def _is_real(step: Json) -> bool:
    """Whether the step is about a resource of the account, not a group or a provider."""
    state = step.get("newState") or step.get("oldState") or {}
    return bool(state.get("custom", True)) and not urn_type(step["urn"]).startswith(OWN_TYPES)


def _rank(op: str) -> int:
    return ORDER.index(op) if op in ORDER else len(ORDER)


def _outcome(plan: Json, steps: list[Json]) -> str:
    ops = [step["op"] for step in steps]
    told = ", ".join(f"{ops.count(op)} to {op}" for op in dict.fromkeys(ops))
    if _failed(plan):
        return f"**The preview failed{f' after {told}' if told else ''}.**"
    return f"**{told}.**" if told else "No changes."


def _failed(plan: Json) -> bool:
    stopped = (plan.get("policies") or {}).get("mandatory")
    said = plan.get("diagnostics") or []
    return bool(stopped) or any(item.get("severity") == "error" for item in said)


def _losses(steps: list[Json]) -> list[str]:
    """Warn of every resource that goes and holds something."""
    return [
        f"> **Data is lost:** {_resource(step)} would be {step['op']}d, and with it "
        f"{what_is_lost(short_type(step['urn']))}."
        for step in steps
        if step["op"] in {"replace", "delete"} and short_type(step["urn"]) in STATEFUL
    ]


def _table(steps: list[Json]) -> list[str]:
    if not steps:
        return []
    rows = [f"| {_action(step)} | {_resource(step)} | {_difference(step)} |" for step in steps]
    return ["| change | resource | what changes |", "|---|---|---|", *rows]


def _action(step: Json) -> str:
    op = f"**{step['op']}**" if step["op"] in {"replace", "delete"} else str(step["op"])
    return f"{op}, protected" if _is_protected(step) else op


def _is_protected(step: Json) -> bool:
    return any((step.get(state) or {}).get("protect") for state in ("oldState", "newState"))


def _resource(step: Json) -> str:
    return f"{code(short_type(step['urn']))} {code(name_of(step['urn']))}"


def _difference(step: Json) -> str:
    paths = sorted(step.get("detailedDiff") or {}) or sorted(step.get("diffReasons") or [])
    told = [_change(step, path) for path in paths[:FIELD_LIMIT]]
    more = len(paths) - FIELD_LIMIT
    return "<br>".join([*told, f"and {more} more"] if more > 0 else told)


def _change(step: Json, path: str) -> str:
    forced = " (forces the replacement)" if path in (step.get("replaceReasons") or []) else ""
    before, after = (_value(step.get(state), path) for state in ("oldState", "newState"))
    return f"{code(path)}: {before} → {after}{forced}"


def _value(state: Json | None, path: str) -> str:
    value: Any = (state or {}).get("inputs") or {}
    for index, quoted, name in _STEP.findall(path):
        key = int(index) if index else quoted or name
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return "nothing"
    return code(_masked(value))


def _masked(value: object) -> object:
    """Show of a structure only that it is one: a secret may be anywhere in it."""
    return value if isinstance(value, (str, int, float, bool)) else f"{type(value).__name__} …"


def _policies(plan: Json) -> list[str]:
    said = plan.get("policies") or {}
    levels = (("mandatory", "stops it"), ("advisory", "advice"))
    return [
        f"- policy, {told}: {code(text, 300)}"
        for level, told in levels
        for text in said.get(level) or []
    ]


def _diagnostics(plan: Json) -> list[str]:
    said = plan.get("diagnostics") or []
    return [
        f"- {item['severity']}: {code(item['message'], 300)}"
        for item in said
        if item.get("severity") in {"error", "warning"}
    ]


def _plain(text: str) -> str:
    return re.sub(r"[^\w .,:()/#-]", "", text)


def _cut(lines: Iterable[str], limit: int) -> str:
    """Keep whole lines while they fit, and say how many were left out."""
    lines = list(lines)
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
