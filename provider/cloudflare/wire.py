"""Property names and values ↔ the JSON of API v4.

The protocol writes `maxAgeSeconds`, most of the API `max_age_seconds`, R2's rules `maxAgeSeconds`,
and a few names are nobody's rule. Only names of objects are translated: the keys of a map, and
what stands in a property of type `any`, are the caller's own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from provider.property_types import ListOf, MapOf, ObjectOf, Property, Type

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class Names:
    """How one body names its fields."""

    style: Literal["snake", "camel"] = "snake"

    odd: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Property → field, where the style does not say it."""

    json_text: frozenset[str] = frozenset()
    """Properties that are JSON as text on the protocol and JSON as such on the wire."""

    def of(self, name: str) -> str:
        """Return the field of the property *name*."""
        if name in self.odd:
            return self.odd[name]
        return name if self.style == "camel" else _HUMP.sub("_", name).lower()


def encode(value: Any, of: Type, names: Names) -> Any:
    """Turn an opened property value into JSON; what is `None` inside objects is left out."""
    if value is None:
        return None
    if isinstance(of, ListOf) and isinstance(value, list):
        return [encode(item, of.item, names) for item in value]
    if isinstance(of, MapOf) and isinstance(value, dict):
        return {key: encode(item, of.item, names) for key, item in value.items()}
    if isinstance(of, ObjectOf) and isinstance(value, dict):
        return encode_fields(value, of.fields, names)
    return value


def encode_fields(value: Mapping[str, Any], fields: Mapping[str, Property], names: Names) -> Any:
    """Turn an object into JSON, field by field in the order of their names."""
    body = {
        names.of(name): _encode_field(name, item, fields[name].type, names)
        for name, item in value.items()
        if item is not None and name in fields
    }
    return dict(sorted(body.items()))


def decode(value: Any, of: Type, names: Names) -> Any:
    """Turn JSON of an answer into a property value; fields the SDK does not know are dropped."""
    if isinstance(of, ListOf) and isinstance(value, list):
        return [decode(item, of.item, names) for item in value]
    if isinstance(of, MapOf) and isinstance(value, dict):
        return {key: decode(item, of.item, names) for key, item in value.items()}
    if isinstance(of, ObjectOf) and isinstance(value, dict):
        return decode_fields(value, of.fields, names)
    return value


def decode_fields(value: Mapping[str, Any], fields: Mapping[str, Property], names: Names) -> Any:
    """Turn an object of an answer into properties; a `null` counts as absent."""
    found = {name: (value.get(names.of(name)), known.type) for name, known in fields.items()}
    return {
        name: _decode_field(name, item, of, names)
        for name, (item, of) in found.items()
        if item is not None
    }


def _encode_field(name: str, value: Any, of: Type, names: Names) -> Any:
    if name in names.json_text and isinstance(value, str):
        return json.loads(value)
    return encode(value, of, names)


def _decode_field(name: str, value: Any, of: Type, names: Names) -> Any:
    if name in names.json_text and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"), sort_keys=True)
    return decode(value, of, names)
