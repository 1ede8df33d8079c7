"""A hundred violations a subject and more: production stops each, by the sentence that fits."""

import pytest
from pulumi.runtime import proto

from harness.policy_pack import request
from policies.pack.enforcement import default_enforcement
from policies.pack.server import Analyzer
from policies.rules import REGISTRY
from tests.policies.planted import SOILS, SUBJECTS, real_life, table
from tests.policies.support import NOWHERE

TABLES = {subject: table(subject) for subject in SUBJECTS}
REAL_LIFE = real_life()
FEWEST = 100


@pytest.fixture(scope="module")
def stopped():
    """Return what stops a resource in production: rule to sentences, at the rules' own levels."""
    pack = Analyzer(REGISTRY, NOWHERE)

    def ask(kind, props):
        found = pack.Analyze(request(kind, props), None).diagnostics
        mandatory = [each for each in found if each.enforcementLevel == proto.MANDATORY]
        return [(each.policyName, each.message) for each in mandatory]

    return ask


@pytest.mark.parametrize(
    "planted", [each for planted in TABLES.values() for each in planted], ids=str
)
def test_a_planted_violation_is_stopped_by_its_own_sentence(stopped, planted):
    found = stopped(planted.type, planted.props)

    assert [said for rule, said in found if rule == planted.rule and planted.says in said], found


@pytest.mark.parametrize("soil", SOILS.values(), ids=SOILS)
def test_what_they_are_planted_into_is_right(stopped, soil):
    assert stopped(soil.type, soil.props) == []


@pytest.mark.parametrize("written", REAL_LIFE.values(), ids=REAL_LIFE)
def test_what_people_really_write_is_not_stopped(stopped, written):
    assert stopped(written.type, written.props) == []


def test_there_are_fifty_things_that_people_really_write():
    assert len(REAL_LIFE) >= 50


@pytest.mark.parametrize("subject", SUBJECTS)
def test_there_are_a_hundred_of_a_subject_and_each_is_another(subject):
    planted = TABLES[subject]

    violations = {(each.rule, each.type, repr(each.props)) for each in planted}

    assert len(violations) == len(planted) >= FEWEST


def test_the_levels_in_force_are_those_of_production():
    enforced = default_enforcement(REGISTRY)

    assert all(each.level == each.rule.level("production") for each in enforced)
