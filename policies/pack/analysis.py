"""Running rules over resources: findings become violations, what could not be seen is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from policies.pack.enforcement import EnforcedRule, Enforcement
from policies.pack.finding import Finding, Subject, redact
from policies.pack.resource import Resource, Stack, Unknowns
from policies.pack.rule import STRICTNESS, Level, Registry, Rule
from policies.pack.waivers import RULE as WAIVERS
from policies.pack.waivers import waivers_of

NOT_YET_CHECKABLE = "meta-not-yet-checkable"
"""The rule that lists the values which are not known yet."""


@dataclass(frozen=True)
class Violation:
    """One message about one resource (None: the stack), at the level that is in force."""

    rule: Rule
    level: Level
    resource: Subject | None
    text: str

    @property
    def message(self) -> str:
        """What is wrong, why it matters, what to do."""
        return f"{self.text}.\n{self.rule.sentence}\nFix: {self.rule.remedy}"


@dataclass
class Report:
    """What a run over one subject gave."""

    violations: list[Violation] = field(default_factory=list)
    unknown: dict[tuple[Resource, str], list[str]] = field(default_factory=dict)
    """Where a value was not known yet: resource and path, to the rules that asked for it."""
    ran: list[str] = field(default_factory=list)
    """Ids of the rules that looked."""


class Analysis:
    """The rules of one run of the engine, with the waivers that it uses up."""

    def __init__(self, enforcement: Enforcement, registry: Registry) -> None:
        """Raise LevelsError where the settings of *enforcement* hold a malformed waiver."""
        self._enforcement = enforcement
        self._waivers = waivers_of(enforcement, registry)

    def resource(self, resource: Resource) -> Report:
        """Run the rules for resources of this type."""
        report = Report()
        for enforced in self._enforcement.for_type(resource.type):
            self._run(enforced, resource, resource.unknowns, report)
        self._report_unknown(report)
        return report

    def stack(self, resources: Iterable[Resource], unknowns: Unknowns) -> Report:
        """Run the graph rules, then look at the waivers; *resources* share *unknowns*."""
        report, stack = Report(), Stack(resources, unknowns)
        for enforced in self._enforcement.graph:
            self._run(enforced, stack, unknowns, report)
        if WAIVERS in self._enforcement:
            self._add(self._enforcement[WAIVERS], self._waivers.findings(stack), report)
        self._report_unknown(report)
        return report

    def _run(
        self, enforced: EnforcedRule, subject: Any, unknowns: Unknowns, report: Report
    ) -> None:
        report.ran.append(enforced.rule.id)
        self._add(enforced, _findings(enforced, subject), report)
        for place in unknowns.drain():
            report.unknown.setdefault(place, []).append(enforced.rule.id)

    def _add(self, enforced: EnforcedRule, findings: Iterable[Finding], report: Report) -> None:
        for finding in findings:
            about = enforced.rule.id, finding.resource
            waived = self._waivers.waive(*about)
            if waived and not self._waivers.are_told(*about):
                continue
            level = Level.ADVISORY if finding.advice or waived else enforced.level
            level = min(level, enforced.level, key=STRICTNESS.index)
            text = redact(finding.text, finding.resource)
            report.violations.append(Violation(enforced.rule, level, finding.resource, text))

    def _report_unknown(self, report: Report) -> None:
        """Say of each resource, leaf by leaf, what could not be checked."""
        if NOT_YET_CHECKABLE not in self._enforcement:
            return
        rule = self._enforcement[NOT_YET_CHECKABLE]
        if rule.level is Level.DISABLED:
            return
        by_resource: dict[Resource, list[str]] = {}
        for (resource, path), rules in report.unknown.items():
            by_resource.setdefault(resource, []).append(f"`{path}` ({', '.join(rules)})")
        findings = [Finding(each, _not_known(leaves)) for each, leaves in by_resource.items()]
        self._add(rule, findings, report)


def _not_known(leaves: list[str]) -> str:
    return "Known only during the update, and checked then: " + ",\n  ".join(leaves)


def _findings(enforced: EnforcedRule, subject: Any) -> list[Finding]:
    """Run one rule; an error in it is a violation, without its text (it may quote values)."""
    try:
        return list(enforced.rule.run(subject, enforced.settings))
    except Exception as error:  # noqa: BLE001
        resource = subject if isinstance(subject, Resource) else None
        text = f"Not checked: {type(error).__name__} in the rule itself, which is our mistake"
        return [Finding(resource, text)]
