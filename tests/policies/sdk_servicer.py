"""The rules as policies of Pulumi's own SDK, run by the SDK's own servicer on its own proxies.

The pack answers the engine itself (see the ADR on the analyzer protocol); this shows that it
answers what the SDK would. The SDK hides secrets from a validation, so a remediation that changes
nothing records where they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Secret,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies import rules
from policies.pack import wire
from policies.pack.enforcement import DEFAULT_ENVIRONMENT, default_settings
from policies.pack.resource import Options, Resource, Stack, Unknowns
from policies.pack.rule import Rule

RECORDER = "records-secretness"


class Secrets:
    """Where secrets are, by URN, as the remediation saw them."""

    def __init__(self) -> None:
        self._sealed: dict[str, Any] = {}

    def record(self, args: ResourceValidationArgs) -> None:
        """Keep the inputs with their seals; return nothing, so that no input changes."""
        self._sealed[args.urn] = _wire(args.props)

    def of(self, urn: str, props: Any) -> Any:
        return self._sealed.get(urn) or _wire(props)


def _wire(value: Any) -> Any:
    """Unwrap the SDK's proxies into what the engine wrote."""
    if isinstance(value, Secret):
        return {wire.SIGNATURE: wire.SECRET, "value": _wire(value.value)}
    if isinstance(value, Mapping):
        inner = value if isinstance(value, dict) else value["__target"]
        return {key: _wire(each) for key, each in inner.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        inner = value if isinstance(value, list) else _target(value)
        return [_wire(each) for each in inner]
    return value


def _target(proxy: Any) -> Any:
    return proxy["__target"]


def policies(settings: Mapping[str, Any]) -> tuple[list[Any], Secrets]:
    secrets = Secrets()
    made: list[Any] = [
        ResourceValidationPolicy(
            name=RECORDER,
            description="Records where secrets are.",
            remediate=secrets.record,
            enforcement_level=EnforcementLevel.REMEDIATE,
        )
    ]
    for rule in rules.REGISTRY:
        given = {**default_settings(rule, DEFAULT_ENVIRONMENT), **settings.get(rule.id, {})}
        made.append(_policy(rule, given, secrets))
    return made, secrets


def _policy(rule: Rule, settings: Mapping[str, Any], secrets: Secrets) -> Any:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(
            written_type=args.resource_type,
            name=args.name,
            urn=args.urn,
            load=lambda: secrets.of(args.urn, args.props),
            options=Options(args.opts.protect, tuple(args.opts.ignore_changes)),
        )
        if rule.types is not None and (not rule.types or resource.type in rule.types):
            for finding in rule.run(resource, settings):
                report(finding.text, None)

    def validate_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        unknowns = Unknowns()
        resources = [_resource(each, secrets, unknowns) for each in args.resources]
        for finding in rule.run(Stack(resources, unknowns), settings):
            urn = finding.resource.urn if finding.resource else None
            report(finding.text, urn)

    about: dict[str, Any] = {"name": rule.id, "description": rule.sentence}
    level = EnforcementLevel.MANDATORY
    if rule.types is None:
        return StackValidationPolicy(validate=validate_stack, enforcement_level=level, **about)
    return ResourceValidationPolicy(validate=validate, enforcement_level=level, **about)


def _resource(given: Any, secrets: Secrets, unknowns: Unknowns) -> Resource:
    edges = given.property_dependencies.items()
    return Resource(
        written_type=given.resource_type,
        name=given.name,
        urn=given.urn,
        load=lambda: secrets.of(given.urn, given.props),
        unknowns=unknowns,
        parent=given.parent.urn if given.parent else "",
        property_dependencies={name: tuple(each.urn for each in urns) for name, urns in edges},
    )


def servicer(settings: Mapping[str, Any]) -> Any:
    made, _ = policies(settings)
    return _PolicyAnalyzerServicer("chittyos", "1.0.0", made, EnforcementLevel.MANDATORY)
