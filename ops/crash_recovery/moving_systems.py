"""Systems on their way from one stack to another (`ops split`): neither deleted nor made twice."""

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
    """Raise `OpsError` where an `up` would delete or make what is still to be moved.

    A system that another stack has by its file is that one's, and moves with its state. One that no
    other stack of the environment names was given up, and the plan says what that deletes.
    """
    if not _is_listed(session.target) or is_throwaway(session.target):
        return
    beside = list(_beside(session))
    if beside:
        _refuse_to_delete(session, beside, "up")
        _refuse_to_make(session, beside)


def refuse_to_destroy(session: Session) -> None:
    """Raise `OpsError` where a `destroy` would delete what another stack has by its file."""
    if _is_listed(session.target):
        _refuse_to_delete(session, list(_beside(session)), "destroy")


def _refuse_to_delete(session: Session, beside: list[Target], command: str) -> None:
    takers = {name: other.name for other in beside for name in other.config[SELECTED]}
    stack, own = session.target.name, _names(session.target)
    for name in _held(session, session.target) if takers.keys() - own else ():
        if name in takers and name not in own:
            taker = takers[name]
            raise OpsError(
                f"the state of {stack} has {name}, which Pulumi.{taker}.yaml names and "
                f"Pulumi.{stack}.yaml does not: this {command} would delete it; "
                f"{_remedy(stack, taker, name)}"
            )


def _refuse_to_make(session: Session, beside: list[Target]) -> None:
    """Look at the states of other stacks, where a system of this one is not in its own yet."""
    stack = session.target.name
    new = _names(session.target) - {*_held(session, session.target)}
    for other in beside:
        given = new - _names(other)
        found = [name for name in _held(session, other) if name in given] if given else []
        if found:
            raise OpsError(
                f"the state of {other.name} has {found[0]} still, and that of {stack} has not: "
                f"this up would make it a second time; {_remedy(other.name, stack, found[0])}"
            )


def _remedy(source: str, taker: str, system: str) -> str:
    return f"nothing was changed; move it first: python -m ops split {source} {taker} {system}"


def _held(session: Session, target: Target) -> list[str]:
    """Return the systems that the state of *target* has; none where it was never made."""
    return [name_of(each["urn"]) for each in state.beside(session, target) if is_system(each)]


def _names(target: Target) -> set[str]:
    return {system.name for system in systems_of(target)}


def _is_listed(target: Target) -> bool:
    """Return whether the file of *target* lists its systems."""
    return isinstance(target.config.get(SELECTED), list)


def _beside(session: Session) -> Iterator[Target]:
    """Yield the other stacks of the same environment and account whose files list their systems.

    One of a pull request has the systems under names of its own, and takes nothing over.
    """
    for path in sorted(session.paths.root.glob("Pulumi.*.yaml")):
        name = stack_of(path)
        if not name or name == session.target.name:
            continue
        with suppress(OpsError, ConfigError):  # a file that is wrong is said where it is used
            other = read_target(session.paths, name)
            if _place(other) == _place(session.target) and not is_throwaway(other):
                yield from [other] if _is_listed(other) else []


def _place(target: Target) -> tuple[str, bool, str]:
    return target.environment, target.local, target.account
