"""A state checked by the pack alone: what the engine says of it, without one."""

import json
import re
import subprocess
import sys

import pytest

from harness import policy_pack
from policies import audit, rules
from policies.pack.resource import Unknowns
from policies.pack.state import StateError, read_state, with_inputs, with_outputs
from policies.pack.type_tokens import R2_MANAGED_DOMAIN, STACK, WORKERS_SCRIPT
from tests.policies import state
from tests.policies.support import change_stack
from tests.policies.test_analyze import BREAKABLE, ROOT_RESOURCE, fixtures

CANARY = "cAnArY-7f3e9b"
LEVELS = policy_pack.PACK / "levels" / "production.json"
FOUND = re.compile(r"^\[(\w+)\] \[severity: \w+\] (\S+): (.+)$", re.MULTILINE)
SEALED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": CANARY,
}


def mandatory(folder, settings):
    """Write a level file of all rules."""
    path = folder / "levels.json"
    content = {
        rule.id: {"enforcementLevel": "mandatory", **settings.get(rule.id, {})}
        for rule in rules.REGISTRY
    }
    path.write_text(json.dumps(content))
    return path


def run(path, levels=LEVELS):
    command = [sys.executable, "-m", "policies.audit", str(path), str(levels)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=policy_pack.PACK.parent,
    )


def checked(path, levels):
    """Give rule, resource and level of each violation, as `state.analyze` does."""
    return {
        (rule, "chittyos-production" if about == "the stack" else about.split()[-1], level)
        for level, rule, about in FOUND.findall(run(path, levels).stdout)
    }


def same(path, levels):
    """Judge by the engine and without; both have to find the same, and something."""
    alone, by_engine = checked(path, levels), state.analyze(path, levels).violations

    assert alone == by_engine
    return alone


@pytest.mark.engine
def test_it_says_of_every_fixture_what_the_engine_says(tmp_path):
    named = list(fixtures())
    resources = [
        state.resource(case.type, name, props, protect=case.options.get("protect", True))
        for case, name, props in named
    ]
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE, *resources])

    assert len(same(path, mandatory(tmp_path, {}))) > len(rules.REGISTRY) / 2


@pytest.mark.engine
@pytest.mark.parametrize("case", BREAKABLE[::7], ids=lambda case: case.rule)
def test_it_says_of_a_stack_what_the_engine_says(tmp_path, case):
    levels = mandatory(tmp_path, {case.rule: case.settings} if case.settings else {})
    nodes = change_stack(case.good, case.breaks[0])
    path = state.write(tmp_path / "s.json", [ROOT_RESOURCE, *state.resources(nodes)])

    assert case.rule in {rule for rule, _, _ in same(path, levels)}


@pytest.mark.engine
def test_it_says_of_what_is_encrypted_what_the_engine_says(tmp_path):
    bindings = [{"type": "secret_text", "name": "API_TOKENS", "text": SEALED}]
    script = state.resource(WORKERS_SCRIPT, "w", {"bindings": bindings, "placement": SEALED})
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE, script])

    assert same(path, mandatory(tmp_path, {}))
    assert CANARY not in run(path).stdout


def written(tmp_path, *resources):
    return state.write(tmp_path / "state.json", [ROOT_RESOURCE, *resources])


def test_a_mandatory_violation_is_said_and_fails(tmp_path):
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    done = run(written(tmp_path, door))

    assert done.returncode == audit.VIOLATED
    assert "[mandatory] [severity: high] r2-no-dev-url: R2ManagedDomain door\n" in done.stdout
    assert "  Fix: Set enabled to false" in done.stdout


def test_what_is_only_advised_does_not_fail(tmp_path):
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    done = run(written(tmp_path, door), policy_pack.PACK / "levels" / "development.json")

    assert done.returncode == 0
    assert "[advisory]" in done.stdout


def test_what_is_about_to_be_deleted_is_not_judged(tmp_path):
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    path = written(tmp_path, {**door, "delete": True})

    assert "r2-no-dev-url" not in {rule for rule, _, _ in checked(path, LEVELS)}


def test_an_empty_state_is_as_it_should_be(tmp_path):
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"version": 3, "deployment": {}}))

    assert run(path).returncode == 0


NO_STATES = {
    "no file": None,
    "no JSON": CANARY,
    "a list": "[]",
    "a checkpoint": json.dumps({"version": 3, "checkpoint": {}}),
    "no deployment": json.dumps({"deployment": None}),
    "no URN": json.dumps({"deployment": {"resources": [{"type": STACK}]}}),
    "inputs that are a list": json.dumps(
        {"deployment": {"resources": [{"type": STACK, "urn": "urn:pulumi:s", "inputs": [CANARY]}]}}
    ),
    "edges that are a text": json.dumps(
        {
            "deployment": {
                "resources": [{"type": STACK, "urn": "urn:pulumi:s", "propertyDependencies": "x"}]
            }
        }
    ),
    "a resource that is a text": json.dumps({"deployment": {"resources": [CANARY]}}),
    "another URN": json.dumps({"deployment": {"resources": [{"type": STACK, "urn": CANARY}]}}),
}


@pytest.mark.parametrize("text", NO_STATES.values(), ids=NO_STATES)
def test_what_is_no_state_is_one_sentence(tmp_path, text):
    path = tmp_path / "state.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StateError, match="is no exported state; write one by"):
        read_state(path)
    done = run(path)

    assert done.returncode == audit.UNREADABLE
    assert done.stderr.startswith(f"{path} is no exported state")
    assert CANARY not in done.stderr


def test_levels_that_are_none_are_one_sentence(tmp_path):
    levels = tmp_path / "levels.json"
    levels.write_text("[]")
    done = run(written(tmp_path), levels)

    assert done.returncode == audit.UNREADABLE
    assert "is no level file" in done.stderr


def test_alone_a_resource_has_its_inputs_and_together_its_outputs_and_edges(tmp_path):
    made = state.resource(
        R2_MANAGED_DOMAIN,
        "door",
        {},
        protect=True,
        parent=ROOT_RESOURCE["urn"],
        dependencies=[ROOT_RESOURCE["urn"]],
        propertyDependencies={"bucketName": [ROOT_RESOURCE["urn"]]},
    )
    path = written(tmp_path, {**made, "inputs": {"a": 1}, "outputs": {"a": 2}})
    alone, whole = (
        way(read_state(path))[1]
        for way in (with_inputs, lambda read: with_outputs(read, Unknowns()))
    )

    assert (alone.load(), alone.dependencies, alone.property_dependencies) == ({"a": 1}, (), {})
    assert whole.load() == {"a": 2}
    assert whole.dependencies == (ROOT_RESOURCE["urn"],)
    assert whole.property_dependencies == {"bucketName": (ROOT_RESOURCE["urn"],)}
    assert whole.parent == alone.parent == ROOT_RESOURCE["urn"]
    assert whole.options.protect
