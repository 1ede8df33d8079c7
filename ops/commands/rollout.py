"""`rollout`: a step of a rollout, watched for a while, and taken back where it does not live."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.deploy import bring_up
from ops.commands.options import Accept, StackName, Yes
from ops.errors import OpsError
from ops.paths import Paths
from ops.release import release_store, rollout_gate, rollout_step
from ops.release.release_recorder import Reason
from ops.release.rollout_step import Step
from ops.run.consent import Consent
from ops.stack import rollout as steps
from ops.stack import state, version_rollout
from ops.stack.config_editor import Editor, open_editor, take_back
from ops.stack.session import open_session
from ops.stack.systems import find_rollout
from ops.stack.target import read_target
from ops.terminal import console
from ops.terminal.interrupts import Interrupted

MOST_SECONDS = 24 * 3600
"""How long a share may be watched: longer than a day the command would only seem to hang."""

Which = Annotated[
    str,
    typer.Argument(
        metavar="SYSTEM",
        help="Whose rollout; SYSTEM.PATH where it has several, and for a worker by versions.",
    ),
]
To = Annotated[str | None, typer.Option(help="Share, 0.00 to 1.00. Default: only show it.")]
Confirm = Annotated[str | None, typer.Option(help="Why the step may be larger or sooner.")]
HoldSeconds = Annotated[
    float | None,
    typer.Option(
        "--hold",
        min=0,
        max=MOST_SECONDS,
        metavar="SECONDS",
        help="How long a larger share is watched; 0: not at all. Default: "
        f"{rollout_gate.SECONDS:g}, on the local Cloudflare {rollout_gate.LOCAL_SECONDS:g}.",
        show_default=False,
    ),
]
Failures = Annotated[
    int,
    typer.Option(min=1, max=1000, help="Failed answers of one address in a row that take it back."),
]
Errors = Annotated[
    float,
    typer.Option(min=0, max=100, help="Of all answers, percent that may fail."),
]


@dataclass(frozen=True)
class Given:
    """What the command was given beside what it is for."""

    consent: Consent
    confirm: str | None
    hold: float | None
    failures: int
    errors: float


@dataclass(frozen=True)
class Taken:
    """A step that was taken."""

    which: str
    step: Step
    before: str
    """What held before, for people."""

    why: str
    """What its release is noted to be for."""


def rollout(  # noqa: PLR0913 - one for each option of the command
    stack: StackName,
    which: Which,
    *,
    to: To = None,
    confirm: Confirm = None,
    hold: HoldSeconds = None,
    failures: Failures = rollout_gate.IN_A_ROW,
    errors: Errors = rollout_gate.PERCENT,
    yes: Yes = False,
    accept: Accept = None,
) -> None:
    """Show how far a rollout of a system in STACK has come, or take a step.

    A larger share is watched, and goes back to the share before by itself where what was deployed
    does not live. What it depends on is a warning.
    """
    given = Given(Consent(yes, accept), confirm, hold, failures, errors)
    target = read_target(Paths(), stack)
    if versions := version_rollout.find_versions(target, which):
        _share(stack, versions, to, given)
        return
    course = steps.Course(target, *find_rollout(target, which))
    if to is None:
        following = steps.next_share(course)
        share = course.current().share
        typer.echo(f"{course.track.what}: {share:.2f}; next: {following or 'none'}")
        return
    _step(course, which, steps.parse_share(to), given)


def _step(course: steps.Course, which: str, to: Decimal, given: Given) -> None:
    """Let a share of the sessions be served, and return to the share before where that fails."""
    editor = open_editor(Paths(), course.target.name)
    fresh = steps.Course(editor.target, course.system, course.track)
    path = editor.paths.tracked(editor.target.name)
    share, before = fresh.current().share, path.read_bytes()
    why = f"rollout {which} {share:.2f} to {to:.2f}"
    with editor.trying(steps.step(fresh, to, confirmed=given.confirm)):
        _bring_up(editor, given.consent, Reason(why))
    if to > share:
        written = path.read_bytes()
        taken = Taken(which, Step(course.system.name), f"{share:.2f}", why)
        _gate(editor, taken, given, lambda: _take_back(path, before, written))


def _share(stack: str, versions: version_rollout.Versions, to: str | None, given: Given) -> None:
    """Show who answers the requests of a worker by versions, or give its new version a share."""
    shares = version_rollout.serving(versions, state.resources(open_session(Paths(), stack)))
    typer.echo(f"{versions.which}: {version_rollout.told(shares)}")
    if to is None:
        return
    share = steps.parse_share(to)
    values = version_rollout.step(versions, shares, share)
    editor = open_editor(Paths(), stack)
    why = f"rollout {versions.which} to {share:.2f}"
    with editor.trying(values):
        _bring_up(editor, given.consent, Reason(why))
    after = version_rollout.serving(versions, state.resources(open_session(Paths(), stack)))
    new = version_rollout.grown(shares, after) if share else ""
    if new:
        back = version_rollout.back(versions, shares, new)
        step = Step(versions.which.partition(".")[0], new)
        taken = Taken(versions.which, step, version_rollout.told(shares), why)
        _gate(editor, taken, given, lambda: editor.set_values(back))


def _gate(editor: Editor, taken: Taken, given: Given, restore: Callable[[], object]) -> None:
    """Watch a step; where it does not live, *restore* the configuration and bring that up."""
    session = open_session(editor.paths, editor.target.name)
    hold = rollout_step.hold_of(session, given.hold, given.failures, given.errors)
    if not hold.seconds:
        return
    try:
        with console.out.status(f"watching {taken.which} for {hold.seconds:g} seconds"):
            seen = rollout_step.judge(session, taken.step, hold)
    except (Interrupted, OpsError) as stopped:
        said = f"{taken.which} stands at the step, which nobody has judged; before: {taken.before}"
        raise type(stopped)("; ".join(filter(None, [said, str(stopped)]))) from None
    for sentence, often in seen.others.items():
        console.out.print(f"[yellow]warning:[/yellow] {escape(sentence)} ({often} times)")
    if not seen.why:
        typer.echo(f"{taken.which} holds: {seen.failed} of {seen.asked} answers failed")
        return
    _return(editor, taken, seen.why, restore)


def _return(editor: Editor, taken: Taken, why: str, restore: Callable[[], object]) -> None:
    """Return to what was recorded before the step, without a question: the step had its consent."""
    console.errors.print(f"[red]{escape(taken.which)} goes back:[/red] {escape(why)}")
    try:
        restore()
        back = Reason(f"{taken.which} taken back: {why}", back_to=_before(editor, taken))
        _bring_up(editor, Consent(yes=True), back)
    except OpsError as error:
        raise OpsError(
            f"{taken.which} does not live ({why}), and could not be taken back: {error}\n"
            f"before it was: {taken.before}; take it back by hand: look at "
            f"{editor.paths.tracked(editor.target.name).name}, then: "
            f"python -m ops up {editor.target.name}"
        ) from error
    raise OpsError(f"{taken.which} was taken back to {taken.before}: {why}; see make logs")


def _take_back(path: Path, before: bytes, written: bytes) -> None:
    """Put *before* back into the file; raise `OpsError` where somebody has changed it meanwhile."""
    if path.read_bytes() != written:
        raise OpsError(f"{path.name} was changed by somebody else meanwhile, and keeps the step")
    console.errors.print(take_back(path, before, written))


def _before(editor: Editor, taken: Taken) -> int | None:
    """Return the release before the step, which a way back returns to; `None`: it is not noted."""
    try:
        book = release_store.read(open_session(editor.paths, editor.target.name))
    except OpsError:
        return None
    if not book.releases or book.releases[-1].why != taken.why:
        return None
    before = book.target()
    return before.number if before else None


def _bring_up(editor: Editor, given: Consent, reason: Reason) -> None:
    bring_up(open_session(editor.paths, editor.target.name), given, reason=reason)
    typer.echo(f"commit {editor.paths.tracked(editor.target.name).name}, so that it stays")
