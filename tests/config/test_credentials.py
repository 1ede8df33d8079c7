"""The configuration takes no credential as a plain variable, by the cases that all are held to."""

import pytest

from tests.common import credential_cases as cases
from tests.config.examples import good, load, one, put, source

PATH = "chittyconnect:worker.variables"
VARIABLE_NAMES = [name for name in cases.CREDENTIAL_NAMES if name.isupper() and "-" not in name]


def variable(name, value):
    return put(good(), PATH, {name: value})


def refused(name, value):
    path, text = one(variable(name, value))

    assert path == f"{PATH}.{name}"
    return text


@pytest.mark.parametrize("value", [each for each in cases.PLACEHOLDERS if len(each) > 3])
def test_a_placeholder_is_refused(value):
    assert "is a placeholder; put the value there" in refused("SETTING", value)


@pytest.mark.parametrize("name", VARIABLE_NAMES)
def test_the_name_of_a_credential_is_refused(name):
    text = refused(name, "anything")

    assert "secret" in text
    assert "(value not shown)" in text


@pytest.mark.parametrize("case", cases.CREDENTIALS, ids=lambda case: case["is"])
def test_a_credential_is_refused_by_its_value_and_not_shown(case):
    text = refused("SETTING", case["value"])

    assert f"looks like {case['is']} (value not shown)" in text or "is a placeholder" in text
    assert case["value"] not in text or "mcp_auth_" in text


@pytest.mark.parametrize("case", cases.PUBLIC, ids=lambda case: case["why"])
def test_what_is_public_is_taken(case):
    assert load("development", source(variable(case["name"], case["value"])))
