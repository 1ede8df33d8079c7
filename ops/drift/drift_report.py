"""Drift as JSON, as lines for a terminal, and as the text of an issue.

Names and values come from an account that others write to: all of it is made inert.
"""

from collections import Counter
from collections.abc import Iterator

from common.json_types import Json
from ops.drift.drift_findings import Drift, Finding, Kind
from ops.preview import untrusted_text

MARKER = "<!-- chittyos-drift {} -->"
"""Begins the text of an issue, with the name of the stack: by it the issue is found again."""

LIMIT = 60_000
MOST_DIFFERENCES = 20
RUNBOOK = "docs/runbooks.md"
SHOWN = (Kind.MISSING, Kind.DRIFTED, Kind.REPAIRED)


def document(drift: Drift) -> Json:
    """Return all that was found, for programs."""
    return {
        "stack": drift.stack,
        "clean": drift.is_clean,
        "counts": counts(drift),
        "resources": [_record(each) for each in drift.findings],
        "staleNoise": [each.model_dump() for each in drift.stale],
    }


def counts(drift: Drift) -> dict[str, int]:
    """Count the resources by what was found of them; every kind is there."""
    found = Counter(each.kind for each in drift.findings)
    return {str(kind): found[kind] for kind in Kind}


def told(drift: Drift) -> str:
    """Say in a line how many resources are what."""
    return ", ".join(f"{count} {kind}" for kind, count in counts(drift).items() if count)


def lines(drift: Drift) -> Iterator[str]:
    """Yield what has to be looked at, for a terminal."""
    for kind in SHOWN:
        for each in drift.of(kind):
            said = f" ({each.reason})" if each.reason else ""
            yield f"{'lost' if each.is_lost else kind}: {untrusted_text.clean(each.resource)}{said}"
            yield from (f"    {difference}" for difference in _first(each))
    for noise in drift.stale:
        yield f"noise that is none any more: {noise}; remove it from drift.yaml"
    if any(each.is_lost for each in drift.findings):
        yield f"what is lost is not made again by itself: {RUNBOOK}#a-store-is-lost"


def issue(drift: Drift) -> str:
    """Return the text of the issue of a stack, in Markdown; cut when it is too long."""
    head = [MARKER.format(drift.stack), f"**{told(drift) or 'no resources'}.**"]
    if drift.is_clean:
        return "\n".join([*head, "", "The account is as the state says.", ""])
    rows = [row for kind in SHOWN for each in drift.of(kind) for row in _rows(each)]
    rows += [
        f"- noise that is none any more: {untrusted_text.code(str(each), 200)}"
        for each in drift.stale
    ]
    steps = [
        "",
        f"What to do: {RUNBOOK}#somebody-changed-the-account. Look at it now by",
        f"`python -m ops drift {drift.stack}`; this issue closes when nothing is left.",
        "",
    ]
    return "\n".join([*head, "", *_cut(rows), *steps])


def _rows(each: Finding) -> Iterator[str]:
    word = "**lost**" if each.is_lost else f"**{each.kind}**"
    reason = f": {each.reason}" if each.reason else ""
    yield f"- {word} {untrusted_text.code(each.resource, 120)}{reason}"
    yield from (f"  - {untrusted_text.code(str(difference), 160)}" for difference in _first(each))


def _first(each: Finding) -> list[str]:
    shown = [str(difference) for difference in each.differences[:MOST_DIFFERENCES]]
    more = len(each.differences) - len(shown)
    return [*shown, f"and {more} more"] if more > 0 else shown


def _cut(rows: list[str]) -> list[str]:
    kept: list[str] = []
    size = 0
    for row in rows:
        size += len(row) + 1
        if size > LIMIT:
            return [*kept, f"- and more: {len(rows) - len(kept)} lines are left out"]
        kept.append(row)
    return kept


def _record(each: Finding) -> Json:
    record: Json = {"kind": str(each.kind), "urn": each.urn, "resource": each.resource}
    if each.differences:
        record["differences"] = [
            dict(zip(("attribute", "state", "account"), (d.where, *d.what), strict=True))
            for d in each.differences
        ]
    if each.noise:
        record["noise"] = list(each.noise)
    if each.reason:
        record["reason"] = each.reason
    if each.kind is Kind.MISSING:
        record["lost"] = each.is_lost
    return record
