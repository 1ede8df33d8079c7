"""PyYAML's safe loader, without what two readers could understand in two ways."""

import re
from collections.abc import Callable, Hashable
from typing import Any, TypeAlias

import yaml

from config.reading.problems import show

Mark: TypeAlias = "yaml.Mark | Any"
"""Where something stands in the text."""

DEEPEST = 32
"""Levels that a configuration may be nested; the deepest that is read needs six."""

LONGEST_NUMBER = 100
"""Digits of a number; with more it stays text, which is refused where a number has to be."""

_TEXT = "tag:yaml.org,2002:str"
_SURROGATE = re.compile(r"[\ud800-\udfff]")

_ALIAS = "an alias is not read here; write the value out, or put it in quotes if it begins with *"
_TAG = "a tag is not read here; remove it, or put the value in quotes if it begins with !"
_HALF = r"half a character (\ud800 to \udfff) is no text; write all of it, as \U0001f600"
_DEEP = f"is nested more than {DEEPEST} levels deep; flatten it"


class StrictError(yaml.MarkedYAMLError):
    """What YAML allows and a configuration does not; says no word of the file but keys."""

    def __init__(self, problem: str, mark: Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class Loader(yaml.SafeLoader):
    """Loads plain values: no alias, no tag, no key twice, nothing deeper than `DEEPEST`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._levels = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Compose what comes next, unless it is refused."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        fault = _DEEP if self._levels > DEEPEST else _fault(event)
        if fault:
            raise StrictError(fault, event.start_mark)
        self._levels += 1
        node = super().compose_node(parent, index)
        self._levels -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Make a mapping whose keys are text, each there once."""
        if isinstance(node, yaml.MappingNode):
            _check_keys([key for key, _ in node.value])
        return super().construct_mapping(node, deep)


def _fault(event: yaml.Event) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return _ALIAS
    if getattr(event, "tag", None) is not None:
        return _TAG
    half = isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(event.value)
    return _HALF if half else None


def _check_keys(keys: list[yaml.Node]) -> None:
    seen: dict[str, int] = {}
    for key in keys:
        _check_key(key)
        mark: Mark = key.start_mark
        if key.value in seen:
            there = f"stands here and on line {seen[key.value]}; keep one of them"
            raise StrictError(f"key {show(key.value)} {there}", mark)
        seen[key.value] = mark.line + 1


def _check_key(key: yaml.Node) -> None:
    if isinstance(key, yaml.ScalarNode) and key.tag == _TEXT:
        return
    what = show(key.value) if isinstance(key, yaml.ScalarNode) else "a list or a mapping"
    said = f"{what} is no key: a key is text; put it in quotes if it is meant as text"
    raise StrictError(said, key.start_mark)


def _plain(made: Callable[[Loader, yaml.ScalarNode], Any]) -> Callable[..., Any]:
    """Make a value as *made* does, and leave as text what is none.

    That is `1:30`, no number to the engine, a day that no calendar has, and a number too long.
    """

    def construct(loader: Loader, node: yaml.ScalarNode) -> Any:
        try:
            return made(loader, node)
        except ValueError:
            return node.value

    return construct


def _number(made: Callable[[Loader, yaml.ScalarNode], Any]) -> Callable[..., Any]:
    def construct(loader: Loader, node: yaml.ScalarNode) -> Any:
        if ":" in node.value or len(node.value) > LONGEST_NUMBER:
            return node.value
        return made(loader, node)

    return _plain(construct)


for _kind, _constructor in (
    ("int", _number(Loader.construct_yaml_int)),
    ("float", _number(Loader.construct_yaml_float)),
    ("timestamp", _plain(Loader.construct_yaml_timestamp)),
):
    Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _constructor)
