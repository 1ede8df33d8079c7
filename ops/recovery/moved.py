"""Systems that a stack's file gave away to another stack, and its state still has: not deleted."""

from collections.abc import Iterator
from contextlib import suppress

from config import ConfigError
from config.reading.source import stack_of
from ops.engine.resources import is_system, name_of
from ops.errors import OpsError
from ops.stack import state
from ops.stack.removal import is_throwaway
from ops.stack.session import Session
from ops.stack.systems import SELECTED, systems_of
from ops.stack.target import Target, read_target


def refuse(session: Session) -> None:
    """Raise `OpsError` where an `up` would delete a system that another stack has by its file.

    It is that one's now, and moves with its state: `ops split`. A system that no other stack of
    the environment names was given up, and the plan says what that deletes.
    """
    if not isinstance(session.target.config.get(SELECTED), list):
        return
    takers = {name: other for other in _beside(session) for name in other.config[SELECTED]}
    own = {system.name for system in systems_of(session.target)}
    if not takers.keys() - own:
        return
    held = [name_of(each["urn"]) for each in state.resources(session) if is_system(each)]
    for name in held:
        if name not in own and name in takers:
            raise OpsError(_refusal(session.target.name, takers[name].name, name))


def _beside(session: Session) -> Iterator[Target]:
    """Yield the other stacks of the environment whose files list their systems.

    One of a pull request has the systems under names of its own, and takes nothing over.
    """
    for path in sorted(session.paths.root.glob("Pulumi.*.yaml")):
        name = stack_of(path)
        if not name or name == session.target.name:
            continue
        with suppress(OpsError, ConfigError):  # a file that is wrong is said where it is used
            other = read_target(session.paths, name)
            named = other.config.get(SELECTED)
            same = other.environment == session.target.environment and not is_throwaway(other)
            if same and isinstance(named, list):
                yield other


def _refusal(stack: str, other: str, name: str) -> str:
    return (
        f"the state of {stack} has {name}, which Pulumi.{other}.yaml names and Pulumi.{stack}.yaml "
        f"does not: this up would delete it; nothing was changed; move it first: python -m ops "
        f"split {stack} {other} {name}"
    )
