"""Each graph rule accepts a stack that is right, fires on every single thing that is wrong."""

import random

import pytest

from policies import rules
from tests.policies.cases.graphs import CASES
from tests.policies.support import (
    ABSENT,
    UNKNOWN,
    Node,
    StackCase,
    analyzer,
    change_stack,
    messages,
    seal,
    stack_request,
)

GRAPH_RULES = {rule.id for rule in rules.REGISTRY if rule.types is None}


def judge(case: StackCase, nodes, rule_id=None):
    server = analyzer({case.rule: case.settings})
    return messages(server.AnalyzeStack(stack_request(nodes), None), rule_id or case.rule)


def _label(what):
    return "added" if isinstance(what, Node) else what


def changes():
    return [
        pytest.param(case, broken, id=f"{case.rule}-{broken[0]}-{_label(broken[1])}")
        for case in CASES
        for broken in case.breaks
    ]


def changed_values():
    return [each for each in changes() if len(each.values[1]) == 3]


def sealable():
    """Leave out what is taken away, and the rule for which a seal is the repair."""
    return [
        each
        for each in changed_values()
        if each.values[1][2] is not ABSENT and each.values[0].rule != "graph-no-credential-outputs"
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_accepts_what_is_right(case):
    assert judge(case, case.good) == []


@pytest.mark.parametrize(("case", "broken"), changes())
def test_fires_on_one_wrong_thing(case, broken):
    assert judge(case, change_stack(case.good, broken))


@pytest.mark.parametrize(("case", "broken"), changed_values())
def test_never_fires_on_what_is_not_known_yet_and_says_so(case, broken):
    name, path, value = broken
    nodes = change_stack(case.good, (name, path, UNKNOWN))

    assert judge(case, nodes) == []
    if value is not ABSENT:
        assert f"`{path.split('[')[0]}" in "".join(judge(case, nodes, "meta-not-yet-checkable"))


@pytest.mark.parametrize(("case", "broken"), sealable())
def test_sees_into_secrets(case, broken):
    name, path, value = broken

    assert judge(case, change_stack(case.good, (name, path, seal(value))))


def test_the_order_of_the_engine_does_not_matter():
    case = next(case for case in CASES if case.rule == "graph-alarms-complete")
    nodes = change_stack(case.good, ("tunnel_health_event", ABSENT))
    shuffled = list(nodes.items())
    random.Random(7).shuffle(shuffled)  # noqa: S311

    assert judge(case, dict(shuffled)) == judge(case, nodes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_an_empty_or_partial_stack_is_no_error(case):
    for name in case.good:
        found = judge(case, {name: case.good[name]})
        assert not any("our mistake" in message for message in found)


def test_every_graph_rule_has_fixtures():
    assert {case.rule for case in CASES} | {"meta-waivers"} == GRAPH_RULES
