"""An exported state as the engine shows it to a pack: inputs one by one, outputs all together."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from common.json_types import Json
from policies.pack import wire
from policies.pack.resource import Options, Resource, Unknowns

INPUTS, OUTPUTS = "inputs", "outputs"
URN = "urn:pulumi:"


class StateError(Exception):
    """A file that is no exported state."""


def read_state(path: Path) -> list[Json]:
    """Read the resources of the state in *path*, as `pulumi stack export` writes one.

    Numbers become what they are on their way from the engine, which knows no whole ones. What is
    about to be deleted is left out. Raises StateError.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_int=float)
        resources = document["deployment"].get("resources") or []
        return [each for each in resources if _is_kept(each)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise StateError(
            f"{path} is no exported state; write one by: pulumi stack export --file {path}"
        ) from None


def with_inputs(resources: Iterable[Json]) -> list[Resource]:
    """Return the resources as resource rules see them: their inputs, knowing of no other."""
    return [_resource(each, INPUTS, Unknowns()) for each in resources]


def with_outputs(resources: Iterable[Json], unknowns: Unknowns) -> list[Resource]:
    """Return the resources as graph rules see them: their outputs, with what leads where."""
    made = []
    for each in resources:
        resource = _resource(each, OUTPUTS, unknowns)
        resource.dependencies = tuple(each.get("dependencies") or ())
        edges = each.get("propertyDependencies") or {}
        resource.property_dependencies = {name: tuple(urns or ()) for name, urns in edges.items()}
        made.append(resource)
    return made


def _is_kept(resource: Json) -> bool:
    if not resource["urn"].startswith(URN) or not isinstance(resource["type"], str):
        raise ValueError(resource)
    return not resource.get("delete")


def _resource(state: Json, which: str, unknowns: Unknowns) -> Resource:
    return Resource(
        written_type=state["type"],
        name=state["urn"].split("::", 3)[-1],
        urn=state["urn"],
        load=_reader(state.get(which) or {}),
        unknowns=unknowns,
        options=Options(bool(state.get("protect")), tuple(state.get("ignoreChanges") or ())),
        parent=state.get("parent") or "",
    )


def _reader(properties: Json) -> Callable[[], Json]:
    return lambda: {name: _opened(value) for name, value in properties.items()}


def _opened(value: Any) -> Any:
    """Write secrets as the engine sends them; what is encrypted stays closed."""
    if isinstance(value, list):
        return [_opened(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(wire.SIGNATURE) != wire.SECRET:
        return {name: _opened(each) for name, each in value.items()}
    plain = value.get("plaintext")
    inside = wire.REDACTED if plain is None else json.loads(plain, parse_int=float)
    return {wire.SIGNATURE: wire.SECRET, "value": _opened(inside)}
