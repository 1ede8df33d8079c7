"""The JSON Schema that editors complete a stack file by."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from common.field_docstrings import field_docstrings
from config.deployment import Deployment
from config.generated.json_schema import PATH, render, stack_schema
from systems.chittyconnect.settings import ChittyConnect, ChittyConnectSecrets
from systems.registry import SYSTEMS
from tests.config.examples import ROOT, SECRETS, good, put

STACKS = ["development", "staging", "production"]


def faults(values):
    """Check *values* as an editor does; secrets as Pulumi writes them."""
    sealed = {key: {"secure": "v1:abc"} for key in SECRETS}
    return [
        error.json_path
        for error in Draft202012Validator(stack_schema(SYSTEMS)).iter_errors(
            {"config": {**values, **sealed}, "encryptionsalt": "v1:salt"}
        )
    ]


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json.loads(render(SYSTEMS)))


@pytest.mark.parametrize("stack", STACKS)
def test_a_tracked_file_names_the_schema_and_fits_it(stack):
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text()

    assert text.startswith(f"# yaml-language-server: $schema={PATH.relative_to(ROOT).as_posix()}\n")
    assert not list(Draft202012Validator(stack_schema(SYSTEMS)).iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("stack", STACKS)
def test_a_complete_configuration_fits(stack):
    assert faults(good(stack)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("chittyos:environment", "test"),
        ("chittyos:account", "x"),
        ("chittyconnect:hots", "x"),
        ("chittyconnect:queue.batch_size", 1000),
        ("chittyconnect:worker.variables", {"1X": "x"}),
        ("chittyconnect:rollout.percentage", 2),
    ],
)
def test_a_mistake_is_seen_in_the_editor(path, value):
    assert faults(put(good(), path, value))


def test_a_secret_in_clear_is_seen_in_the_editor():
    document = {"config": {"chittyconnect:API_TOKENS": "in clear"}}

    assert not Draft202012Validator(stack_schema(SYSTEMS)).is_valid(document)


def test_a_reference_is_no_mistake():
    document = {"config": {"chittyconnect:API_TOKENS": "op://vault/item/field"}}

    assert Draft202012Validator(stack_schema(SYSTEMS)).is_valid(document)


@pytest.mark.parametrize(
    ("namespace", "model"),
    [
        ("chittyos", Deployment),
        ("chittyconnect", ChittyConnect),
        ("chittyconnect", ChittyConnectSecrets),
    ],
)
def test_every_field_is_described_by_its_docstring(namespace, model):
    keys = stack_schema(SYSTEMS)["properties"]["config"]["properties"]

    for name in model.model_fields:
        assert keys[f"{namespace}:{name}"]["description"] == field_docstrings(model)[name] != ""
