"""What a killed run left half done, as an exported deployment tells it; no I/O here.

The engine writes down each step before it takes it. A step that is still there was not seen to
end: a resource may exist that the state does not know.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from common.json_types import Json
from ops.engine.resources import describe
from ops.stack.resource_lookup import Found

Find = Callable[[Json], Found | None]
"""Finds the real resource by what it was to be created with; `None`: there is none."""


@dataclass
class Repaired:
    """A deployment without pending operations, and what was done to it."""

    deployment: Json
    said: list[str] = field(default_factory=list)
    refresh: list[str] = field(default_factory=list)
    """URNs whose true state must be read before it is relied upon."""

    going: list[str] = field(default_factory=list)
    """Those of them that were being deleted, and so may be gone."""


def operations(deployment: Json) -> list[Json]:
    """List the pending operations of an exported deployment."""
    return list(deployment.get("pending_operations") or [])


def repair(deployment: Json, find: Find) -> Repaired:
    """Return *deployment* without pending operations.

    A pending create whose resource exists becomes a resource of the state, else it is dropped and
    the next run creates it. Other operations leave a resource whose truth must be read.
    """
    done = Repaired(copy.deepcopy(deployment))
    for operation in operations(done.deployment):
        if operation["type"] == "creating":
            _create(done, operation["resource"], find)
        else:
            _other(done, operation)
    done.deployment.pop("pending_operations", None)
    return done


def _create(done: Repaired, resource: Json, find: Find) -> None:
    name = describe(resource["urn"])
    real = find(resource)
    if real is None:
        done.said.append(f"{name} was being created and does not exist; it is created again")
        return
    known = [old for old in _resources(done) if old["urn"] == resource["urn"]]
    if any(_is(old, real) for old in known):
        done.said.append(f"{name} was being created and is known already")
        return
    outputs = {**resource.get("inputs", {}), "id": real.id, **real.outputs}
    imported = {**resource, "id": real.id, "outputs": outputs}
    if known:
        imported["delete"] = True
        done.said.append(f"{name} was being replaced; the half-made new one is deleted")
    else:
        done.refresh.append(resource["urn"])
        done.said.append(f"{name} was being created and exists; it was imported")
    _resources(done).append(imported)


def _is(known: Json, real: Found) -> bool:
    outputs = known.get("outputs") or {}
    return known.get("id") == real.id and real.outputs.items() <= outputs.items()


def _other(done: Repaired, operation: Json) -> None:
    urn = operation["resource"]["urn"]
    done.said.append(f"{describe(urn)} was interrupted while {operation['type']}; it is read again")
    if any(old["urn"] == urn for old in _resources(done)) and urn not in done.refresh:
        done.refresh.append(urn)
        if operation["type"] == "deleting":
            done.going.append(urn)


def _resources(done: Repaired) -> list[Json]:
    resources: list[Json] = done.deployment.setdefault("resources", [])
    return resources
