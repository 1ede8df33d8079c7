"""What an account has under the names of a stack, as a file that `pulumi import` reads (FW-4).

The components that things belong to are in it as well: without them, what is imported would stand
elsewhere in the state than the program registers it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ops.preflight.existing_names import Existing
from planning.exposure.graph import Resource

ROOT = "pulumi:pulumi:Stack"
"""Type of what everything belongs to; it is there in every state."""

Entry = dict[str, Any]


def document(declared: Sequence[Resource], found: Sequence[Existing]) -> dict[str, Any]:
    """Return the import file for what of *found* can be imported; *declared*: all resources."""
    by_urn = {each.urn: each for each in declared}
    imported = [each for each in found if each.imports]
    parents = list(_parents(by_urn, (each.resource for each in imported)))
    keys = _keys([*parents, *(each.resource for each in imported)])
    components = [_component(each, keys) for each in parents]
    return {"resources": [*components, *(_entry(each, keys) for each in imported)]}


def _parents(by_urn: Mapping[str, Resource], of: Iterable[Resource]) -> Iterator[Resource]:
    """Yield the components above each resource *of*, the uppermost first, once each."""
    seen: set[str] = set()
    for resource in of:
        above: list[Resource] = []
        parent = by_urn.get(resource.parent)
        while parent is not None and parent.urn not in seen:
            above.append(parent)
            seen.add(parent.urn)
            parent = by_urn.get(parent.parent)
        yield from reversed(above)


def _keys(resources: Iterable[Resource]) -> dict[str, str]:
    """Return by URN what the file calls each resource: its name, after its type where taken."""
    keys: dict[str, str] = {}
    for resource in resources:
        taken = resource.name in keys.values()
        keys[resource.urn] = f"{resource.short} {resource.name}" if taken else resource.name
    return keys


def _component(resource: Resource, keys: Mapping[str, str]) -> Entry:
    return {**_named(resource, keys), "component": True}


def _entry(found: Existing, keys: Mapping[str, str]) -> Entry:
    return {**_named(found.resource, keys), "id": found.imports}


def _named(resource: Resource, keys: Mapping[str, str]) -> Entry:
    key = keys[resource.urn]
    made: Entry = {"type": resource.type, "name": key}
    if key != resource.name:
        made["logicalName"] = resource.name
    if resource.parent in keys:
        made["parent"] = keys[resource.parent]
    return made
