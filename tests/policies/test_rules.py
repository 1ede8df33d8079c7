"""Each rule accepts what is right, fires on every single thing that is wrong, and never guesses."""

import pytest
from pulumi.runtime import proto

from harness.policy_pack import request
from policies import rules
from policies.pack.type_tokens import API_TOKEN
from tests.policies.cases import CASES
from tests.policies.day import ahead
from tests.policies.support import ABSENT, UNKNOWN, Case, analyzer, change, messages, seal

TELLING = 6  # shorter values may stand in the sentence of the rule itself


def judge(case: Case, props, **options):
    server = analyzer({case.rule: case.settings})
    asked = request(case.type, props, parent_type=case.parent_type, **{**case.options, **options})
    return messages(server.Analyze(asked, None), case.rule)


def label(case: Case) -> str:
    return f"{case.rule}-{case.type.rsplit(':', 1)[-1]}"


def changes():
    return [
        pytest.param(case, path, value, id=f"{label(case)}-{path}")
        for case in CASES
        for path, value in case.breaks
    ]


def sealable():
    """Leave out what is taken away, and rules for which a seal is the repair."""
    return [
        each for each in changes() if each.values[2] is not ABSENT and each.values[0].fires_sealed
    ]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_accepts_what_is_right(case):
    assert judge(case, case.good) == []


@pytest.mark.parametrize(("case", "path", "value"), changes())
def test_fires_on_one_wrong_thing(case, path, value):
    assert judge(case, change(case.good, path, value))


@pytest.mark.parametrize("case", [c for c in CASES if c.break_options], ids=label)
def test_fires_on_a_wrong_option(case):
    for options in case.break_options:
        assert judge(case, case.good, **options)


@pytest.mark.parametrize(("case", "path", "_"), changes())
def test_never_fires_on_what_is_not_known_yet(case, path, _):
    assert judge(case, change(case.good, path, UNKNOWN)) == []


@pytest.mark.parametrize(("case", "path", "value"), sealable())
def test_sees_into_secrets_and_shows_nothing_of_them(case, path, value):
    found = judge(case, change(case.good, path, seal(value)))

    assert found
    own_words = rules.REGISTRY[case.rule].sentence + rules.REGISTRY[case.rule].remedy
    telling = isinstance(value, str) and len(value) >= TELLING and value not in own_words
    assert not telling or value not in "".join(found)


def test_every_rule_has_fixtures():
    elsewhere = {rule.id for rule in rules.REGISTRY if rule.subject == "meta" or rule.types is None}

    assert {case.rule for case in CASES} | elsewhere == {rule.id for rule in rules.REGISTRY}


def test_an_advice_only_warns_where_its_rule_is_mandatory():
    props = {
        "policies": [],
        "expiresOn": ahead(40),
        "condition": {"requestIp": {"ins": ["203.0.114.1/32"]}},
    }
    answer = analyzer().Analyze(request(API_TOKEN, props), None)
    found = [
        each for each in answer.diagnostics if each.policyName == "api-token-expires-and-bound"
    ]

    assert "belongs to a person" in found[0].message
    assert found[0].enforcementLevel == proto.ADVISORY


def test_a_finding_that_is_no_advice_stops():
    answer = analyzer().Analyze(request(API_TOKEN, {"policies": []}), None)
    levels = {
        each.enforcementLevel
        for each in answer.diagnostics
        if each.policyName == "api-token-expires-and-bound"
    }

    assert proto.MANDATORY in levels
