"""No message of any rule depends on a secret: not its value, nor its hash, nor its length."""

import base64
import hashlib

import pytest

from harness.policy_pack import urn
from policies import rules
from policies.pack import analysis
from policies.pack.analysis import Analysis
from policies.pack.enforcement import EnforcedRule, Enforcement, configured_enforcement
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Unknowns
from policies.pack.rule import ADVICE, Level, Registry, Severity
from policies.pack.type_tokens import WORKERS_SCRIPT
from tests.policies.cases import CASES
from tests.policies.cases.graphs import CASES as GRAPHS
from tests.policies.support import Absent, change, change_stack, seal

PAIRS = {
    "words": ("canary-bird-one", "canary-bird-number-two-which-is-longer"),
    "credentials": ("Zm9vYmFy0Qx7TnRkW3JpcHRl", "ghp_" + "a1B2" * 9),
    "placeholders": ("YOUR_TOKEN_HERE_REPLACE_ME", "changeme"),
    "addresses": ("http://canary-host.example:8080", "tcp://other-canary.example"),
}


@pytest.fixture(autouse=True)
def _no_last_look(request, monkeypatch):
    """Judge the rules themselves: what they write must need no last look."""
    if "last_look" not in request.node.name:
        monkeypatch.setattr(analysis, "redact", lambda text, _: text)


def text_places(value, path=""):
    """Yield the path of every text in *value*."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from text_places(each, f"{path}[{at}]")
    elif isinstance(value, dict) and "value" not in value:
        for key, each in value.items():
            yield from text_places(each, f"{path}.{key}" if path else key)


def traces(secret):
    raw = secret.encode()
    yield secret
    yield from (hashlib.new(name, raw).hexdigest() for name in ("md5", "sha1", "sha256"))
    yield base64.b64encode(raw).decode()


def told(report):
    return sorted(violation.message for violation in report.violations)


def judge(settings):
    configured = {rule_id: (Level.MANDATORY, given) for rule_id, given in settings.items()}
    return Analysis(configured_enforcement(rules.REGISTRY, configured), rules.REGISTRY)


def resource(kind, name, props, unknowns=None):
    return Resource(kind, name, urn(kind, name), lambda: props, unknowns or Unknowns())


def stack(run, nodes):
    unknowns = Unknowns()
    resources = [resource(node.type, name, node.props, unknowns) for name, node in nodes.items()]
    return run.stack(resources, unknowns)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.type[-12:]}")
def test_messages_about_a_resource_do_not_depend_on_its_secrets(case, kind):
    run = judge({case.rule: case.settings})
    for props in (case.good, *(change(case.good, *each) for each in case.breaks[:2])):
        for path in text_places(props):
            answers = []
            for canary in PAIRS[kind]:
                sealed = change(props, path, seal(canary))
                messages = told(run.resource(resource(case.type, "subject", sealed)))
                assert not any(t in m for t in traces(canary) for m in messages), path
                answers.append(messages)
            assert kind != "words" or answers[0] == answers[1], path


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("case", GRAPHS, ids=lambda case: case.rule)
def test_messages_about_a_stack_do_not_depend_on_its_secrets(case, kind):
    run = judge({case.rule: case.settings})
    broken = [each for each in case.breaks if len(each) == 3 and not isinstance(each[2], Absent)]
    for nodes in (case.good, *(change_stack(case.good, each) for each in broken[:2])):
        for name, node in nodes.items():
            for path in text_places(node.props):
                for canary in PAIRS[kind]:
                    messages = told(stack(run, change_stack(nodes, (name, path, seal(canary)))))
                    assert not any(t in m for t in traces(canary) for m in messages), path


def planned(check):
    registry = Registry()
    declare = registry.rule("x-test", on=(), severity=Severity.LOW, levels=ADVICE, remedy="None.")
    declare(check)
    return Analysis(Enforcement([EnforcedRule(registry["x-test"], Level.MANDATORY, {})]), registry)


def breaks(subject: Resource) -> Findings:
    """Break on a secret."""
    raise RuntimeError(subject["a"].text())
    yield


def quotes(subject: Resource) -> Findings:
    """Quote a secret, as no rule should."""
    yield subject["a"].problem(f"is {subject['a'].text()}, in the middle")


def test_an_error_in_a_rule_is_a_violation_that_quotes_nothing():
    report = planned(breaks).resource(resource("t", "n", {"a": seal("canary-bird")}))

    assert "Not checked: RuntimeError in the rule itself" in report.violations[0].message
    assert "canary-bird" not in report.violations[0].message
    assert report.violations[0].level is Level.MANDATORY


def test_the_last_look_hides_what_a_rule_quotes_by_mistake():
    report = planned(quotes).resource(resource("t", "n", {"a": seal("canary-bird")}))

    assert "`a` is (a secret), in the middle" in report.violations[0].message


def test_a_bindings_name_is_shown_though_a_secret_sealed_the_whole_list():
    sealed = seal([{"type": "plain_text", "name": "API_TOKEN", "text": "canary-bird"}])
    report = judge({}).resource(resource(WORKERS_SCRIPT, "w", {"bindings": sealed}))
    messages = "".join(told(report))

    assert '`bindings[0]` ("API_TOKEN") is a credential by its name' in messages
    assert "canary-bird" not in messages
