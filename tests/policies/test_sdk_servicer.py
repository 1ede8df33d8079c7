"""On every fixture the pack answers what Pulumi's own SDK, on its own proxies, would answer."""

import pytest

from policies import rules
from tests.policies.cases import CASES
from tests.policies.cases.graphs import CASES as GRAPHS
from tests.policies.sdk_servicer import servicer
from tests.policies.support import (
    UNKNOWN,
    Absent,
    analyzer,
    change,
    change_stack,
    messages,
    request,
    seal,
    stack_request,
)


def fixtures(case):
    """Yield the good, the broken, the unknown and the sealed forms."""
    yield case.good
    for path, value in case.breaks:
        yield change(case.good, path, value)
        yield change(case.good, path, UNKNOWN)
        if not isinstance(value, Absent):
            yield change(case.good, path, seal(value))


def texts(answer, rule_id):
    """Return what was found, without the sentence and the remedy around it."""
    rule = rules.REGISTRY[rule_id]
    around = (f".\n{rule.sentence}\nFix: {rule.remedy}", f"{rule.sentence}\n")
    found = messages(answer, rule_id)
    return [text.removesuffix(around[0]).removeprefix(around[1]) for text in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.type[-12:]}")
def test_a_resource_is_judged_alike(case):
    ours, theirs = (make({case.rule: case.settings}) for make in (analyzer, servicer))
    for props in fixtures(case):
        asked = request(case.type, props, parent_type=case.parent_type, **case.options)
        theirs.Remediate(asked, None)

        assert texts(ours.Analyze(asked, None), case.rule) == texts(
            theirs.Analyze(asked, None), case.rule
        )


@pytest.mark.parametrize("case", GRAPHS, ids=lambda case: case.rule)
def test_a_stack_is_judged_alike(case):
    ours, theirs = (make({case.rule: case.settings}) for make in (analyzer, servicer))
    for nodes in (case.good, *(change_stack(case.good, broken) for broken in case.breaks)):
        asked = stack_request(nodes)
        plain = {each.urn: request(each.type, {}, name=each.name) for each in asked.resources}
        for each in asked.resources:
            plain[each.urn].properties.CopyFrom(each.properties)
            theirs.Remediate(plain[each.urn], None)

        assert texts(ours.AnalyzeStack(asked, None), case.rule) == texts(
            theirs.AnalyzeStack(asked, None), case.rule
        )


def test_the_remediation_changes_no_input():
    case = next(case for case in CASES if case.rule == "sensitive-inputs-are-secret")
    answer = servicer({}).Remediate(request(case.type, case.good), None)

    assert not answer.remediations
