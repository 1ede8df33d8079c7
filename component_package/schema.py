"""The schema of the package, made from the models of the components.

A model speaks JSON Schema with names in snake_case; Pulumi has a schema of its own with names in
camelCase. https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
"""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic.alias_generators import to_camel

from component_package.kinds import KINDS, BindingType, Kind

Json = dict[str, Any]

PACKAGE = "chittyos"
VERSION = "0.1.0"
_SIMPLE = frozenset({"string", "integer", "number", "boolean"})
_BINDING = f"{PACKAGE}:cloudflare:Binding"
_ACCOUNT = {"type": "string", "description": "Id of the Cloudflare account."}


def token(name: str) -> str:
    """Return the type of a resource, or of an object, by the name of its class."""
    return f"{PACKAGE}:cloudflare:{name}"


def package_schema() -> Json:
    """Return the whole schema, as `pulumi package get-schema` shows it."""
    types: Json = {_BINDING: _binding()}
    resources = {token(name): _resource(kind, types) for name, kind in KINDS.items()}
    return {
        "name": PACKAGE,
        "version": VERSION,
        "description": "Components for Cloudflare: workers and what they are bound to.",
        "resources": resources,
        "types": types,
        "language": {},
    }


def model_schema(kind: Kind) -> Json:
    """Return the JSON Schema of the arguments of *kind* that every language can give."""
    found = kind.args.model_json_schema()
    kept = {name: it for name, it in found["properties"].items() if name not in kind.left_out}
    return {**found, "properties": kept}


def in_snake_case(value: Any, schema: Json, definitions: Mapping[str, Json]) -> Any:
    """Return *value* with the names that its model has; what the model lacks stays as it is."""
    shape = _resolved(schema, definitions)
    if isinstance(value, list):
        return [in_snake_case(item, shape.get("items", {}), definitions) for item in value]
    if not isinstance(value, dict):
        return value
    fields = shape.get("properties", {})
    names = {to_camel(name): name for name in fields}
    return {
        names.get(key, key): in_snake_case(item, fields.get(names.get(key, key), {}), definitions)
        for key, item in value.items()
    }


def _resource(kind: Kind, types: Json) -> Json:
    model = model_schema(kind)
    inputs = {to_camel(name): _property(it, types, model) for name, it in _fields(model)}
    if kind.bound:
        inputs["bindings"] = _bindings()
    required = [to_camel(name) for name in model.get("required", [])]
    outputs = {
        to_camel(name): {"type": "string", "description": said}
        for name, said in kind.outputs.items()
    }
    return {
        "description": model["description"],
        "isComponent": True,
        "inputProperties": {"accountId": _ACCOUNT, **inputs},
        "requiredInputs": ["accountId", *required],
        "properties": outputs,
        "required": sorted(outputs),
    }


def _property(schema: Json, types: Json, model: Json) -> Json:
    made = {**_type(schema, types, model), "plain": True}
    return made | ({"description": schema["description"]} if "description" in schema else {})


def _type(schema: Json, types: Json, model: Json) -> Json:
    """Return the Pulumi type of a JSON Schema; an object goes into *types* under its name."""
    if "$ref" in schema:
        return _reference(schema["$ref"].rsplit("/", 1)[1], types, model)
    if "anyOf" in schema:  # a field that may be left out
        return _type(_filled(schema), types, model)
    if schema.get("type") in _SIMPLE:
        return {"type": schema["type"]}
    if schema.get("type") == "array":
        return {"type": "array", "items": {**_type(schema["items"], types, model), "plain": True}}
    if schema.get("type") == "object":
        return {"type": "object", "additionalProperties": {"type": "string", "plain": True}}
    raise TypeError(f"no Pulumi type is known for {schema}")


def _reference(name: str, types: Json, model: Json) -> Json:
    place = token(name)
    if place not in types:
        found = model["$defs"][name]
        types[place] = {
            "type": "object",
            "description": found["description"],
            "properties": {
                to_camel(key): _property(it, types, model) for key, it in _fields(found)
            },
            "required": [to_camel(key) for key in found.get("required", [])],
        }
    return {"$ref": f"#/types/{place}"}


def _fields(schema: Json) -> list[tuple[str, Json]]:
    return list(schema["properties"].items())


def _filled(schema: Json) -> Json:
    return next((one for one in schema["anyOf"] if one.get("type") != "null"), {})


def _resolved(schema: Json, definitions: Mapping[str, Json]) -> Json:
    if "anyOf" in schema:
        schema = _filled(schema)
    if "$ref" in schema:
        return definitions[schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _bindings() -> Json:
    return {
        "type": "object",
        "additionalProperties": {"$ref": f"#/types/{_BINDING}"},
        "description": "What the worker reads as `env.<name>`. Default: nothing.",
    }


def _binding() -> Json:
    known = ", ".join(get_args(BindingType))
    return {
        "type": "object",
        "description": "One binding of a worker.",
        "properties": {
            "type": {"type": "string", "plain": True, "description": f"One of {known}."},
            "value": {
                "type": "string",
                "description": "Id or name of what is bound, or a secret.",
            },
        },
        "required": ["type", "value"],
    }
