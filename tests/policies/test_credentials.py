"""The pack takes no credential in the clear, by the cases that all are held to."""

import json

import pytest

from harness.policy_pack import request
from policies.pack import type_tokens as t
from policies.pack import wire
from tests.common import credential_cases as cases
from tests.policies.support import analyzer

SECRET_RULES = {
    "secrets-no-placeholder",
    "worker-secret-in-plain-binding",
    "worker-plain-binding-entropy",
    "kv-no-credentials",
}


def fired(kind, props):
    """Return the rules of secrets that object, and what they say."""
    found = analyzer().Analyze(request(kind, props), None).diagnostics
    secret = [each for each in found if each.policyName in SECRET_RULES]
    return {each.policyName for each in secret}, "".join(each.message for each in secret)


def bound(name, value, kind="plain_text"):
    binding = {"type": kind, "name": name, "json" if kind == "json" else "text": value}
    return fired(t.WORKERS_SCRIPT, {"bindings": [binding]})


@pytest.mark.parametrize("value", [each for each in cases.PLACEHOLDERS if each != wire.REDACTED])
@pytest.mark.parametrize("kind", ["plain_text", "secret_text"])
def test_a_placeholder_is_found(kind, value):
    assert "secrets-no-placeholder" in bound("SETTING", value, kind)[0]


@pytest.mark.parametrize("value", [each for each in cases.WEAK if each])
def test_a_secret_that_everybody_guesses_is_found(value):
    assert "secrets-no-placeholder" in bound("API_TOKEN", value, "secret_text")[0]


@pytest.mark.parametrize("name", cases.CREDENTIAL_NAMES)
def test_the_name_of_a_credential_is_found(name):
    assert "worker-secret-in-plain-binding" in bound(name, "anything")[0]


@pytest.mark.parametrize("name", [each for each in cases.CREDENTIAL_NAMES if each != "KEY"])
@pytest.mark.parametrize("kind", ["plain_text", "json"])
def test_the_name_of_a_credential_is_found_in_json(kind, name):
    rules, said = bound("SETTING", json.dumps({"deep": [{name: "kj2h4g9x"}]}), kind)

    assert "worker-secret-in-plain-binding" in rules
    assert "kj2h4g9x" not in said


@pytest.mark.parametrize("case", cases.CREDENTIALS, ids=lambda case: case["is"])
def test_a_credential_is_found_by_its_value_and_not_shown(case):
    for kind, props in (
        (t.WORKERS_SCRIPT, {"bindings": [{"type": "plain_text", "text": case["value"]}]}),
        (t.KV_ENTRY, {"keyName": "setting", "value": case["value"]}),
    ):
        rules, said = fired(kind, props)

        assert rules & {"worker-plain-binding-entropy", "kv-no-credentials"}
        assert case["is"] in said
        assert case["value"] not in said


@pytest.mark.parametrize("case", cases.PUBLIC, ids=lambda case: case["why"])
def test_what_is_public_passes(case):
    assert bound(case["name"], case["value"]) == (set(), "")
    assert fired(t.KV_ENTRY, {"keyName": case["name"], "value": case["value"]}) == (set(), "")


@pytest.mark.parametrize("name", cases.HARMLESS_NAMES)
def test_a_harmless_name_passes(name):
    assert bound(name, "anything") == (set(), "")
