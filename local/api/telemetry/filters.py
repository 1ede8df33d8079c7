"""The filters of a query: conditions on a field of an event, alone or in groups."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field

from common.json_types import Json
from local.api.errors import ApiError, invalid_request, not_emulated
from local.api.http.call import Body, parse

Combination = Literal["and", "or", "AND", "OR"]
DEEPEST = 4
"""Levels of groups, as Cloudflare has it."""

ALIASES = {
    "=": "eq",
    "!=": "neq",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "does_not_include": "not_includes",
    "does_not_exist": "is_null",
}


class Leaf(Body):
    """One condition: *key* is a field, of what was printed unless it begins with `$`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    operation: str
    type: Literal["string", "number", "boolean"]
    kind: Literal["filter"] = "filter"
    value: str | float | bool | None = None


class Group(Body):
    """Conditions of which all, or one, have to hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["group"]
    combination: Combination = Field(alias="filterCombination")
    filters: list[Json]


Test = Callable[[Json], bool]


def read_filters(given: list[Json], combination: Combination, depth: int = 1) -> Test:
    """Return what says of an event whether *given* lets it through; no filter lets all through.

    Raises `ApiError` for what is no filter, with the field.
    """
    tests = [_test(each, depth) for each in given]
    if not tests:
        return lambda _: True
    combined = all if combination.lower() == "and" else any
    return lambda event: combined(test(event) for test in tests)


def _test(given: Json, depth: int) -> Test:
    if given.get("kind") == "group":
        if depth >= DEEPEST:
            raise invalid_request(f"filters are nested deeper than {DEEPEST} levels")
        group = parse(Group, given)
        return read_filters(group.filters, group.combination, depth + 1)
    return _leaf(parse(Leaf, given))


def _leaf(leaf: Leaf) -> Test:
    name = leaf.operation.lower()
    operation = OPERATIONS.get(ALIASES.get(name, name))
    if operation is None:
        raise _unknown(leaf)
    return lambda event: operation(field(event, leaf.key), leaf.value)


def _unknown(leaf: Leaf) -> ApiError:
    if leaf.operation.lower() in {"regex", "match_regex"}:
        return not_emulated(f"operation {leaf.operation} of the filter of {leaf.key}")
    known = ", ".join(OPERATIONS)
    return invalid_request(f"operation of the filter of {leaf.key} is unknown; give one of {known}")


def field(event: Json, key: str) -> Any:
    """Return the value at *key* of *event*, `None` where it has none."""
    found: Any = event if key.startswith("$") else event["source"]
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _listed(value: Any) -> set[str]:
    return {part.strip() for part in str(value).split(",")}


def _compared(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(found: Any, value: Any) -> bool:
        try:
            return compare(float(found), float(value))
        except (TypeError, ValueError):
            return False

    return holds


def _within(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, value: isinstance(found, str) and test(found, str(value))


OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: bool(found == value),
    "neq": lambda found, value: bool(found != value),
    "exists": lambda found, _: found is not None,
    "is_null": lambda found, _: found is None,
    "in": lambda found, value: found is not None and str(found) in _listed(value),
    "not_in": lambda found, value: found is None or str(found) not in _listed(value),
    "includes": _within(lambda found, value: value in found),
    "not_includes": lambda found, value: not (isinstance(found, str) and str(value) in found),
    "starts_with": _within(str.startswith),
    "ends_with": _within(str.endswith),
    "gt": _compared(lambda found, value: found > value),
    "gte": _compared(lambda found, value: found >= value),
    "lt": _compared(lambda found, value: found < value),
    "lte": _compared(lambda found, value: found <= value),
}
