"""A check for programs, and as the text of an issue; names in it come from an account: inert."""

from collections.abc import Iterator, Sequence

from common.json_types import Json
from ops.monitoring.check_schedules import WORST, Period, closing, counted
from ops.preflight import verdicts
from ops.preflight.verdicts import State, Verdict
from ops.preview import untrusted_text

MARKER = "<!-- chittyos-check {} {} -->"
"""Begins the text of an issue, with period and stack: by it the issue is found again."""

RUNBOOK = "docs/runbooks.md#what-a-check-says"
LIMIT = 60_000
SAID = 400
SHOWN = (*WORST, State.GOOD, State.NOT_RUN)


def document(period: Period, stack: str, found: Sequence[Verdict]) -> Json:
    """Return all that was found, for programs."""
    return {
        "stack": stack,
        "period": str(period),
        "verdict": str(closing(found)),
        "points": verdicts.documents(found),
    }


def issue(period: Period, stack: str, found: Sequence[Verdict]) -> str:
    """Return the text of the issue of a stack, in Markdown; cut when it is too long."""
    head = [MARKER.format(period, stack), f"**{closing(found)}**: {counted(found)}.", ""]
    steps = [
        "",
        f"What to do: {RUNBOOK}. Look at it now by `python -m ops check {period} {stack}`;",
        "this issue closes when nothing is left.",
        "",
    ]
    return "\n".join([*head, *_cut(list(_rows(found))), *steps])


def _rows(found: Sequence[Verdict]) -> Iterator[str]:
    for state in SHOWN:
        for each in found:
            if each.state is state:
                then = f" Next: {untrusted_text.code(each.next, SAID)}" if each.next else ""
                subject = untrusted_text.code(each.subject, 120)
                yield f"- **{state}** {subject}: {untrusted_text.code(each.said, SAID)}{then}"


def _cut(rows: list[str]) -> list[str]:
    kept: list[str] = []
    for row in rows:
        if sum(map(len, kept)) + len(kept) + len(row) > LIMIT:
            return [*kept, f"- and more: {len(rows) - len(kept)} lines are left out"]
        kept.append(row)
    return kept
