"""A state cut in two: what is of some systems, under the name of another stack, and the rest.

Nothing is decrypted: secrets stay as the engine has encrypted them, with the note of how, and the
next `up` of the new stack encrypts them its own way.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from common.json_types import Json
from ops.engine.resources import (
    PLATFORM,
    STATEFUL,
    describe,
    is_system,
    name_of,
    short_type,
    urn_type,
)
from ops.errors import OpsError

ROOT = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"
ADDRESSES = "addresses"


@dataclass(frozen=True)
class Halves:
    """A state in two: each is what `deployment` of an export says."""

    kept: Json
    moved: Json

    urns: tuple[str, ...]
    """What moves, as it was called."""


def cut(deployment: Json, stack: str, new: str, systems: Collection[str]) -> Halves:
    """Cut the state *deployment* of *stack*: resources of *systems* become those of *new*.

    Raises `OpsError` for a state that an `up` has not finished, and where something of one half
    needs something of the other.
    """
    resources = list(deployment.get("resources") or [])
    _check_finished(stack, deployment, resources)
    moving = _moving(resources, systems)
    _check_apart(stack, resources, moving)
    shared = _shared(resources, moving)
    rest = {key: value for key, value in deployment.items() if key != "resources"}
    kept = [_answering(each, systems, of=False) for each in resources if each["urn"] not in moving]
    ours = [each for each in resources if each["urn"] in {*moving, *shared}]
    moved = [_renamed(_answering(each, systems, of=True), stack, new) for each in ours]
    return Halves({**rest, "resources": kept}, {**rest, "resources": moved}, tuple(moving))


def others(halves: Halves, there: Iterable[Json]) -> Iterator[str]:
    """Yield what of the moved half is not in *there*, or is another store of the same name."""
    known = {each["urn"]: each for each in there}
    for each in halves.moved["resources"]:
        if _is_shared(each["type"]):
            continue
        found = known.get(each["urn"])
        is_store = short_type(each["urn"]) in STATEFUL
        if found is None or (is_store and found.get("id") != each.get("id")):
            yield describe(each["urn"])


def _moving(resources: Iterable[Json], systems: Collection[str]) -> dict[str, None]:
    """Return the URNs of *systems* with all below them; a state has parents before children."""
    found: dict[str, None] = {}
    for each in resources:
        is_one = is_system(each) and name_of(each["urn"]) in systems
        if is_one or each.get("parent") in found:
            found[each["urn"]] = None
    return found


def _check_finished(stack: str, deployment: Json, resources: Iterable[Json]) -> None:
    if deployment.get("pending_operations") or any(each.get("delete") for each in resources):
        raise OpsError(
            f"the last up of {stack} has not ended, and its state is not cut before it has; first: "
            f"python -m ops up {stack}"
        )


def _check_apart(stack: str, resources: Iterable[Json], moving: Collection[str]) -> None:
    """Refuse to cut where a resource of one half needs one of the other, with all of them."""
    between = [
        f"{describe(each['urn'])} needs {describe(other)}"
        for each in resources
        if not _is_shared(each["type"])
        for other in _needs(each)
        if (each["urn"] in moving) != (other in moving) and not _is_shared(urn_type(other))
    ]
    if between:
        raise OpsError(
            f"{'; '.join(dict.fromkeys(between))}: what needs each other stays in one stack; "
            f"nothing of {stack} was moved"
        )


def _is_shared(kind: str) -> bool:
    """Return whether each stack has its own of it."""
    return kind in {ROOT, PLATFORM} or kind.startswith(PROVIDERS)


def _needs(resource: Json) -> Iterator[str]:
    by_property = (resource.get("propertyDependencies") or {}).values()
    yield from resource.get("dependencies") or []
    yield from resource.get("replaceWith") or []
    yield from (urn for urns in by_property for urn in urns or [])
    yield from filter(None, (resource.get("deletedWith"), resource.get("parent")))


def _shared(resources: Iterable[Json], moving: Collection[str]) -> set[str]:
    """Return what both halves have: the root, the platform, and the providers of what moves."""
    used = {(e.get("provider") or "").rpartition("::")[0] for e in resources if e["urn"] in moving}
    return {
        each["urn"] for each in resources if each["type"] in {ROOT, PLATFORM} or each["urn"] in used
    }


def _answering(resource: Json, systems: Collection[str], *, of: bool) -> Json:
    """Return *resource* with the addresses *of* the systems alone, or those of all others."""
    outputs = resource.get("outputs") or {}
    listed = outputs.get(ADDRESSES)
    if resource["type"] not in {ROOT, PLATFORM} or not isinstance(listed, list):
        return resource
    left = [each for each in listed if (each.get("system") in systems) is of]
    return {**resource, "outputs": {**outputs, ADDRESSES: left}}


def _renamed(value: Any, stack: str, new: str) -> Any:
    """Return *value* with every URN of *stack*, wherever it stands, as one of *new*."""
    if isinstance(value, str):
        begins = f"urn:pulumi:{stack}::"
        renamed = value.replace(begins, f"urn:pulumi:{new}::") if begins in value else value
        return renamed.replace(f"Stack::chittyos-{stack}", f"Stack::chittyos-{new}")
    if isinstance(value, Mapping):
        return {
            _renamed(key, stack, new): _renamed(each, stack, new) for key, each in value.items()
        }
    return [_renamed(each, stack, new) for each in value] if isinstance(value, list) else value
