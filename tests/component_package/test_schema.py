"""The schema that other languages see of the components."""

import json
import re
from typing import get_args

import pytest
from pydantic.alias_generators import to_camel

from component_package.kinds import FIELDS, KINDS, BindingType
from component_package.schema import in_snake_case, model_schema, package_schema
from components.bucket import Bucket
from components.database import Database
from components.kv import Namespace
from components.queue import Queue
from components.worker import Worker

SCHEMA = package_schema()


def properties(schema):
    """Yield every property of every resource and object."""
    for part in (*schema["resources"].values(), *schema["types"].values()):
        for group in ("inputProperties", "properties"):
            yield from part.get(group, {}).items()


@pytest.mark.parametrize("name", KINDS)
def test_every_argument_of_a_component_is_an_input(name):
    kind = KINDS[name]
    inputs = SCHEMA["resources"][f"chittyos:cloudflare:{name}"]["inputProperties"]

    fields = {to_camel(field) for field in kind.args.model_fields if field not in kind.left_out}
    assert fields <= inputs.keys()
    assert inputs.keys() - fields == {"accountId", *(["bindings"] if kind.bound else [])}


@pytest.mark.parametrize("name", KINDS)
def test_what_has_no_default_is_required(name):
    kind = KINDS[name]
    required = {to_camel(key) for key, it in kind.args.model_fields.items() if it.is_required()}

    made = SCHEMA["resources"][f"chittyos:cloudflare:{name}"]
    assert set(made["requiredInputs"]) == required | {"accountId"}


def test_every_reference_leads_to_a_type():
    referred = set(re.findall(r"#/types/([^\"]+)", json.dumps(SCHEMA)))

    assert referred == SCHEMA["types"].keys()


def test_names_are_in_camel_case_and_every_property_has_a_type():
    for name, it in properties(SCHEMA):
        assert re.fullmatch(r"[a-z][A-Za-z]*", name)
        assert it.keys() & {"type", "$ref"}


COMPONENTS = {each.__name__: each for each in (Bucket, Database, Namespace, Queue, Worker)}


@pytest.mark.parametrize("name", KINDS)
def test_an_output_is_an_attribute_of_its_component(name):
    assert KINDS[name].outputs.keys() <= COMPONENTS[name].__annotations__.keys()


def test_each_type_of_a_binding_has_a_field_for_its_value():
    assert FIELDS.keys() == set(get_args(BindingType))


def test_names_are_read_back_where_the_model_has_them_and_nowhere_else():
    model = model_schema(KINDS["Worker"])
    given = {
        "cpuLimit": 1,
        "limits": {"cpuMs": 50},
        "variables": {"apiUrl": "https://a.example"},
        "attachments": {"hosts": [{"name": "a.example", "zoneId": "z"}]},
    }

    assert in_snake_case(given, model, model["$defs"]) == {
        "cpuLimit": 1,
        "limits": {"cpu_ms": 50},
        "variables": {"apiUrl": "https://a.example"},
        "attachments": {"hosts": [{"name": "a.example", "zone_id": "z"}]},
    }
