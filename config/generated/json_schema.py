"""The JSON Schema of `Pulumi.<stack>.yaml`, made from the models: see `docs.generate`.

Editors complete and check the files by it; a test holds the written one equal to the models.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from common.field_docstrings import field_docstrings
from config.deployment import Deployment
from config.monitoring import PlatformSecrets
from config.platform import BASE_URL
from config.reading.source import ENGINE_KEYS
from config.system_declaration import Declared

PATH = Path(__file__).resolve().parent.parent.parent / "docs" / "stack.schema.json"

SEALED = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"secure": {"type": "string"}},
            "required": ["secure"],
            "additionalProperties": False,
        },
        {"type": "string", "pattern": "^op://[^/]+/[^/]+/.+$"},
    ]
}
"""A stack secret as `python -m ops secret set` writes it, or a reference for `op`."""


def stack_schema(systems: Sequence[Declared]) -> dict[str, Any]:
    """Return the schema of a stack file. Required keys are left out: some are set by command."""
    blocks: dict[str, type[BaseModel]] = {"chittyos": Deployment}
    blocks |= {system.name: system.settings for system in systems}
    models = [(model, "validation") for model in blocks.values()]
    refs, definitions = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    defs = definitions["$defs"]
    keys = {BASE_URL: {"type": "string", "description": "API address; development only."}}
    for namespace, model in blocks.items():
        name = refs[(model, "validation")]["$ref"].rpartition("/")[2]
        block = defs.pop(name)["properties"]
        keys |= {f"{namespace}:{name}": schema for name, schema in block.items()}
    secrets: dict[str, type[BaseModel]] = {"chittyos": PlatformSecrets}
    secrets |= {system.name: system.secrets for system in systems}
    for namespace, model in secrets.items():
        names = model.model_fields
        keys |= {f"{namespace}:{name}": _secret(model, name) for name in names}
    return _document(keys, defs)


def render(systems: Sequence[Declared]) -> str:
    """Return the schema as the tracked file has it."""
    return json.dumps(stack_schema(systems), indent=2, sort_keys=True) + "\n"


def _secret(model: type[BaseModel], name: str) -> dict[str, Any]:
    return {"description": field_docstrings(model).get(name, ""), **SEALED}


def _document(keys: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    config = {
        "type": "object",
        "properties": keys,
        "patternProperties": {"^pulumi:": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of a ChittyOS stack",
        "type": "object",
        "properties": {"config": config, **{key: {"type": "string"} for key in ENGINE_KEYS}},
        "required": ["config"],
        "additionalProperties": False,
        "$defs": {name: _open(schema) for name, schema in defs.items()},
    }


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Ask for no key: an editor must not complain about what a command sets."""
    return {key: value for key, value in schema.items() if key != "required"}
