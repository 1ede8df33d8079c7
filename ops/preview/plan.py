"""What a run would do, as one thing that can be looked at, agreed to and held against another."""

import hashlib
import json
from dataclasses import dataclass

from common.json_types import Json
from ops.engine.report import Change, Report
from ops.engine.resources import describe
from ops.preview.ranking import LIFTED, Rank, Step, rank, steps_of

LENGTH = 16
"""Characters of a hash: enough to tell plans apart, few enough to type."""


@dataclass(frozen=True)
class Item:
    """A resource in a plan: how serious its change is, what is done to it, and why that matters."""

    rank: Rank
    op: str
    urn: str
    why: str

    def __str__(self) -> str:
        return f"{self.op} {describe(self.urn)}" + (f": {self.why}" if self.why else "")


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
    adjusted = report.adjusted()
    steps = steps_of(report.changes)
    items = [_item(step, _fresh(steps)) for step in steps]
    items += [_lifted(urn) for urn in _unprotected(report, adjusted)]
    return Plan(
        tuple(sorted(items, key=lambda item: (item.rank, item.urn))),
        _digest(report.changes, adjusted),
        tuple(step.urn for step in steps if step.protected and step.ends),
        empty=not report.changes and not adjusted,
    )


def _item(step: Step, fresh: frozenset[str]) -> Item:
    found, why = rank(step, fresh)
    return Item(found, step.op, step.urn, why)


def _fresh(steps: list[Step]) -> frozenset[str]:
    made = (step for step in steps if step.short == "R2Bucket" and step.op == "create")
    return frozenset(str(step.after.get("name")) for step in made)


def _unprotected(report: Report, adjusted: dict[str, list[str]]) -> list[str]:
    """Name what stays and loses its guard; a resource that changes as well is among the others."""
    lifted = (urn for urn, fields in adjusted.items() if "protect" in fields)
    return [urn for urn in lifted if (old := report.ends[urn].old) and old.protect]


def _lifted(urn: str) -> Item:
    return Item(Rank.LOSS, "unprotect", urn, LIFTED)


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
