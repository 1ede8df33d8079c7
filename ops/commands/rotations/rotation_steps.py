"""The steps of a rotation. Each may be taken again: what is done already changes nothing."""

from datetime import UTC, datetime
from functools import partial

import typer
from rich.markup import escape

from ops.commands.deploy import bring_up
from ops.commands.rotations import token_hand_over
from ops.commands.rotations.new_value import change_of, check_member
from ops.commands.rotations.rotation_request import Asked, agree, gone_on_with, taken_back
from ops.commands.rotations.secret_checks import (
    check_all_read,
    check_reads,
    check_rotated,
    check_token_works,
    is_tried,
    opened_by,
    try_first,
)
from ops.commands.rotations.value_notes import note_of
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview.plan import plan_of
from ops.run import operations
from ops.stack import effective_config, rotations, state
from ops.stack.config_editor import open_editor
from ops.stack.rotations import Found
from ops.stack.session import Session, open_session
from ops.stack.target import read_target
from ops.terminal import console
from planning.token_rotation import Turn, is_under_way, next_turn
from systems.rotations import SecretRotation, TokenRotation

NOT_READ = (
    "no stack of this clone that is up read by it; where another one does, python -m ops verify "
    "STACK --strict reads as it does"
)
UNTRIED = (
    "--untried reads nothing by it; when what takes it is up, python -m ops verify STACK --strict "
    "reads by it"
)


def secret(paths: Paths, stack: str, found: Found, rotation: SecretRotation, asked: Asked) -> None:
    """Give a secret another value, bring it up, and check what rests on it."""
    session = open_session(paths, stack)
    _check_options(session, found, rotation, asked)
    editor = open_editor(paths, stack)
    empty = partial(_is_up, session)
    change = change_of(editor, found, rotation, asked, is_everywhere=empty)
    tried = not asked.untried and is_tried(session, rotation)
    readers = [] if asked.untried else _readers(session, found)
    _tell(
        f"{rotation.what}, in {stack}",
        [
            *["try the new value"] * tried,
            *[f"set {found.key(change.secret)}"] * change.is_new,
            f"bring {stack} up",
            *(f"read {each.chain.what}, as {each.system} of {each.stack} does" for each in readers),
        ],
    )
    if tried:
        try_first(session, change)
    agree(session.target, asked)
    note = note_of(paths, stack, found)
    began = taken_back(paths, session.target, note.file)
    with began as written, gone_on_with(stack, found, asked):
        change.write(open_editor(paths, stack))
        written()
        bring_up(open_session(paths, stack), asked.given)
        note.end()
    _tell_to_commit(session)
    asked_there = check_rotated(paths, readers)
    unread = UNTRIED if asked.untried else NOT_READ
    _finish("" if asked_there else unread, rotation.left)


def _is_up(session: Session) -> bool:
    """Return whether the stack is as it is configured: a preview has nothing to do."""
    report = operations.preview(session)
    return not report.failure and plan_of(report).empty


def _readers(session: Session, found: Found) -> list[rotations.Presenter]:
    """Return who reads by a secret: the systems of its stack, and those that lead to its host."""
    own = [each for each, _ in rotations.leading(session.target)]
    return list(dict.fromkeys([*own, *rotations.readers(session.paths, session.target, found)]))


def token(paths: Paths, stack: str, found: Found, rotation: TokenRotation, asked: Asked) -> None:
    """Give a service token another secret, hand it to who presents it, and check both."""
    session = open_session(paths, stack)
    readers = rotations.readers(paths, session.target, found)
    presenters = rotations.presenters(paths, session.target, found)
    turn, before = _turn(session, found, rotation, asked)
    others = dict.fromkeys(each.stack for each in presenters)
    _tell(
        f"{rotation.what}, of {stack}",
        [
            f"make secret {turn.version}; the one before is taken until {rotations.ends(turn)}"
            if turn != before
            else f"go on with secret {turn.version}, which was begun before",
            f"bring {stack} up",
            *(f"hand it to {each}, and bring that up" for each in others),
            *(f"read {each.chain.what}, as {each.system} of {each.stack} does" for each in readers),
            *(f"check that it is let in to {it['host']}" for it in opened_by(session, rotation)),
        ],
    )
    agree(session.target, asked)
    note = note_of(paths, stack, found)
    began = taken_back(paths, session.target, note.file)
    with began as written, gone_on_with(stack, found, asked):
        if turn != before:
            note.begin(token_hand_over.read(session, rotation)[1])
            editor = open_editor(paths, stack)
            editor.set_values(rotations.values_of(found, rotation, turn))
        written()
        bring_up(open_session(paths, stack), asked.given)
        turn = _without_loss(paths, stack, found, rotation, turn, asked)
        for other in others:
            _hand_to(paths, stack, other, rotation, presenters, asked)
        check_all_read(paths, [each for each in readers if each.stack not in others])
        session = open_session(paths, stack)
        check_token_works(session, rotation)
        note.end()
    _tell_to_commit(session)
    _finish("", token_hand_over.left(stack, found, turn, readers))


