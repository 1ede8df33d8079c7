"""How many rules of each kind the plan of a zone has, and what they may use (FW-12)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from planning.cache_rules import edge_seconds
from planning.expressions import parse
from planning.plans import FEATURES, ZONE_PLANS, ZonePlan
from planning.refusals import RefusedError
from planning.rule_checks import CACHE, CUSTOM, HEADERS, LIMITS, needs
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

    edge_ttl: int
    """Shortest time that a cache rule can say that the edge keeps an answer, in seconds."""

    fields: frozenset[str] | None = None
    """What the expression of a rate limit may speak of. `None`: whatever there is."""


_PATH = frozenset({"http.request.uri.path", "cf.bot_management.verified_bot"})
_PLACE = _PATH | {
    "http.host",
    "http.request.full_uri",
    "http.request.uri",
    "http.request.uri.query",
}
_CLIENT = _PLACE | {"http.request.method", "http.user_agent", "ip.src"}

ZONE_LIMITS: Mapping[ZonePlan, ZoneLimits] = {
    "free": ZoneLimits({CUSTOM: 5, LIMITS: 1, HEADERS: 10, CACHE: 10}, 10, 10, 7200, _PATH),
    "pro": ZoneLimits({CUSTOM: 20, LIMITS: 2, HEADERS: 25, CACHE: 25}, 60, 3600, 3600, _PLACE),
    "business": ZoneLimits(
        {CUSTOM: 100, LIMITS: 5, HEADERS: 50, CACHE: 50}, 600, 86_400, 1, _CLIENT
    ),
    "enterprise": ZoneLimits(
        {CUSTOM: 1000, LIMITS: 100, HEADERS: 300, CACHE: 300}, 3600, 86_400, 1
    ),
}
"""Sources: the tables of availability of custom rules and of rate limiting rules in the
documentation of Cloudflare's WAF; rules for headers and caches have the numbers of its plans for
Rules, and the shortest Edge Cache TTL is that of its table for caches."""


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
        yield from _speaks_of(rule, plan, limits)
        yield from _times(rule, plan, limits)
        yield from _too_short(rule, plan, limits)


def _too_short(rule: ZoneRule, plan: ZonePlan, limits: ZoneLimits) -> Iterator[str]:
    seconds = edge_seconds(rule.parameters.get("action_parameters") or {})
    if rule.phase == CACHE and seconds is not None and seconds < limits.edge_ttl:
        yield (
            f"rule {rule.ref} keeps answers for {seconds} seconds and the {plan} plan has "
            f"{limits.edge_ttl} at least; lengthen it, or change the plan"
        )


def _uses(rule: ZoneRule, plan: ZonePlan) -> Iterator[str]:
    logs = ["logging_rules"] if (rule.phase, rule.action) == (CUSTOM, "log") else []
    for name in (*needs(rule.expression, rule.parameters), *logs):
        feature = FEATURES[name]
        if ZONE_PLANS.index(plan) < ZONE_PLANS.index(feature.zone):
            yield (
                f"rule {rule.ref} is {feature.what}, which needs the {feature.zone} plan and the "
                f"zone has {plan}; write it otherwise, or change the plan"
            )


def _speaks_of(rule: ZoneRule, plan: ZonePlan, limits: ZoneLimits) -> Iterator[str]:
    """Give the fields of a rate limit that the plan does not look at."""
    if rule.phase != LIMITS or limits.fields is None:
        return
    beyond = sorted(parse(rule.expression).fields - limits.fields)
    if beyond:
        enough = next(name for name in ZONE_PLANS if _has(name, beyond))
        hint = (
            "say `every_host` to count by the path alone" if plan == "free" else "count otherwise"
        )
        yield (
            f"rule {rule.ref} is a rate limit by {', '.join(beyond)}, which needs the {enough} "
            f"plan and the zone has {plan}; {hint}, or change the plan"
        )


def _has(plan: ZonePlan, fields: Iterable[str]) -> bool:
    known = ZONE_LIMITS[plan].fields
    return known is None or known.issuperset(fields)


def _times(rule: ZoneRule, plan: ZonePlan, limits: ZoneLimits) -> Iterator[str]:
    limit = rule.parameters.get("ratelimit") or {}
    for name, longest in (("period", limits.period), ("mitigation_timeout", limits.timeout)):
        if limit.get(name, 0) > longest:
            yield (
                f"rule {rule.ref} has a {name} of {limit[name]} seconds and the {plan} plan has "
                f"{longest} at most; shorten it, or change the plan"
            )
