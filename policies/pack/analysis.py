"""Running rules over resources: findings become violations, what could not be seen is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pack.finding import Finding
from pack.plan import Plan, Planned
from pack.resource import Resource, Sight, Stack
from pack.rule import STRICTNESS, Level, Rule


@dataclass(frozen=True)
class Violation:
    """One message about one resource (None: the stack), at the level that is in force."""

    rule: Rule
    level: Level
    resource: Resource | None
    text: str

    @property
    def message(self) -> str:
        """The text with what to do about it."""
        return f"{self.text}.\nFix: {self.rule.remedy}"


@dataclass
class Report:
    """What a run over one subject gave."""

    violations: list[Violation] = field(default_factory=list)
    missed: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Where a value was not known yet: (urn, path) to the rules that asked for it."""
    ran: list[str] = field(default_factory=list)
    """Ids of the rules that looked."""


def analyze_resource(resource: Resource, plan: Plan) -> Report:
    """Run the rules that judge resources of this type."""
    report = Report()
    for planned in plan.for_type(resource.type):
        _run(planned, resource, resource.sight, report)
    return report


def analyze_stack(resources: Iterable[Resource], sight: Sight, plan: Plan) -> Report:
    """Run the graph rules; *resources* share *sight*."""
    report, stack = Report(), Stack(resources)
    for planned in plan.graph:
        _run(planned, stack, sight, report)
    return report


def _run(planned: Planned, subject: Any, sight: Sight, report: Report) -> None:
    report.ran.append(planned.rule.id)
    for finding in _findings(planned, subject):
        level = Level.ADVISORY if finding.advice else planned.level
        level = min(level, planned.level, key=STRICTNESS.index)
        report.violations.append(Violation(planned.rule, level, finding.resource, finding.text))
    for place in sight.take():
        report.missed.setdefault(place, []).append(planned.rule.id)


def _findings(planned: Planned, subject: Any) -> list[Finding]:
    """Run one rule; an error in it is a violation, without its text (it may quote values)."""
    try:
        return list(planned.rule.run(subject, planned.settings))
    except Exception as error:  # noqa: BLE001
        resource = subject if isinstance(subject, Resource) else None
        text = f"could not be judged: {type(error).__name__} in the rule itself; report it"
        return [Finding(resource, text)]
