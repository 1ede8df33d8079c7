"""The reference of the API, which every answer is held to."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]

from components.bundle import ROOT

FILE = ROOT / "docs" / "api" / "chittyconnect.json"
UNDESCRIBED = {404, 405}
"""Of an address, or a method, that is none."""


@dataclass(frozen=True)
class Operation:
    """What the reference says of one method of one address."""

    name: str
    responses: Mapping[str, Any]


@cache
def document() -> dict[str, Any]:
    """Read the reference."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def operation(method: str, path: str) -> Operation | None:
    """Return what the reference says of *method* on *path*, `None` where it has no such address."""
    for template, methods in document()["paths"].items():
        # What is fixed stands before what varies, as in the routes.
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, path):
            found = methods.get(method.lower())
            return Operation(f"{method} {template}", found["responses"]) if found else None
    return None


def check_answer(answer: httpx.Response) -> None:
    """Hold *answer* to the reference: a status that it names, with the JSON that it describes."""
    request = answer.request
    known = operation("GET" if request.method == "HEAD" else request.method, request.url.path)
    if known is None:
        assert answer.status_code in UNDESCRIBED | {401}, (request.method, request.url.path)
        return
    where = f"{known.name} → {answer.status_code}"
    assert str(answer.status_code) in known.responses, f"{where} is not in the reference"
    described = known.responses[str(answer.status_code)]
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return
    _check(schema, answer.json(), where)
    if answer.status_code >= httpx.codes.BAD_REQUEST and "health" not in known.name:
        assert answer.json()["error"]["code"] in described["description"].split(", "), where


def _check(schema: Mapping[str, Any], value: Any, where: str) -> None:
    whole = {**schema, "components": document()["components"]}
    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(whole).iter_errors(value)
    )
    assert error is None, f"{where}: {error.message} at {error.json_path}"
