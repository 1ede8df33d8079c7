"""`rollback`: to an earlier release of a stack, or of one change that a system declares."""

import os
from typing import Annotated

import typer

from common.errors import FAILED, INTERRUPTED, SentenceError
from ops.commands.deploy import bring_up
from ops.commands.numbers import MOST_RELEASES
from ops.commands.options import Accept, StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.release import former_program, release_store
from ops.release.account_versions import standing
from ops.release.release_record import Release
from ops.release.release_recorder import Reason
from ops.release.rollback_plan import choose, way_back
from ops.run.consent import Consent, DeclinedError, agree
from ops.stack import command_lock, state
from ops.stack.config_editor import Editor, open_editor
from ops.stack.rollback import values as values_of_rollback
from ops.stack.session import Session, check_api, open_session
from ops.stack.systems import find_rollback
from ops.stack.target import read_target
from ops.state_store.address import VARIABLE, current
from ops.terminal.interrupts import Halfway

What = Annotated[
    str | None,
    typer.Argument(
        metavar="[SYSTEM.WHAT]",
        help="One change of a system to take back; a wrong name lists them. Default: a release.",
        show_default=False,
    ),
]
To = Annotated[
    int | None,
    typer.Option(
        metavar="RELEASE",
        min=1,
        max=MOST_RELEASES,
        help="Which release; `ops releases` lists them. Default: the one before the newest.",
        show_default=False,
    ),
]


def rollback(
    stack: StackName,
    what: What = None,
    *,
    to: To = None,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Go back to an earlier release of STACK, or take one change of a system back.

    Says first what returns and what cannot; then it is an `up`, with its plan and its question.
    """
    if what is None:
        _to_release(stack, to, Consent(yes, accept))
    elif to is not None:
        raise OpsError("--to names a release of the whole stack; leave it out, or SYSTEM.WHAT")
    else:
        _of_system(stack, what, Consent(yes, accept))


def _of_system(stack: str, what: str, given: Consent) -> None:
    paths = Paths()
    _, way = find_rollback(read_target(paths, stack), what)
    typer.echo(f"Restores: {way.restores}\nCannot: {way.cannot}")
    agree(f"Roll {what} back in {stack}?", yes=given.yes or bool(given.accept))
    editor = open_editor(paths, stack)
    values = values_of_rollback(editor.target, *find_rollback(editor.target, what))
    try:
        with editor.trying(values, stays_at=(_NotBroughtUpError, Halfway)):
            _bring_up(editor, what, given)
    except (_NotBroughtUpError, Halfway) as error:
        said = str(error) or "interrupted"
        kept = f"{paths.tracked(stack).name} keeps the rollback"
        raise type(error)(f"{said}\n{kept}; mend that, then: python -m ops up {stack}") from error
    typer.echo(f"commit {paths.tracked(stack).name}, so that it stays")


class _NotBroughtUpError(OpsError):
    """What the file says now could not be brought up; it is what is wanted all the same."""


def _bring_up(editor: Editor, what: str, given: Consent) -> None:
    try:
        session = open_session(editor.paths, editor.target.name)
        bad = release_store.newest(session)
        reason = Reason(f"rollback {what}", corrects=bad.number if bad else None)
        bring_up(session, given, reason=reason)
    except DeclinedError:
        raise
    except SentenceError as error:
        raise _NotBroughtUpError(str(error)) from error


def _to_release(stack: str, number: int | None, given: Consent) -> None:
    environ, paths = dict(os.environ), Paths()
    session = open_session(paths, stack)
    check_api(session.target)
    environ |= _backend(session)
    book = release_store.read(session)
    release = choose(book, session.target, number)
    former_program.check_commit(paths.root, release)
    now = standing(session.target, state.resources(session))
    typer.echo(way_back(book, release, now, paths.tracked(stack).read_text()).told())
    _tell_tools(session, release)
    question = f"Go back to release {release.number} in {stack}?"
    agree(question, yes=given.yes or bool(given.accept))
    command_lock.give_back(paths)  # the program of then takes it
    with former_program.former_program(paths, release, now) as folder:
        code = former_program.bring_up(folder, release, _options(given), environ)
    _tell_end(session, release, book.releases[-1], code)


def _tell_tools(session: Session, release: Release) -> None:
    """Say by which packages and which engine it is done, where they differ between then and now."""
    pins = former_program.differing_pins(session.paths.root, release.commit)
    if pins:
        typer.echo(f"packages are those of now, not as then: {', '.join(pins)} differ")
    if release.engine not in {"", session.tools.engine.version}:
        typer.echo(f"the engine is that of then, {release.engine}; it is made ready first")


def _backend(session: Session) -> dict[str, str]:
    """Return what leads the program of then to the state, which may have been moved since."""
    where = None if session.target.local else current(session.paths.root)
    return {VARIABLE: where.from_folder(session.paths.root)} if where else {}


def _options(given: Consent) -> list[str]:
    """Return the options by which the program of then is given the same consent."""
    agreed = ["--accept", given.accept] if given.accept else []
    return [*agreed, *(["--yes"] if given.yes else [])]


def _tell_end(session: Session, release: Release, before: Release, code: int) -> None:
    """Say how it ended; raise `OpsError` unless the stack is back and answers.

    *before*: the newest release before it. *code*: that of the program of then.
    """
    stack, newest = release.stack, release_store.newest(session)
    is_back = newest and newest.number > before.number and newest.result == "done"
    if code and not is_back:
        stopped = OpsError(
            f"{stack} did not go back to release {release.number}, see above; what was changed is "
            f"told by: python -m ops releases {stack}"
        )
        stopped.exit_code = INTERRUPTED if code == INTERRUPTED else FAILED
        raise stopped
    typer.echo(
        f"{stack} is back at release {release.number}. The files of this clone are newer, and the "
        f"next up would bring them again: take the change back in git as well, and in "
        f"{session.paths.tracked(stack).name}"
    )
    if code:
        raise OpsError(
            f"all of release {release.number} was deployed again, and it does not answer as it "
            f"should, see above; to look: python -m ops verify {stack}"
        )
