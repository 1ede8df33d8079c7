"""The whole pack through the real analyzer protocol, as its own process."""

import json
from functools import partial

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2

from harness import policy_pack
from harness.policy_pack import request, stack_request, struct
from policies import rules
from policies.pack import clock
from policies.pack.rule import ENVIRONMENTS
from tests.policies.cases import CASES
from tests.policies.cases.graphs import CASES as GRAPHS
from tests.policies.support import analyzer, change, change_stack, configuration

NOTHING = empty_pb2.Empty()


@pytest.fixture(autouse=True)
def _today():
    """Leave the real clock in place of the frozen one: the other process goes by it as well."""


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    with policy_pack.running(tmp_path_factory.mktemp("elsewhere")) as stub:
        yield stub


def answers(over_the_wire, in_process):
    """Return both answers of one day: they are asked again where midnight came in between."""
    day = clock.today()
    both = over_the_wire(), in_process()
    return both if clock.today() == day else answers(over_the_wire, in_process)


def handshake(stub):
    """Speak as the engine does before it asks anything."""
    stub.Handshake(analyzer_pb2.AnalyzerHandshakeRequest(engine_address=policy_pack.NO_ENGINE))
    stub.ConfigureStack(
        analyzer_pb2.AnalyzerStackConfigureRequest(stack="pr-7", project="chittyos", dry_run=True)
    )
    return stub.GetAnalyzerInfo(NOTHING)


def test_introduces_itself_with_every_rule_and_its_strictest_level(pack):
    info = handshake(pack)

    assert info.supportsConfig
    assert {policy.name for policy in info.policies} == {rule.id for rule in rules.REGISTRY}
    for policy in info.policies:
        rule = rules.REGISTRY[policy.name]
        assert proto.EnforcementLevel.Name(policy.enforcementLevel).lower() == rule.level(
            "production"
        )
        assert policy.description
        assert policy.remediation_steps
        assert proto.PolicySeverity.Name(policy.severity).endswith(rule.severity.upper())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.type[-12:]}")
def test_answers_over_the_wire_what_it_answers_in_process(pack, case):
    pack.Configure(configuration({case.rule: case.settings}))
    server = analyzer({case.rule: case.settings})
    for props in (case.good, *(change(case.good, *broken) for broken in case.breaks)):
        asked = request(case.type, props, parent_type=case.parent_type, **case.options)

        wire, here = answers(partial(pack.Analyze, asked), partial(server.Analyze, asked, None))

        assert wire == here


@pytest.mark.parametrize("case", GRAPHS, ids=lambda case: case.rule)
def test_answers_for_stacks_over_the_wire_too(pack, case):
    pack.Configure(configuration({case.rule: case.settings}))
    server = analyzer({case.rule: case.settings})
    for nodes in (case.good, *(change_stack(case.good, broken) for broken in case.breaks)):
        asked = stack_request(nodes)
        wire, here = answers(
            partial(pack.AnalyzeStack, asked), partial(server.AnalyzeStack, asked, None)
        )

        assert wire == here


def test_changes_no_input(pack):
    for case in CASES[::10]:
        assert pack.Remediate(request(case.type, case.good)) == analyzer_pb2.RemediateResponse()


def level_request(environment):
    content = json.loads((policy_pack.PACK / "levels" / f"{environment}.json").read_text())
    return analyzer_pb2.ConfigureAnalyzerRequest(
        policyConfig={
            rule_id: analyzer_pb2.PolicyConfig(
                enforcementLevel=proto.EnforcementLevel.Value(
                    entry.pop("enforcementLevel").upper()
                ),
                properties=struct(entry),
            )
            for rule_id, entry in content.items()
        }
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_takes_every_level_file_and_reports_at_its_levels(pack, environment):
    asked = level_request(environment)
    pack.Configure(asked)
    for case in CASES:
        broken = (change(case.good, *each) for each in case.breaks[:1])
        for props in broken:
            for diagnostic in pack.Analyze(request(case.type, props, protect=False)).diagnostics:
                level = asked.policyConfig[diagnostic.policyName].enforcementLevel
                assert diagnostic.enforcementLevel <= level
                assert level != proto.DISABLED


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"no-such-rule": {}}, "names the rule 'no-such-rule', which the pack does not have"),
        ({"worker-cpu-limit": {"maxCpu": 1}}, "sets 'maxCpu' of the rule 'worker-cpu-limit'"),
        (
            {"meta-waivers": {"waivers": [{"rule": "nope", "resource": "a", "reason": "b"}]}},
            "a waiver names the rule 'nope'",
        ),
    ],
)
def test_refuses_a_level_file_that_does_not_fit_in_one_sentence(pack, entry, said):
    asked = analyzer_pb2.ConfigureAnalyzerRequest(
        policyConfig={
            rule_id: analyzer_pb2.PolicyConfig(
                enforcementLevel=proto.MANDATORY, properties=struct(settings)
            )
            for rule_id, settings in entry.items()
        }
    )
    with pytest.raises(grpc.RpcError) as refused:
        pack.Configure(asked)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert said in (refused.value.details() or "")


def test_stops_when_asked(pack):
    assert pack.Cancel(NOTHING) == NOTHING
