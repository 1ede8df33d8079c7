"""What changed between two sets of inputs, and how the engine is told."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pulumi.runtime.proto import provider_pb2 as pb

Kind = Literal["ADD", "DELETE", "UPDATE"]
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True)
class Change:
    """One changed value by its path, `bindings[0].text`."""

    path: str
    kind: Kind
    name: str
    """The input it belongs to."""


@dataclass(frozen=True)
class Difference:
    """All changes of one resource."""

    names: list[str]
    """Changed inputs."""

    replaces: list[str]
    """Those of them that need a new resource."""

    changes: list[Change]
    """Every changed leaf."""


def unordered(value: Any) -> Any:
    """Return a form of a set that compares without its order.

    The keys of its objects have none either: the wire hands them over as they come.
    """
    return sorted(value, key=_canonical) if isinstance(value, list) else value


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=repr)


def ignored_names(paths: Iterable[str]) -> set[str]:
    """Return the inputs that the *paths* of the `ignoreChanges` option begin with."""
    return {re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths}


def changes_of(name: str, old: Any, new: Any) -> Iterator[Change]:
    """Return every leaf of the input *name* that is another in *new* than in *old*."""
    for path, kind in _leaves(_step("", name), old, new):
        yield Change(path, kind, name)


def response(found: Difference, *, delete_first: bool) -> pb.DiffResponse:
    """Return *found* as the engine is told; *delete_first* when a new one needs the old gone."""
    return pb.DiffResponse(
        changes=some(found.names),
        diffs=found.names,
        replaces=found.replaces,
        deleteBeforeReplace=bool(found.replaces) and delete_first,
        detailedDiff={change.path: _property_diff(change, found) for change in found.changes},
        hasDetailedDiff=True,
    )


def some(names: list[str]) -> Any:
    """Return whether there is a change, as the protocol says it."""
    return pb.DiffResponse.DIFF_SOME if names else pb.DiffResponse.DIFF_NONE


def _property_diff(change: Change, found: Difference) -> pb.PropertyDiff:
    suffix = "_REPLACE" if change.name in found.replaces else ""
    kind = pb.PropertyDiff.Kind.Value(change.kind + suffix)
    return pb.PropertyDiff(kind=kind, inputDiff=True)


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, Kind]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new)):
            yield from _leaves(_step(path, key), old.get(key), new.get(key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _leaves(f"{path}[{index}]", _at(old, index), _at(new, index))
    else:
        yield path, "ADD" if old is None else "DELETE" if new is None else "UPDATE"


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else None


def _step(path: str, key: str) -> str:
    if not _PLAIN.fullmatch(key):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{key}" if path else key
