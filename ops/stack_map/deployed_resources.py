"""What a stack has by its state, or by a state that was exported before."""

import json
from collections.abc import Iterable
from pathlib import Path

from common.json_types import Json
from ops.engine.process import pulumi
from ops.engine.resources import name_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import local_integrity, state_location
from ops.stack.environment import environment_for
from ops.stack.target import Target
from ops.stack_map.readable_inputs import readable
from planning.exposure.graph import Resource
from toolchain import engine

NOT_A_STATE = "is no exported state; write one by: pulumi stack export --file"


def of_stack(paths: Paths, target: Target) -> list[Resource]:
    """Return what the state of *target* has; secrets stay encrypted.

    A state on this machine is read where it lies, any other is asked of the engine. Raises
    `OpsError` when there is none.
    """
    if state_location.is_here(target):
        stored = local_integrity.stored(paths, target.name)
        if stored is None:
            raise OpsError(
                f"{target.name} has no state on this machine; run python -m ops up {target.name}, "
                f"or leave --deployed out to see what its program would make"
            )
        return of_state(stored.get("resources") or [])
    executable = engine.ensure(engine.Places(paths.root)).path
    environment_for(paths, target, None).apply()
    text = pulumi(executable, ["stack", "export", "--stack", target.name], cwd=paths.root)
    return of_state((json.loads(text).get("deployment") or {}).get("resources") or [])


def of_file(path: Path) -> list[Resource]:
    """Return what the exported state *path* has. Raises `OpsError` for anything else."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["deployment"]["resources"]
        return of_state(listed)
    except OSError as error:
        raise OpsError(f"{path} cannot be read: {error.strerror}; name an exported state") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OpsError(f"{path} {NOT_A_STATE} {path}") from None


def of_state(listed: Iterable[Json]) -> list[Resource]:
    """Return the resources of a state as *listed* there; what is about to go is left out."""
    return [_resource(each) for each in listed if not each.get("delete")]


def _resource(listed: Json) -> Resource:
    edges = listed.get("propertyDependencies") or {}
    return Resource(
        urn=listed["urn"],
        type=listed["type"],
        name=name_of(listed["urn"]),
        inputs=readable(listed.get("inputs") or {}),
        parent=listed.get("parent") or "",
        id=listed.get("id") or "",
        sources={key: tuple(urns or ()) for key, urns in edges.items()},
    )