def _without_loss(  # noqa: PLR0913, PLR0917 - what a turn needs
    paths: Paths, stack: str, found: Found, rotation: TokenRotation, turn: Turn, asked: Asked
) -> Turn:
    """Return the turn whose secret the state has, made anew where the secret of *turn* is lost.

    A command that is killed between the answer of Cloudflare and the state leaves the number of the
    new secret there, with the value of the one before it, which is what the note knows.
    """
    _, value = token_hand_over.read(open_session(paths, stack), rotation)
    if not note_of(paths, stack, found).begun(value):
        return turn
    lost = (
        f"secret {turn.version} was made, and its value is lost: what made it ended before the "
        "state had it; another one ends the present one at once, until it is handed over"
    )
    if not asked.allow_gap:
        raise OpsError(f"{lost}; do that by --allow-gap, before {rotations.ends(turn)}")
    console.out.print(f"[yellow]gap:[/yellow] {lost}")
    now = datetime.now(UTC)
    renewed = next_turn(turn, turn.version, now, asked.overlap, again=True)
    with taken_back(paths, read_target(paths, stack)) as written:
        open_editor(paths, stack).set_values(rotations.values_of(found, rotation, renewed))
        written()
        bring_up(open_session(paths, stack), asked.given)
    return renewed


def _hand_to(  # noqa: PLR0913, PLR0917 - what both stacks need
    paths: Paths,
    stack: str,
    other: str,
    rotation: TokenRotation,
    presenters: list[rotations.Presenter],
    asked: Asked,
) -> None:
    """Write the token of *stack* into the configuration of *other*, bring that up, and read."""
    halves = token_hand_over.read(open_session(paths, stack), rotation)
    chosen = [each for each in presenters if each.stack == other]
    with taken_back(paths, read_target(paths, other)) as written:
        token_hand_over.write(paths, chosen, halves)
        written()
        session = open_session(paths, other)
        if not state.resources(session):
            console.out.print(f"{other} is not up yet; it counts after python -m ops up {other}")
            return
        bring_up(session, asked.given)
    check_reads(session, {each.system for each in chosen})


def _turn(
    session: Session, found: Found, rotation: TokenRotation, asked: Asked
) -> tuple[Turn, Turn]:
    """Return which secret the token is to have, and which its configuration asks for now."""
    before = rotations.configured(session.target, found, rotation)
    there = rotations.deployed(state.resources(session), rotation)
    now = datetime.now(UTC)
    turn = next_turn(before, there, now, asked.overlap, again=asked.again)
    if turn == before and is_under_way(before, now):
        console.out.print(
            f"secret {before.version} was begun before: that is finished now; another one can be "
            f"made after {rotations.ends(before)}, or at once with --again"
        )
    return turn, before


def _check_options(session: Session, found: Found, rotation: SecretRotation, asked: Asked) -> None:
    """Raise `OpsError` for options that do not fit what is configured; say what else to expect."""
    block = effective_config.check(session.paths, session.target).blocks[found.namespace]
    check_member(rotation, block.settings, asked.member)
    gap = rotation.gap(block.settings)
    if gap and not asked.allow_gap:
        raise OpsError(f"{gap}; or go on with --allow-gap at a quiet hour; nothing was changed")
    if gap:
        console.out.print(f"[yellow]gap:[/yellow] {escape(gap)}")


def _tell(what: str, steps: list[str]) -> None:
    typer.echo(f"rotates {what}:")
    for number, step in enumerate(steps, 1):
        typer.echo(f"  {number}. {step}")


def _tell_to_commit(session: Session) -> None:
    name = session.paths.tracked(session.target.name).name
    if not session.target.local:
        console.out.print(f"commit {name}, so that it stays")


def _finish(unchecked: str, left: str) -> None:
    if unchecked:
        console.out.print(f"[yellow]not checked:[/yellow] {unchecked}")
    console.out.print(f"rotated. {escape(left)}".rstrip())
