"""What a change of inputs means: nothing, an update, or a new resource."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from common.json_types import Json
from provider.planning import planned
from provider.table import Resource

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


def difference(resource: Resource, old: Json, new: Json, ignored: Iterable[str]) -> Difference:
    """Compare opened inputs; *ignored* are the paths of the `ignoreChanges` option."""
    before, after = planned(resource, old), planned(resource, new)
    skip = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in ignored}
    names = [
        name
        for name in sorted(set(before) | set(after))
        if name not in skip and _differs(resource, name, before, after)
    ]
    return Difference(
        names=names,
        replaces=[name for name in names if _replaces(resource, name)],
        changes=[
            Change(path, kind, name)
            for name in names
            for path, kind in _leaves(_step("", name), before.get(name), after.get(name))
        ],
    )


def unordered(value: Any) -> Any:
    """Return a form of a set that compares without its order."""
    return sorted(value, key=repr) if isinstance(value, list) else value


def _differs(resource: Resource, name: str, before: Json, after: Json) -> bool:
    if name.startswith("__"):
        return False
    if name not in after and name in resource.types.filled | resource.replace_if_set:
        return False  # left out again: what the API has stays
    old, new = before.get(name), after.get(name)
    if name in resource.sets:
        old, new = unordered(old), unordered(new)
    return bool(old != new)


def _replaces(resource: Resource, name: str) -> bool:
    return resource.update is None or name in resource.replace | resource.replace_if_set


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
