"""What a run would do, as one thing that can be looked at, agreed to and held against another."""

import hashlib
import json
from dataclasses import dataclass

from common.json_types import Json
from ops.engine.report import Change, Report
from ops.preview.document import document_of
from ops.preview.items import Item, items_of
from ops.preview.ranking import Rank
from ops.preview.steps import steps_of

LENGTH = 16
"""Characters of a hash: enough to tell plans apart, few enough to type."""


@dataclass(frozen=True)
class Plan:
    """What a preview said, the most serious first."""

    items: tuple[Item, ...]
    digest: str
    """Hash of all that the plan does: equal for two previews that would do the same."""

    protected: tuple[str, ...] = ()
    """URNs of protected resources that it would delete or replace."""

    empty: bool = False
    """Whether there is nothing to do, in the account or in the state."""

    def of(self, rank: Rank) -> list[Item]:
        """Return the items of one *rank*."""
        return [item for item in self.items if item.rank == rank]

    @property
    def serious(self) -> bool:
        """Whether it loses data or changes who gets in: a plain yes is not enough for that."""
        return any(item.rank <= Rank.EXPOSURE for item in self.items)


def plan_of(report: Report) -> Plan:
    """Return the plan that a preview gathered in *report* has shown."""
    document, adjusted = document_of(report), report.adjusted()
    return Plan(
        items_of(document),
        _digest(report.changes, adjusted),
        tuple(step.urn for step in steps_of(document) if step.protected and step.ends),
        empty=not report.changes and not adjusted,
    )


def _digest(changes: list[Change], adjusted: dict[str, list[str]]) -> str:
    """Hash operations, URNs, what differs, and new inputs, in which a secret is its marker."""
    told = sorted((_told(change) for change in changes), key=json.dumps)
    text = json.dumps([told, sorted(adjusted.items())], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _told(change: Change) -> list[str | list[str] | Json]:
    step = change.metadata
    differs = {*(step.keys or ()), *(step.diffs or ()), *(step.detailed_diff or {})}
    inputs = dict(step.new.inputs or {}) if step.new else {}
    return [change.urn, change.op, sorted(differs), inputs]
