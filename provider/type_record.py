"""Descriptions of types that were read from the SDK before, so that they are not read again.

A start of the plugin asks for a dozen types; reading them goes through twelve megabytes of text,
a third of what a preview without changes costs the plugin. A record is used while the files that
it was read from, and the code that read them, are as they were.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from common.files import replace
from provider.property_types import Description, ListOf, MapOf, ObjectOf, Property, Scalar, Type


def described(file: Path, sources: Iterable[Path], read: Callable[[], Description]) -> Description:
    """Return what *read* says, from the record *file* where none of *sources* has changed.

    A record that is missing, older or damaged is written anew; where it cannot be, nothing is kept.
    """
    state = [_state(source) for source in sources]
    with suppress(OSError, ValueError, TypeError, KeyError, IndexError):
        kept = json.loads(file.read_bytes())
        if kept["read_from"] == state:
            return Description(_properties(kept["inputs"]), _properties(kept["outputs"]))
    found = read()
    record = {
        "read_from": state,
        "inputs": _plain(found.inputs),
        "outputs": _plain(found.outputs),
    }
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace(file, json.dumps(record).encode())
    return found


def _state(source: Path) -> list[Any]:
    """Say which file it is and in which state: its path, when it was changed, its size."""
    stat = source.stat()
    return [str(source), stat.st_mtime_ns, stat.st_size]


def _plain(properties: Mapping[str, Property]) -> dict[str, Any]:
    return {name: [_plain_type(it.type), it.required] for name, it in properties.items()}


def _plain_type(described: Type) -> Any:
    if isinstance(described, Scalar):
        return described.name
    if isinstance(described, ObjectOf):
        return ["object", _plain(described.fields)]
    kind = "list" if isinstance(described, ListOf) else "map"
    return [kind, _plain_type(described.item)]


def _properties(plain: Mapping[str, Any]) -> dict[str, Property]:
    return {name: Property(_type(kind), required) for name, (kind, required) in plain.items()}


def _type(plain: Any) -> Type:
    if isinstance(plain, str):
        return Scalar(plain)
    kind, inner = plain
    if kind == "object":
        return ObjectOf(_properties(inner))
    if kind not in {"list", "map"}:
        raise ValueError(f"{kind!r} is no kind of type")
    return ListOf(_type(inner)) if kind == "list" else MapOf(_type(inner))
