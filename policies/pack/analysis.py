"""Running rules over resources: findings become violations, what could not be seen is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from policies.pack.finding import Finding
from policies.pack.hide import hide_secrets
from policies.pack.plan import Plan, Planned
from policies.pack.resource import Resource, Sight, Stack
from policies.pack.rule import STRICTNESS, Level, Registry, Rule
from policies.pack.waivers import RULE as WAIVERS
from policies.pack.waivers import waivers_of

UNSEEN = "meta-not-yet-checkable"
"""The rule under which unknown values are told."""


@dataclass(frozen=True)
class Violation:
    """One message about one resource (None: the stack), at the level that is in force."""

    rule: Rule
    level: Level
    resource: Resource | None
    text: str

    @property
    def message(self) -> str:
        """What is wrong, why it matters, what to do."""
        return f"{self.text}.\n{self.rule.sentence}\nFix: {self.rule.remedy}"


@dataclass
class Report:
    """What a run over one subject gave."""

    violations: list[Violation] = field(default_factory=list)
    missed: dict[tuple[Resource, str], list[str]] = field(default_factory=dict)
    """Where a value was not known yet: resource and path, to the rules that asked for it."""
    ran: list[str] = field(default_factory=list)
    """Ids of the rules that looked."""


class Analysis:
    """The rules of one run of the engine, with the waivers that it uses up."""

    def __init__(self, plan: Plan, registry: Registry) -> None:
        """Raise PlanError where the settings of *plan* hold a malformed waiver."""
        self.plan = plan
        self._waivers = waivers_of(plan, registry)

    def resource(self, resource: Resource) -> Report:
        """Run the rules that judge resources of this type."""
        report = Report()
        for planned in self.plan.for_type(resource.type):
            self._run(planned, resource, resource.sight, report)
        self._tell_unseen(report)
        return report

    def stack(self, resources: Iterable[Resource], sight: Sight) -> Report:
        """Run the graph rules, then judge the waivers; *resources* share *sight*."""
        report, stack = Report(), Stack(resources, sight)
        for planned in self.plan.graph:
            self._run(planned, stack, sight, report)
        if WAIVERS in self.plan:
            self._add(self.plan[WAIVERS], self._waivers.judge(), report)
        self._tell_unseen(report)
        return report

    def _run(self, planned: Planned, subject: Any, sight: Sight, report: Report) -> None:
        report.ran.append(planned.rule.id)
        self._add(planned, _findings(planned, subject), report)
        for place in sight.take():
            report.missed.setdefault(place, []).append(planned.rule.id)

    def _add(self, planned: Planned, findings: Iterable[Finding], report: Report) -> None:
        for finding in findings:
            if self._waivers.waive(planned.rule.id, finding.resource):
                continue
            level = Level.ADVISORY if finding.advice else planned.level
            level = min(level, planned.level, key=STRICTNESS.index)
            text = hide_secrets(finding.text, finding.resource)
            report.violations.append(Violation(planned.rule, level, finding.resource, text))

    def _tell_unseen(self, report: Report) -> None:
        """Tell of each resource, leaf by leaf, what could not be judged."""
        if UNSEEN not in self.plan or self.plan[UNSEEN].level is Level.DISABLED:
            return
        by_resource: dict[Resource, list[str]] = {}
        for (resource, path), rules in report.missed.items():
            by_resource.setdefault(resource, []).append(f"`{path}` ({', '.join(rules)})")
        told = [Finding(each, _not_known(leaves)) for each, leaves in by_resource.items()]
        self._add(self.plan[UNSEEN], told, report)


def _not_known(leaves: list[str]) -> str:
    return "Known only during the update, and judged then: " + ",\n  ".join(leaves)


def _findings(planned: Planned, subject: Any) -> list[Finding]:
    """Run one rule; an error in it is a violation, without its text (it may quote values)."""
    try:
        return list(planned.rule.run(subject, planned.settings))
    except Exception as error:  # noqa: BLE001
        resource = subject if isinstance(subject, Resource) else None
        text = f"Not judged: {type(error).__name__} in the rule itself, which is our mistake"
        return [Finding(resource, text)]
