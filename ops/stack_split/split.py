"""A system in a stack of its own, with nothing of it replaced: files, secrets and state move.

In this order, so that a run which was stopped goes on when it is run again: the file of the new
stack, its secrets, the file that the system leaves, the state of the new stack, and then that of
the old. Until the new one has it, `up` of the new stack refuses to make it a second time; until the
old one has lost it, `up` and `destroy` of the old stack refuse to delete it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from common.files import replace as put
from common.json_types import Json
from config import file_name
from config.reading.document import read_document
from ops.engine.process import NO_STACK, pulumi
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import (
    effective_config,
    removal,
    state,
    state_location,
)
from ops.stack.environment import environment_for
from ops.stack.session import Session, equip
from ops.stack.stack_file import parsed
from ops.stack.systems import SELECTED, secrets_of, systems_of
from ops.stack.target import Target, check_name, read_target
from ops.stack_split import file_split, state_split
from ops.state_store import locks, versions
from ops.state_store.store import Store
from ops.terminal import interrupts
from systems.registry import SYSTEMS

PURPOSE = "ops split"
"""What others read in the locks of both states."""

MOST_NAMED = 3
"""Resources that a refusal names."""


@dataclass(frozen=True)
class Wanted:
    """What is to move where."""

    stack: str
    new: str
    systems: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """A state that is ready to be cut: nothing of it was written yet."""

    halves: state_split.Halves
    envelope: Json
    """What the engine exported around the state."""


def check(paths: Paths, wanted: Wanted) -> bool:
    """Return whether the files are cut already; raises `OpsError` where they cannot be."""
    target = read_target(paths, wanted.stack)
    _check_names(target, wanted)
    has = [each.name for each in systems_of(target)]
    there = [name for name in wanted.systems if name in has]
    if not there:
        return _is_cut(paths, wanted)
    if len(there) < len(wanted.systems) or set(there) == set(has):
        raise OpsError(
            f"{file_name(wanted.stack)} has {', '.join(has)}; name some of these, and not all"
        )
    if guarded := [f"{name}:access" for name in there if target.config.get(f"{name}:access")]:
        raise OpsError(
            f"{file_name(wanted.stack)}: {guarded[0]}: names policies of this stack, which has its "
            f"own; move it by hand as docs/scale.md says"
        )
    return False


def _check_names(target: Target, wanted: Wanted) -> None:
    known = [each.name for each in SYSTEMS]
    if unknown := [name for name in wanted.systems if name not in known]:
        raise OpsError(f"{unknown[0]!r} is no system; there are: {', '.join(known)}")
    check_name(wanted.new)
    if wanted.new == wanted.stack:
        raise OpsError(f"{wanted.new} is the stack itself; name the one that is to be made")
    if removal.is_throwaway(replace(target, name=wanted.new)):
        raise OpsError(
            f"{wanted.new} is a name of stacks that end with their pull request; name another"
        )


def _is_cut(paths: Paths, wanted: Wanted) -> bool:
    listed = ", ".join(wanted.systems)
    if not paths.tracked(wanted.new).exists():
        raise OpsError(f"{file_name(wanted.stack)} does not have {listed}, and nothing can move")
    has = read_target(paths, wanted.new).config.get(SELECTED)
    if not isinstance(has, list) or not {*wanted.systems} <= {*has}:
        raise OpsError(
            f"{file_name(wanted.new)}: {SELECTED}: does not name {listed}; name it there"
        )
    return True


def cut_files(paths: Paths, wanted: Wanted) -> None:
    """Write both files and encrypt the secrets of what moves for the new stack.

    Raises `OpsError` or `ConfigError` with what is wrong; then both files are as they were.
    """
    source, target = paths.tracked(wanted.stack), paths.tracked(wanted.new)
    old = read_target(paths, wanted.stack)
    left = [each.name for each in systems_of(old) if each.name not in wanted.systems]
    names = file_split.Names(wanted.stack, wanted.new, wanted.systems, left)
    halves = file_split.cut(source.read_text(), names)
    if target.exists() and not _is_ours(paths, wanted, halves.new):
        raise OpsError(f"{target.name} exists and says something else; remove it, or name another")
    with _taken_back(source, target):
        secrets = _secrets(paths, old, wanted.systems)
        if not target.exists():
            put(target, halves.new.encode())
        _hand_over(paths, wanted, secrets)
        put(source, halves.kept.encode())
        for name in (wanted.stack, wanted.new):
            effective_config.check(paths, read_target(paths, name))


def _is_ours(paths: Paths, wanted: Wanted, text: str) -> bool:
    """Return whether the file that is there is what a stopped run has written."""
    there = read_target(paths, wanted.new).config
    plain = {key: value for key, value in there.items() if not effective_config.is_secure(value)}
    return plain == parsed(text, file_name(wanted.new))


@contextmanager
def _taken_back(*files: Path) -> Iterator[None]:
    """Put *files* back as they were when what is done with them fails."""
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        yield
    except BaseException:
        for file, content in before.items():
            if content is None:
                file.unlink(missing_ok=True)
            elif file.read_bytes() != content:
                put(file, content)
        raise


def _secrets(paths: Paths, target: Target, systems: Sequence[str]) -> dict[str, str]:
    """Decrypt the secrets of *systems*, by their keys."""
    session = equip(paths, target)
    engine = session.tools.engine.path
    keys = [
        f"{namespace}:{name}"
        for namespace, model in secrets_of(target).items()
        for name in (model.model_fields if namespace in systems else ())
    ]
    found = {key: effective_config.read_secret(paths, target, engine, key) for key in keys}
    return {key: value for key, value in found.items() if value is not None}


def _hand_over(paths: Paths, wanted: Wanted, secrets: Mapping[str, str]) -> None:
    """Make the new stack and encrypt *secrets* for it."""
    new = _made(paths, wanted)
    for key, value in secrets.items():
        effective_config.set_secret(paths, new.target, new.tools.engine.path, key, value)


def _made(paths: Paths, wanted: Wanted) -> Session:
    """Return the new stack, made where it is not; its secrets are encrypted as the old one's."""
    target = read_target(paths, wanted.new)
    environment_for(paths, target, None).apply()
    session = equip(paths, target)
    provider = _provider(paths, wanted)
    effective_config.ensure_stack(paths, target, session.tools.engine.path, provider)
    return session


