"""Rules against the plan of their zone (FW-12)."""

from dataclasses import replace

import pytest

from planning.refusals import RefusedError
from planning.rule_checks import CACHE, CUSTOM, HEADERS, LIMITS
from planning.zone_limits import check_limits
from planning.zone_rules import Ruleset, ZoneRule
from tests.planning.test_zone_rules import LIMIT

SHORT = {**LIMIT, "period": 10, "mitigation_timeout": 10}
LIMITED = ZoneRule(LIMITS, "r", "a.chitty.cc", "true", "block", "why", {"ratelimit": SHORT})
BLOCK = ZoneRule(CUSTOM, "r", "a.chitty.cc", "true", "block", "why")


def check(*rules, plan="free", phase=LIMITS):
    named = tuple(("a", replace(rule, ref=f"r{place}")) for place, rule in enumerate(rules))
    check_limits([Ruleset("chitty.cc", phase, named)], {"chitty.cc": plan})


def limited(**changes):
    return replace(LIMITED, parameters={"ratelimit": {**SHORT, **changes}})


def kept(seconds, **more):
    lifetime = {"mode": "override_origin", "default": seconds}
    parameters = {"cache": True, "edge_ttl": lifetime, **more}
    given = {"action_parameters": parameters}
    return ZoneRule(CACHE, "r", "a.chitty.cc", "true", "set_cache_settings", "why", given)


ON_HOST = '(http.host eq "a.chitty.cc") and (http.request.uri.path eq "/v1")'
BY_METHOD = 'http.request.method eq "POST"'
BY_COUNTRY = 'ip.src.country eq "XX"'

TAKEN = [
    ("free", LIMITS, [LIMITED]),
    ("pro", LIMITS, [limited(period=60, mitigation_timeout=3600)] * 2),
    ("business", LIMITS, [limited(period=600, mitigation_timeout=86_400)] * 5),
    ("enterprise", LIMITS, [limited(period=3600)] * 6),
    ("pro", LIMITS, [replace(limited(), expression=ON_HOST)]),
    ("business", LIMITS, [replace(limited(), expression=BY_METHOD)]),
    ("enterprise", LIMITS, [replace(limited(), expression=BY_COUNTRY)]),
    ("enterprise", CUSTOM, [replace(BLOCK, action="log")]),
    ("free", CUSTOM, [BLOCK] * 5),
    ("free", HEADERS, [BLOCK] * 10),
    ("free", "http_request_transform", [BLOCK] * 50),
    ("free", CACHE, [kept(7200)] * 10),
    ("pro", CACHE, [kept(3600)]),
    ("business", CACHE, [kept(1)]),
    ("enterprise", CACHE, [kept(1, cache_key={"custom_key": {"query_string": {}}})]),
]
REFUSED = [
    ("free", CACHE, [kept(60)], "keeps answers for 60 seconds and the free plan has 7200 at least"),
    ("pro", CACHE, [kept(60)], "3600 at least"),
    ("free", CACHE, [kept(7200)] * 11, "the limit of the free plan is 10"),
    (
        "business",
        CACHE,
        [kept(60, cache_key={"custom_key": {"query_string": {}}})],
        "a cache key of one's own, which needs the enterprise plan",
    ),
    (
        "free",
        LIMITS,
        [replace(LIMITED, expression=ON_HOST)],
        "by http.host, which needs the pro plan .*`every_host`",
    ),
    ("pro", LIMITS, [replace(limited(), expression=BY_METHOD)], "needs the business plan"),
    ("business", LIMITS, [replace(limited(), expression=BY_COUNTRY)], "the enterprise plan"),
    ("pro", LIMITS, [limited(counting_expression=BY_METHOD)], "counts by an expression"),
    ("business", CUSTOM, [replace(BLOCK, action="log")], "the enterprise plan"),
    (
        "free",
        LIMITS,
        [LIMITED] * 2,
        r"the free plan is 1, and 2 rules are wanted \(r0, r1\)",
    ),
    ("free", LIMITS, [limited(period=60)], "rule r0 has a period of 60 seconds and .* 10 at most"),
    ("free", LIMITS, [limited(mitigation_timeout=60)], "a mitigation_timeout of 60"),
    ("pro", LIMITS, [limited(period=120)], "the pro plan has 60 at most"),
    ("free", CUSTOM, [BLOCK] * 6, "the free plan is 5, and 6"),
    ("pro", CUSTOM, [replace(BLOCK, expression='http.host matches r"a"')], "the business plan"),
    (
        "business",
        LIMITS,
        [limited(characteristics=["cf.colo.id", "http.host"])],
        "counted by more than the address, which needs the enterprise plan",
    ),
]


@pytest.mark.parametrize(("plan", "phase", "rules"), TAKEN)
def test_what_the_plan_has_is_taken(plan, phase, rules):
    check(*rules, plan=plan, phase=phase)


@pytest.mark.parametrize(("plan", "phase", "rules", "words"), REFUSED)
def test_what_it_has_not_is_refused_with_the_zone(plan, phase, rules, words):
    with pytest.raises(RefusedError, match=rf"^zone chitty\.cc, {phase}: .*{words}"):
        check(*rules, plan=plan, phase=phase)
