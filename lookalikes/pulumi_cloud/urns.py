"""What resources of a deployment say of each other by their URNs, set right after a change."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
ROOT = "pulumi:pulumi:Stack"
PARTS = "::"
KIND_OF_CHILD = "$"
SIGNATURE = "4dabf18193072939515e22adb298388d"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
"""Marks a property that refers to a resource."""

ONE = ("urn", "parent", "deletedWith", "viewOf")
SEVERAL = ("dependencies", "replaceWith", "aliases")


def normalized(deployment: Json) -> Json:
    """Have every reference to an alias be one to what the resource is called now.

    Aliases are not kept. Returns *deployment*, which is changed.
    """
    resources: list[Json] = deployment.get("resources") or []
    known = _aliased(resources)
    for each in resources:
        each.pop("aliases", None)
        _rewrite(each, lambda urn: known.get(urn, urn))
    for snippet in deployment.get("snippets") or []:
        references = snippet.get("references") or {}
        references.update({name: known.get(urn, urn) for name, urn in references.items()})
    return deployment


def without_dangling(resources: list[Json]) -> None:
    """Take away what refers to resources that are gone, as a refresh may leave it.

    Resources come after what they depend on.
    """
    there: set[str] = set()
    for each in resources:
        for key in ("dependencies", "replaceWith"):
            if each.get(key):
                each[key] = [urn for urn in each[key] if urn in there]
        if each.get("propertyDependencies"):
            each["propertyDependencies"] = dict(_of_properties(each, there))
        for key in ("deletedWith", "parent"):
            if each.get(key) not in there:
                each.pop(key, None)
        there.add(each["urn"])


def renamed(deployment: Json, old: tuple[str, str], new: tuple[str, str]) -> Json:
    """Have *deployment* be of another stack and project, which *old* and *new* are.

    Returns *deployment*, which is changed.
    """
    held = [*(deployment.get("resources") or [])]
    held += [each["resource"] for each in deployment.get("pending_operations") or []]
    for each in held:
        _rewrite(each, lambda urn: _of_stack(urn, old, new))
        for key in ("inputs", "outputs"):
            _rewrite_references(each.get(key), lambda urn: _of_stack(urn, old, new))
    return deployment


def _aliased(resources: list[Json]) -> dict[str, str]:
    """Return the URN of today by each of before, also of children whose parent has another."""
    known: dict[str, str] = {}
    for each in resources:
        known.update(dict.fromkeys(each.get("aliases") or [], each["urn"]))
        parent = known.get(each.get("parent") or "")
        if parent and _kind(parent) != ROOT:
            known[each["urn"]] = _below(parent, each["urn"])
    return known


def _kind(urn: str) -> str:
    return urn.split(PARTS)[2]


def _below(parent: str, urn: str) -> str:
    start, project, kind, name = urn.split(PARTS, 3)
    own = kind.rpartition(KIND_OF_CHILD)[2]
    return PARTS.join((start, project, f"{_kind(parent)}{KIND_OF_CHILD}{own}", name))


def _rewrite(each: Json, new: Callable[[str], str]) -> None:
    for key in ONE:
        if each.get(key):
            each[key] = new(each[key])
    for key in SEVERAL:
        if each.get(key):
            each[key] = [new(urn) for urn in each[key]]
    if each.get("provider"):
        urn, _, identifier = each["provider"].rpartition(PARTS)
        each["provider"] = f"{new(urn)}{PARTS}{identifier}"
    for urns in (each.get("propertyDependencies") or {}).values():
        urns[:] = [new(urn) for urn in urns or []]


def _rewrite_references(value: Any, new: Callable[[str], str]) -> None:
    if isinstance(value, dict):
        if value.get(SIGNATURE) == REFERENCE and isinstance(value.get("urn"), str):
            value["urn"] = new(value["urn"])
        for each in value.values():
            _rewrite_references(each, new)
    elif isinstance(value, list):
        for each in value:
            _rewrite_references(each, new)


def _of_properties(each: Json, there: set[str]) -> Iterator[tuple[str, list[str]]]:
    for key, urns in each["propertyDependencies"].items():
        left = [urn for urn in urns or [] if urn in there]
        if left:
            yield key, left


def _of_stack(urn: str, old: tuple[str, str], new: tuple[str, str]) -> str:
    start, project, kind, name = urn.split(PARTS, 3)
    if (start, project) != (f"urn:pulumi:{old[0]}", old[1]):
        return urn
    if kind == ROOT and name == f"{old[1]}-{old[0]}":
        name = f"{new[1]}-{new[0]}"
    return PARTS.join((f"urn:pulumi:{new[0]}", new[1], kind, name))
