"""Ways back that systems declare, as values of the configuration (CC-13)."""

from datetime import datetime

from ops.errors import OpsError
from ops.stack.rollout import Course, Values, step
from ops.stack.target import Target
from planning.rollout import NOBODY
from systems.system import AnySystem, Rollback


def values(target: Target, system: AnySystem, way: Rollback, now: datetime | None = None) -> Values:
    """Return the configuration values that *way* of *system* sets, by their path."""
    made: Values = {f"{system.name}:{path}": value for path, value in way.values.items()}
    if way.rollout is not None:
        track = next((each for each in system.rollouts if each.path == way.rollout), None)
        if track is None:
            raise OpsError(f"{system.name} declares no rollout {way.rollout!r}; correct it there")
        made |= step(Course(target, system, track), NOBODY, now=now)
    return made
