"""What the state of a stack knows already, before its first deployment nothing."""

from collections.abc import Sequence

from ops.engine.process import NO_STACK
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import local_integrity, state_location
from ops.stack.target import Target
from ops.stack_map import deployed_resources
from planning.exposure.graph import Resource
from toolchain import engine


def resources(paths: Paths, target: Target) -> Sequence[Resource]:
    """Return the resources of the state of *target*; none where there is no state yet.

    Raises `OpsError` when the state cannot be read from here: then nobody knows what is its own.
    """
    if state_location.is_here(target):
        stored = local_integrity.stored(paths, target.name) or {}
        return deployed_resources.of_state(stored.get("resources") or [])
    if engine.find(engine.Places(paths.root)) is None:
        raise OpsError("the engine, which reads the state, is not set up; run make setup")
    try:
        return deployed_resources.of_stack(paths, target)
    except OpsError as error:
        if NO_STACK in str(error):
            return ()
        raise
