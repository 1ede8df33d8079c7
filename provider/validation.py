"""Inputs against the types of the SDK, before anything is sent."""

from collections.abc import Iterator
from typing import Any

from common.json_types import Json
from provider.property_types import ListOf, MapOf, ObjectOf, Property, Scalar, Type
from provider.values import UNKNOWN

Failure = tuple[str, str]
"""(property path, what is wrong with it)."""

_ACCEPTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_CALLED: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def failures(inputs: Json, fields: dict[str, Property]) -> list[Failure]:
    """Return what is missing, unknown to the SDK, or of the wrong type. *inputs* are opened."""
    return list(_fields(inputs, fields, ""))


def _fields(value: Json, fields: dict[str, Property], path: str) -> Iterator[Failure]:
    for name, known in fields.items():
        if known.required and value.get(name) is None:
            yield f"{path}{name}", "it is required"
    for name, item in value.items():
        if name.startswith("__"):
            continue
        if name in fields:
            yield from _value(item, fields[name].type, f"{path}{name}")
        else:
            yield f"{path}{name}", f"there is no such property; known are {_names(fields)}"


def _value(value: Any, of: Type, path: str) -> Iterator[Failure]:
    if value is None or value == UNKNOWN:
        return
    if isinstance(of, Scalar):
        yield from _scalar(value, of.name, path)
    elif isinstance(of, ListOf):
        if not isinstance(value, list):
            yield path, f"it must be a list, not {_called(value)}"
            return
        for index, item in enumerate(value):
            yield from _value(item, of.item, f"{path}[{index}]")
    elif not isinstance(value, dict):
        yield path, f"it must be an object, not {_called(value)}"
    elif isinstance(of, MapOf):
        for key, item in value.items():
            yield from _value(item, of.item, f'{path}["{key}"]')
    elif isinstance(of, ObjectOf):
        yield from _fields(value, of.fields, f"{path}.")


def _scalar(value: Any, name: str, path: str) -> Iterator[Failure]:
    accepted = _ACCEPTED.get(name)
    if accepted is None:
        return
    if not isinstance(value, accepted) or (isinstance(value, bool) and name != "boolean"):
        article = "an" if name[0] in "aeiou" else "a"
        yield path, f"it must be {article} {name}, not {_called(value)}"


def _called(value: Any) -> str:
    return _CALLED.get(type(value), type(value).__name__)


def _names(fields: dict[str, Property]) -> str:
    return ", ".join(sorted(fields))
