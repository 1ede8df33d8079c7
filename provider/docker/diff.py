"""What a change of inputs means: nothing, an update in place, or a new resource."""

from collections.abc import Iterable
from typing import Any

from common.json_types import Json
from provider.changes import Difference, changes_of, ignored_names, unordered
from provider.docker.resource import Resource


def difference(resource: Resource, old: Json, new: Json, ignored: Iterable[str]) -> Difference:
    """Compare opened inputs; *ignored* are the paths of the `ignoreChanges` option."""
    before, after = _comparable(resource, old), _comparable(resource, new)
    skip = ignored_names(ignored)
    names = [
        name
        for name in sorted(before.keys() | after.keys())
        if name not in skip and before.get(name) != after.get(name)
    ]
    return Difference(
        names=names,
        replaces=[name for name in names if resource.replaces(name, after)],
        changes=[
            change
            for name in names
            for change in changes_of(name, before.get(name), after.get(name))
        ],
    )


def _comparable(resource: Resource, inputs: Json) -> Json:
    completed = resource.completed(inputs)
    return {
        name: _in_order(value) if name in resource.sets else value
        for name, value in completed.items()
        if not name.startswith("__")
    }


def _in_order(value: Any) -> Any:
    """Return a form of a set, or of an object of sets, that compares without its order."""
    if isinstance(value, dict):
        return {name: unordered(item) for name, item in value.items()}
    return unordered(value)
