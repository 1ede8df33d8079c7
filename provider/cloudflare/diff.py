"""What a change of inputs means: nothing, an update, or a new resource."""

from collections.abc import Iterable

from common.json_types import Json
from provider.changes import Difference, changes_of, ignored_names, unordered
from provider.cloudflare.planning import planned
from provider.cloudflare.table import Resource


def difference(resource: Resource, old: Json, new: Json, ignored: Iterable[str]) -> Difference:
    """Compare opened inputs; *ignored* are the paths of the `ignoreChanges` option."""
    before, after = planned(resource, old), planned(resource, new)
    skip = ignored_names(ignored)
    names = [
        name
        for name in sorted(set(before) | set(after))
        if name not in skip and _differs(resource, name, before, after)
    ]
    return Difference(
        names=names,
        replaces=[name for name in names if _replaces(resource, name)],
        changes=[
            change
            for name in names
            for change in changes_of(name, before.get(name), after.get(name))
        ],
    )


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
