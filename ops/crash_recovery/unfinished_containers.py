"""What a killed run was making on a Docker Engine: it stands there, and no state has its id.

It is found by its name, and taken for the stack's own where it has every label that it was to have.
A network or a volume is whole when it is there. A container may lack its files, its networks or its
start, and holds no data: it is removed, and the next run makes it again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from common.json_types import Json
from ops.crash_recovery.pending_operations import Find, operations
from ops.engine.resources import describe, urn_type
from ops.health.containers import CONTAINER, places
from ops.health.docker_engines import asking, removing
from ops.stack.resource_lookup import Found

NETWORK, VOLUME = "docker:index/network:Network", "docker:index/volume:Volume"
PATHS = {NETWORK: ("/networks/{}", "Id"), VOLUME: ("/volumes/{}", "Name")}
"""Where the engine says what it has of a name, and the field that is its id in a state."""


def clear(deployment: Json) -> list[str]:
    """Remove every container that was being created; return a sentence for each.

    Raises `OpsError` where an engine does not answer.
    """
    place = places(deployment.get("resources") or [])
    known = {each.get("id") for each in deployment.get("resources") or []}
    said = []
    for resource in _created(deployment):
        inputs = resource.get("inputs") or {}
        if urn_type(resource["urn"]) != CONTAINER or not isinstance(inputs.get("name"), str):
            continue
        with removing(*place(resource)) as (get, remove):
            found = get(f"/containers/{inputs['name']}/json")
            if found and found["Id"] not in known and _is_own(inputs, found["Config"]["Labels"]):
                remove(f"/containers/{found['Id']}?force=true&v=true")
                said.append(f"{describe(resource['urn'])} was half made; it was removed")
    return said


def finder(deployment: Json, otherwise: Find) -> Find:
    """Return what finds a network or a volume by its name on its engine, and all else *otherwise*.

    It raises `OpsError` where an engine does not answer.
    """
    place = places(deployment.get("resources") or [])

    def find(resource: Json) -> Found | None:
        kind, inputs = urn_type(resource["urn"]), resource.get("inputs") or {}
        if kind not in PATHS:
            return otherwise(resource)
        path, field = PATHS[kind]
        if not isinstance(inputs.get("name"), str):
            return None
        with asking(*place(resource)) as get:
            found = get(path.format(inputs["name"]))
        return Found(found[field]) if found and _is_own(inputs, found["Labels"]) else None

    return find


def _created(deployment: Json) -> Iterator[Mapping[str, Any]]:
    for operation in operations(deployment):
        if operation["type"] == "creating":
            yield operation["resource"]


def _is_own(inputs: Mapping[str, Any], there: Mapping[str, str] | None) -> bool:
    """Return whether it has all labels of *inputs*; one without any may be anybody's."""
    given = inputs.get("labels")
    asked = {each["label"]: each["value"] for each in given} if isinstance(given, list) else {}
    return bool(asked) and asked.items() <= (there or {}).items()