def _provider(paths: Paths, wanted: Wanted) -> str | None:
    """Return what encrypts the secrets of the old stack; `None` where its file does not say."""
    file = paths.tracked(wanted.stack)
    return (read_document(file, file.name) or {}).get("secretsprovider")


def plan(paths: Paths, wanted: Wanted) -> Move:
    """Return how the state is cut. Raises `OpsError` where it cannot be; nothing was written.

    Locks of a split that was killed are removed, also of one that had written all.
    """
    source = equip(paths, read_target(paths, wanted.stack))
    envelope = _exported(source)
    deployment = envelope.get("deployment") or {}
    halves = state_split.cut(deployment, wanted.stack, wanted.new, wanted.systems)
    _has_half(source, wanted, halves)
    _release_dead(state_location.find(paths), wanted)
    for stack in (wanted.stack, wanted.new):
        state_location.refuse_locked(paths, stack, source.tools.engine.path)
    return Move(halves, envelope)


def _exported(session: Session) -> Json:
    """Return the state as the engine exports it; of a stack that was never made, nothing."""
    try:
        return dict(json.loads(state.exported(session)))
    except OpsError as error:
        if NO_STACK in str(error):
            return {}
        raise


def _has_half(session: Session, wanted: Wanted, halves: state_split.Halves) -> bool:
    """Return whether the new stack has its half already, as a run has left it that was stopped.

    *session*: of one of the two. Raises `OpsError` where it has something else.
    """
    there = state.beside(session, replace(session.target, name=wanted.new))
    if there and (others := list(state_split.others(halves, there))):
        raise OpsError(
            f"{wanted.new} has resources already, which are not those of {wanted.stack} "
            f"({', '.join(others[:MOST_NAMED])}); its state and that of {wanted.stack} stay as "
            f"they are: name another stack"
        )
    return bool(there)


def cut_state(paths: Paths, wanted: Wanted, move: Move) -> None:
    """Give the new stack its half, then take it from the old one; others are kept out meanwhile.

    Raises `OpsError` where the new stack has something else already, somebody changes one of the
    two, or has changed the state of the old one since it was read; then that one was not written.
    """
    new = _made(paths, wanted)
    store = state_location.find(paths)
    with interrupts.deferred(), _held(store, wanted):
        if not _has_half(new, wanted, move.halves):
            _check_unchanged(paths, wanted, move)
            moved = {**move.envelope, "deployment": move.halves.moved}
            _put(store, equip(paths, new.target), moved)
        old = _check_unchanged(paths, wanted, move)
        _put(store, old, {**move.envelope, "deployment": move.halves.kept})


@contextmanager
def _held(store: Store | None, wanted: Wanted) -> Iterator[None]:
    """Keep everybody else out of both stacks, from before their states are compared.

    A backend that the engine alone reads is not locked: between comparing and writing, somebody
    may still change it there.
    """
    _release_dead(store, wanted)
    with ExitStack() as held:
        if store:
            for stack in (wanted.stack, wanted.new):
                held.enter_context(locks.hold(store, stack, PURPOSE))
        yield


def _release_dead(store: Store | None, wanted: Wanted) -> None:
    """Remove the locks that a killed split of this machine has left of both stacks."""
    if store:
        for stack in (wanted.stack, wanted.new):
            locks.release_dead(store, stack, PURPOSE)


def _put(store: Store | None, session: Session, exported: Json) -> None:
    """Make *exported* the state of the stack; the engine would refuse to, for the lock is ours."""
    if store:
        versions.put(store, session.target.name, exported, PURPOSE)
    else:
        _bring_in(session, exported)


def _check_unchanged(paths: Paths, wanted: Wanted, move: Move) -> Session:
    """Return the old stack; raise `OpsError` where its state is another than was agreed to."""
    old = equip(paths, read_target(paths, wanted.stack))
    now = _exported(old).get("deployment") or {}
    if now.get("resources") != move.envelope["deployment"].get("resources"):
        raise OpsError(
            f"somebody has changed the state of {wanted.stack} meanwhile, and it stays as it is; "
            f"run this again"
        )
    return old


def _bring_in(session: Session, exported: Json) -> None:
    """Have the engine take *exported* for the state, by standard input: no file is left of it."""
    command = ["stack", "import", "--stack", session.target.name]
    root = session.paths.root
    pulumi(session.tools.engine.path, command, cwd=root, secret=json.dumps(exported))
