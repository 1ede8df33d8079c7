"""Property values as they cross the provider protocol.

A property bag arrives as a protobuf `Struct`. Beside plain JSON it can hold *secrets* (an object
with a signature and the value) and *unknowns* (a reserved string) which preview puts where a value
is not known yet. The plugin keeps the bag as it came, to give it back marks and all, and reads an
opened copy of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2

from common.json_types import Json
from common.wire_marks import OUTPUT, SECRET, SIGNATURE, UNKNOWN

__all__ = [
    "UNKNOWN",
    "has_unknown",
    "is_secret",
    "opened",
    "sealed",
    "secret_strings",
    "to_bag",
    "to_struct",
]


def to_bag(struct: struct_pb2.Struct) -> Json:
    """Read a `Struct`; whole numbers become `int`, marks stay."""
    return _whole(json_format.MessageToDict(struct))  # type: ignore[no-any-return]


def to_struct(bag: Mapping[str, Any]) -> struct_pb2.Struct:
    """Write a bag for the wire."""
    struct = struct_pb2.Struct()
    json_format.ParseDict(dict(bag), struct)
    return struct


def opened(value: Any) -> Any:
    """Copy *value* without marks: secrets opened, outputs opened, unknowns left as `UNKNOWN`."""
    if isinstance(value, dict):
        if _signature(value) == SECRET:
            return opened(value.get("value"))
        if _signature(value) == OUTPUT:
            return opened(value.get("value", UNKNOWN))
        return {key: opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    return value


def sealed(value: Any) -> Any:
    """Mark *value* as secret; what is marked already, and an unknown, stays as it is."""
    if value is None or value == UNKNOWN or is_secret(value):
        return value
    return {SIGNATURE: SECRET, "value": value}


def is_secret(value: Any) -> bool:
    """Return whether *value* itself carries the mark."""
    return isinstance(value, dict) and _signature(value) == SECRET


def has_unknown(value: Any) -> bool:
    """Return whether anything in *value* is unknown."""
    if isinstance(value, dict):
        plain = opened(value)
        items = plain.values() if isinstance(plain, dict) else [plain]
        return any(has_unknown(item) for item in items)
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)


def secret_strings(value: Any, *, within: bool = False) -> Iterator[str]:
    """Return every string that stands below a secret mark in *value*."""
    if isinstance(value, dict):
        within = within or is_secret(value)
        for key, item in value.items():
            if key != SIGNATURE:
                yield from secret_strings(item, within=within)
    elif isinstance(value, list):
        for item in value:
            yield from secret_strings(item, within=within)
    elif within and isinstance(value, str) and value != UNKNOWN:
        yield value


def _signature(value: Json) -> Any:
    return value.get(SIGNATURE)


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
