"""What differs between two inputs of a resource: lists by the keys of what is in them.

The engine compares lists by position: a binding that is put in first changes all after it. Here a
binding is compared with the one of its name, and a list of plain values says what came and went.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ops.preview import untrusted_text
from ops.preview.shown_values import SECRET, tell

MISSING: Final = None
"""Stands for what is not there; an input that is null is not there either."""

KEYS = (
    "name",
    "id",
    "ref",
    "tag",
    "cron",
    "hostname",
    "pattern",
    "newTag",
    "key",
    "service",
)
"""Fields that tell the members of a list apart, the first that all of them have."""

DEEPEST = 12
"""Levels that are looked into; what lies deeper is one value."""

INTERNAL = frozenset({"__defaults", "__provider"})
"""Inputs that the engine and its plugins keep for themselves."""

UNSEEN = "changes, and is secret"
FORCES = " (forces the replacement)"

Path = tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One input that differs, by its path: names, and keys of list members in brackets."""

    path: Path
    before: object
    after: object
    forces: bool = False
    """Whether it forces the replacement of the resource."""

    unseen: bool = False
    """Whether the engine says that it differs and the plan does not show how."""

    @property
    def where(self) -> str:
        """The path as text, inert: `bindings[CACHE].type`."""
        parts = (part if part.startswith("[") else f".{part}" for part in self.path)
        return untrusted_text.value("".join(parts).lstrip("."))

    @property
    def what(self) -> tuple[str, str]:
        """What it was and what it will be, inert."""
        names = tuple(part.strip("[]") for part in self.path)
        return tell(self.before, names), tell(self.after, names)

    def __str__(self) -> str:
        if self.unseen:
            return f"{self.where} {UNSEEN}"
        before, after = self.what
        return f"{self.where}: {before} → {after}{FORCES if self.forces else ''}"


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two inputs, by path."""
    return list(_objects(before, after, ()))


def _values(before: object, after: object, path: Path) -> Iterator[Difference]:
    if before == after:
        return
    if len(path) < DEEPEST:
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _objects(before, after, path)
            return
        if _are_lists(before, after):
            yield from _lists(_items(before), _items(after), path)
            return
    yield Difference(path, before, after)


def _are_lists(before: object, after: object) -> bool:
    """Whether both are lists; nothing is an empty one."""
    given = [value for value in (before, after) if value is not MISSING]
    return all(isinstance(value, list) for value in given)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(
    before: Mapping[str, Any], after: Mapping[str, Any], path: Path
) -> Iterator[Difference]:
    for key in sorted((before.keys() | after.keys()) - INTERNAL):
        yield from _values(before.get(key), after.get(key), (*path, key))


def _lists(before: Sequence[Any], after: Sequence[Any], path: Path) -> Iterator[Difference]:
    key = _key([*before, *after])
    olds, news = _by(key, before), _by(key, after)
    if olds is not None and news is not None:
        for name in dict.fromkeys([*news, *olds]):
            yield from _values(olds.get(name), news.get(name), (*path, f"[{name}]"))
    elif any(isinstance(item, (Mapping, list)) for item in (*before, *after)):
        yield from _by_position(before, after, path)
    else:
        yield from _plain(before, after, path)


def _key(items: Sequence[Any]) -> str | None:
    """Return the field that every one of *items* has as a text; `None`: there is none."""
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    return next((key for key in KEYS if all(_is_name(item.get(key)) for item in items)), None)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != SECRET


def _by(key: str | None, items: Sequence[Any]) -> dict[str, Any] | None:
    """Return *items* by their *key*; `None` without one, and where two of them share it."""
    if key is None:
        return None
    named = {item[key]: item for item in items}
    return named if len(named) == len(items) else None


def _by_position(before: Sequence[Any], after: Sequence[Any], path: Path) -> Iterator[Difference]:
    for number in range(max(len(before), len(after))):
        old = before[number] if number < len(before) else MISSING
        new = after[number] if number < len(after) else MISSING
        yield from _values(old, new, (*path, f"[{number}]"))


def _plain(before: Sequence[Any], after: Sequence[Any], path: Path) -> Iterator[Difference]:
    """Say which values of a list went and came; where none did, only their order is another."""
    olds, news = Counter(map(repr, before)), Counter(map(repr, after))
    left, new = olds - news, news - olds
    gone = [item for item in before if repr(item) in left]
    come = [item for item in after if repr(item) in new]
    yield from (Difference(path, item, MISSING) for item in gone)
    yield from (Difference(path, MISSING, item) for item in come)
    if not gone and not come:
        yield Difference(path, "one order", "another order")
