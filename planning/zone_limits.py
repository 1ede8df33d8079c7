"""How many rules of each kind the plan of a zone has, and what they may use (FW-12)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planning.plans import FEATURES, ZONE_PLANS, ZonePlan
from planning.refusals import RefusedError
from planning.rule_checks import CUSTOM, HEADERS, LIMITS, needs
from planning.zone_rules import Ruleset, ZoneRule


@dataclass(frozen=True)
class ZoneLimits:
    """What one plan has."""

    rules: Mapping[str, int]
    """Rules of a phase."""

    period: int
    """Longest time that a rate limit counts, in seconds."""

    timeout: int
    """Longest time that a rate limit makes a client wait, in seconds."""


ZONE_LIMITS: Mapping[ZonePlan, ZoneLimits] = {
    "free": ZoneLimits({CUSTOM: 5, LIMITS: 1, HEADERS: 10}, period=10, timeout=10),
    "pro": ZoneLimits({CUSTOM: 20, LIMITS: 2, HEADERS: 25}, period=60, timeout=3600),
    "business": ZoneLimits({CUSTOM: 100, LIMITS: 5, HEADERS: 50}, period=600, timeout=86_400),
    "enterprise": ZoneLimits(
        {CUSTOM: 1000, LIMITS: 100, HEADERS: 300}, period=3600, timeout=86_400
    ),
}
"""Source: developers.cloudflare.com, the pages on the availability of rules, 2026-11-28."""


def check_limits(rulesets: Iterable[Ruleset], plans: Mapping[str, ZonePlan]) -> None:
    """Refuse the first of *rulesets* that is beyond the plan of its zone, in *plans* by name."""
    for ruleset in rulesets:
        for problem in _problems(ruleset, plans[ruleset.zone]):
            raise RefusedError(f"zone {ruleset.zone}, {ruleset.phase}: {problem}")


def _problems(ruleset: Ruleset, plan: ZonePlan) -> Iterator[str]:
    limits = ZONE_LIMITS[plan]
    allowed = limits.rules.get(ruleset.phase, len(ruleset.rules))
    if len(ruleset.rules) > allowed:
        refs = ", ".join(rule.ref for _, rule in ruleset.rules)
        yield (
            f"the limit of the {plan} plan is {allowed}, and {len(ruleset.rules)} rules are wanted "
            f"({refs}); leave some out, or change the plan"
        )
    for _, rule in ruleset.rules:
        yield from _uses(rule, plan)
        yield from _times(rule, plan, limits)


def _uses(rule: ZoneRule, plan: ZonePlan) -> Iterator[str]:
    for name in needs(rule.expression, rule.parameters):
        feature = FEATURES[name]
        if ZONE_PLANS.index(plan) < ZONE_PLANS.index(feature.zone):
            yield (
                f"rule {rule.ref} is {feature.what}, which needs the {feature.zone} plan and the "
                f"zone has {plan}; write it otherwise, or change the plan"
            )


def _times(rule: ZoneRule, plan: ZonePlan, limits: ZoneLimits) -> Iterator[str]:
    limit = rule.parameters.get("ratelimit") or {}
    for name, longest in (("period", limits.period), ("mitigation_timeout", limits.timeout)):
        if limit.get(name, 0) > longest:
            yield (
                f"rule {rule.ref} has a {name} of {limit[name]} seconds and the {plan} plan has "
                f"{longest} at most; shorten it, or change the plan"
            )
