"""What the text of the SDK says of a type is what the running SDK says of it."""

import inspect
import subprocess
import sys

import pulumi_docker
import pytest
from pulumi import _types

from components.sdk import cloudflare
from provider import sdk
from provider.cloudflare.functions import FUNCTIONS
from provider.cloudflare.resources import TABLE
from provider.docker.resources import TABLE as DOCKER
from provider.errors import PluginError
from provider.property_types import ListOf, MapOf, ObjectOf, Scalar


@pytest.mark.parametrize("resource", TABLE.values(), ids=lambda it: it.name)
def test_names_and_required_inputs_are_those_of_the_sdk(resource):
    suffix = "InitArgs" if resource.name == "QueueConsumer" else "Args"  # a nested type took it
    arguments = getattr(cloudflare, resource.name + suffix)
    names = _types.input_type_py_to_pulumi_names(arguments)
    signature = inspect.signature(arguments.__init__).parameters.values()
    required = {names[it.name] for it in signature if it.default is it.empty and it.name in names}

    described = resource.types

    assert set(described.inputs) == set(names.values())
    assert {name for name, it in described.inputs.items() if it.required} == required


@pytest.mark.parametrize("resource", TABLE.values(), ids=lambda it: it.name)
def test_outputs_are_those_of_the_sdk(resource):
    names = _types.resource_py_to_pulumi_names(getattr(cloudflare, resource.name))

    assert set(resource.types.outputs) == set(names.values())


@pytest.mark.parametrize("token", FUNCTIONS)
def test_functions_of_the_table_are_in_the_sdk(token):
    text = FUNCTIONS[token].text

    assert {"id", "results", text} & set(sdk.function(token))


@pytest.mark.parametrize("resource", DOCKER.values(), ids=lambda it: it.name)
def test_types_of_docker_are_those_of_its_sdk(resource):
    arguments = _types.input_type_py_to_pulumi_names(getattr(pulumi_docker, f"{resource.name}Args"))
    shown = _types.resource_py_to_pulumi_names(getattr(pulumi_docker, resource.name))

    assert set(resource.types.inputs) == set(arguments.values())
    assert set(resource.types.outputs) == set(shown.values())
    assert resource.supported <= set(arguments.values())


def test_nested_types_are_described():
    inputs = sdk.resource("cloudflare:index/workersScript:WorkersScript").inputs

    bindings = inputs["bindings"].type
    assert isinstance(bindings, ListOf)
    assert isinstance(bindings.item, ObjectOf)
    assert bindings.item.fields["name"].required
    assert bindings.item.fields["className"].type == Scalar("string")
    assert isinstance(inputs["files"].type, MapOf)
    assert inputs["logpush"].type == Scalar("boolean")


def test_what_the_api_fills_in_is_known():
    filled = sdk.resource("cloudflare:index/queueConsumer:QueueConsumer").filled

    assert filled == {"scriptName", "settings"}


def test_a_type_the_sdk_lacks_is_refused_by_name():
    with pytest.raises(PluginError, match="index/nothing:Nothing is not in pulumi_cloudflare"):
        sdk.resource("cloudflare:index/nothing:Nothing")


def test_the_sdk_itself_is_not_imported():
    code = "import sys; from provider.cloudflare.resources import TABLE; "
    code += "[it.types for it in TABLE.values()]; print('pulumi_cloudflare' in sys.modules)"

    assert _python(code) == "False"


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
