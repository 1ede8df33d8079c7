"""Rules of a zone as resources: one ruleset a phase, and what is refused before."""

import pytest
from pydantic import ValidationError

from components.zone_security import RuleArgs, ZoneSecurity, ZoneSecurityArgs
from tests.support import deploy

ZONE_ID = "cd" * 16
CUSTOM = "http_request_firewall_custom"
LIMIT = {
    "characteristics": ["ip.src", "cf.colo.id"],
    "period": 60,
    "requests_per_period": 100,
    "mitigation_timeout": 60,
}


def rule(ref, phase=CUSTOM, action="block", **changes):
    given = {"expression": 'http.host eq "a.chitty.cc"', "description": "why", **changes}
    return RuleArgs(phase=phase, ref=ref, action=action, **given)


def made(*rules):
    args = ZoneSecurityArgs(zone="chitty.cc", rules=rules)
    return deploy(lambda: ZoneSecurity("edge", args, zone_id=ZONE_ID))


def test_a_zone_gets_one_ruleset_a_phase_with_the_rules_in_order():
    limit = rule("c", "http_ratelimit", parameters={"ratelimit": LIMIT})
    resources = made(rule("b"), limit, rule("a"))

    custom = resources[f"Ruleset edge-{CUSTOM}"]
    limits = resources["Ruleset edge-http_ratelimit"]
    assert [each["ref"] for each in custom.inputs["rules"]] == ["b", "a"]
    assert custom.inputs["name"] == f"chitty.cc {CUSTOM}"
    assert (custom.inputs["kind"], custom.inputs["zoneId"]) == ("zone", ZONE_ID)
    assert all(each["enabled"] for each in custom.inputs["rules"])
    assert limits.inputs["rules"][0]["ratelimit"]["requestsPerPeriod"] == 100
    assert custom.parent == limits.parent == "chittyos:ZoneSecurity edge"


def test_a_ruleset_that_is_taken_over_keeps_its_name_for_another_would_be_another_one():
    (custom,) = [each for name, each in made(rule("a")).items() if name.startswith("Ruleset ")]

    assert list(custom.request.ignoreChanges) == ["name"]


REFUSED = {
    "an expression": ([rule("a", expression="http.host eq")], "rule a of .*: expression is none"),
    "a ref twice": ([rule("a"), rule("a")], f"two rules of {CUSTOM} have the ref a"),
    "X25: the data centre": (
        [
            rule(
                "a",
                "http_ratelimit",
                parameters={"ratelimit": {**LIMIT, "characteristics": ["ip.src"]}},
            )
        ],
        r"lack cf\.colo\.id",
    ),
    "nothing": ([], "at least 1 item"),
}


@pytest.mark.parametrize(("rules", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cloudflare_would_refuse_is_refused_before_anything_is_made(rules, words):
    with pytest.raises(ValidationError, match=words):
        ZoneSecurityArgs(zone="chitty.cc", rules=rules)


def test_a_ref_is_a_plain_word():
    with pytest.raises(ValidationError, match="pattern"):
        rule("Not A Ref")


def test_a_ref_of_another_phase_is_another_one():
    limit = rule("a", "http_ratelimit", parameters={"ratelimit": LIMIT})

    assert len(ZoneSecurityArgs(zone="chitty.cc", rules=[rule("a"), limit]).rules) == 2
