"""Rules and reports as messages of the analyzer protocol."""

from __future__ import annotations

from typing import Any

from pulumi.runtime import proto

from policies.pack.analysis import Report, Violation
from policies.pack.enforcement import DEFAULT_ENVIRONMENT
from policies.pack.rule import Level, Registry, Rule, Severity

NAME = "chittyos"
VERSION = "1.0.0"
REFERENCE = "docs/policy-reference.md"

LEVELS = {
    Level.DISABLED: proto.DISABLED,
    Level.ADVISORY: proto.ADVISORY,
    Level.MANDATORY: proto.MANDATORY,
}
SEVERITIES = {
    Severity.LOW: proto.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: proto.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: proto.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: proto.POLICY_SEVERITY_CRITICAL,
}


def pack(registry: Registry) -> Any:
    """Return what the engine is told of the pack and its rules.

    Without a level file the levels of production are in force.
    """
    return proto.AnalyzerInfo(
        name=NAME,
        version=VERSION,
        supportsConfig=True,
        policies=[_policy(rule) for rule in registry],
    )


def _policy(rule: Rule) -> Any:
    is_graph = rule.types is None
    info = proto.PolicyInfo(
        name=rule.id,
        description=rule.sentence,
        enforcementLevel=LEVELS[rule.level(DEFAULT_ENVIRONMENT)],
        policy_type=proto.POLICY_TYPE_STACK if is_graph else proto.POLICY_TYPE_RESOURCE,
        severity=SEVERITIES[rule.severity],
        tags=[rule.subject],
        remediation_steps=rule.remedy,
        url=rule.url,
    )
    if rule.frameworks:
        info.framework.name = "; ".join(rule.frameworks)
    info.configSchema.properties.update(_schema(rule))
    return info


def _schema(rule: Rule) -> dict[str, Any]:
    """Return the JSON schema of a rule's settings, by which the engine checks and fills in."""
    return {
        name: {**setting.schema, "default": setting.default_in(DEFAULT_ENVIRONMENT)}
        for name, setting in rule.settings.items()
    }


def response(report: Report) -> Any:
    """Return a report as the engine takes it."""
    return proto.AnalyzeResponse(diagnostics=[_diagnostic(each) for each in report.violations])


def _diagnostic(violation: Violation) -> Any:
    rule = violation.rule
    return proto.AnalyzeDiagnostic(
        policyName=rule.id,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=rule.sentence,
        message=violation.message,
        enforcementLevel=LEVELS[violation.level],
        urn=violation.resource.urn if violation.resource else "",
        severity=SEVERITIES[rule.severity],
    )
