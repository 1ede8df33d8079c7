"""Descriptions of the APIs hold as OpenAPI 3.1, schemas and examples with them (PA-18)."""

import json
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import OpenAPIV31SpecValidator

from components.bundle import ROOT

NAMES = sorted(path.stem for path in (ROOT / "docs" / "api").glob("*.json"))


def _described(name: str) -> Any:
    return json.loads((ROOT / "docs" / "api" / f"{name}.json").read_text(encoding="utf-8"))


def _faults(description: Any) -> list[str]:
    return [error.message for error in OpenAPIV31SpecValidator(description).iter_errors()]


@pytest.mark.parametrize("name", NAMES)
def test_a_description_is_openapi(name: str) -> None:
    assert _faults(_described(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_description_are_what_it_says(name: str) -> None:
    description = _described(name)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            schema = {**body["schema"], "components": description["components"]}
            errors = list(Draft202012Validator(schema).iter_errors(body["example"]))

            assert errors == [], f"{method} {path}"


def test_what_is_no_openapi_is_seen() -> None:
    described = _described(NAMES[0])
    unnamed, repeated = deepcopy(described), deepcopy(described)
    del unnamed["info"]["title"]
    first, second, *_ = repeated["paths"].values()
    next(iter(second.values()))["operationId"] = next(iter(first.values()))["operationId"]

    assert _faults(unnamed) != []
    assert _faults(repeated) != []
