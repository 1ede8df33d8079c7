"""Rules of a zone, merged: one ruleset a phase."""

from dataclasses import replace

import pytest

from planning.refusals import RefusedError
from planning.zone_rules import ZoneRule, merge

OWNERS = {"chitty.cc": "production", "eu.chitty.cc": "production", "other.cc": "staging"}
LIMIT = {
    "characteristics": ["ip.src", "cf.colo.id"],
    "period": 60,
    "requests_per_period": 100,
    "mitigation_timeout": 60,
}
RULE = ZoneRule(
    "http_ratelimit", "a_one", "a.chitty.cc", "true", "block", "why", {"ratelimit": LIMIT}
)


def test_there_is_one_ruleset_for_each_zone_and_phase_in_the_order_of_the_systems():
    second = replace(RULE, ref="b_one", host="b.chitty.cc")
    phase = replace(RULE, ref="a_two", phase="http_request_firewall_custom", parameters={})
    zone = replace(RULE, host="x.eu.chitty.cc")
    merged = merge([("a", RULE), ("a", phase), ("a", zone), ("b", second)], OWNERS, "production")

    assert [(each.zone, each.phase, [r.ref for _, r in each.rules]) for each in merged] == [
        ("chitty.cc", "http_ratelimit", ["a_one", "b_one"]),
        ("chitty.cc", "http_request_firewall_custom", ["a_two"]),
        ("eu.chitty.cc", "http_ratelimit", ["a_one"]),
    ]


def test_the_owner_of_the_zone_sets_its_rules_and_nobody_else():
    with pytest.raises(RefusedError, match=r"only staging, the owner of zone other\.cc, may set"):
        merge([("a", replace(RULE, host="x.other.cc"))], OWNERS, "production")


def test_a_ref_is_taken_once():
    with pytest.raises(RefusedError, match="rule a_one of b has the ref of one of a in http_rate"):
        merge([("a", RULE), ("b", RULE)], OWNERS, "production")


def test_a_rule_that_cloudflare_would_not_take_is_named_with_its_system():
    wrong = replace(RULE, expression="http.host eq")

    with pytest.raises(RefusedError, match=r"^rule a_one of b, in http_ratelimit: expression"):
        merge([("b", wrong)], OWNERS, "production")
