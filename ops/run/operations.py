"""One run of the engine over a stack, and what it said: up, destroy, refresh, and their previews.

Nothing here asks whether it may. What a command calls is `planned`, which previews first.
"""

import functools
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pulumi.automation import CommandError

from ops.engine.process import last_words
from ops.engine.report import Report
from ops.errors import OpsError
from ops.run.progress import following
from ops.stack import state_location
from ops.stack.session import Session
from ops.terminal import interrupts

Run = Callable[..., Any]

_UNAUTHORIZED = re.compile(r"\b(Authentication error|Invalid access token|(code|error)\W+10000)\b")
"""What the API says to a token that may not do something, in the words of either plugin."""

EVENTS_SECONDS = 60
"""How long the engine's last event may take after the engine ended: the SDK does not wait for it,
and a plan that lacks its end is none."""

LOCKED = ("the stack is currently locked by", "Another update is currently in progress")
"""How the engine, or Pulumi Cloud, says that somebody else changes the stack."""

FAILED_SECONDS = 2
"""The same where the engine failed: it may have failed before its first event."""


def preview(
    session: Session, only: Sequence[str] | None = None, *, refreshed: bool = False
) -> Report:
    """Find what `up` would change, and change nothing; `failure` says what went wrong.

    *only*: URNs that may change; default: all. *refreshed*: compare with what is really there
    instead of what the state says; default: with the state.
    """
    session.load_ahead()
    run = functools.partial(
        session.stack.preview,
        target=list(only) if only else None,
        refresh=True if refreshed else None,
    )
    return _run(session, "preview", run, quiet=True)


def up(session: Session, only: Sequence[str] | None = None, *, refreshed: bool = False) -> Report:
    """Bring the stack to what its configuration says; raises `OpsError` with what went wrong.

    *only*: URNs that may change, without a line for each; default: all, a line each. *refreshed*:
    start from what is really there; default: from the state.
    """
    session.load_ahead()
    run = functools.partial(
        session.stack.up,
        target=list(only) if only else None,
        refresh=True if refreshed else None,
    )
    return checked(_run(session, "up", _quietly(run), quiet=bool(only)))


def preview_destroy(session: Session) -> Report:
    """Find what `destroy` would delete, and delete nothing; `failure` says what stops it."""
    run = session.stack.preview_destroy
    return _run(session, "preview of destroy", run, quiet=True)


def destroy(session: Session) -> Report:
    """Delete every resource of the stack; raises `OpsError` with what went wrong."""
    return checked(_run(session, "destroy", _quietly(session.stack.destroy)))


def preview_refresh(
    session: Session,
    only: Sequence[str] | None = None,
    *,
    meanwhile: Callable[[], None] | None = None,
) -> Report:
    """Find what `refresh` would write into the state, and write nothing.

    *meanwhile* is called while the engine runs; what it raises is raised when the engine has ended.
    """
    run: Run = functools.partial(session.stack.preview_refresh, target=list(only) if only else None)
    if meanwhile:
        run = functools.partial(_beside, meanwhile, run)
    return _run(session, "preview of refresh", run, quiet=True)


def refresh(session: Session, only: Sequence[str] | None = None) -> Report:
    """Read what is really there into the state; raises `OpsError` with what went wrong."""
    run = functools.partial(session.stack.refresh, target=list(only) if only else None)
    return checked(_run(session, "refresh", _quietly(run), quiet=True))


def checked(report: Report) -> Report:
    """Return *report*; raise `OpsError` with its failure where it has one."""
    if report.failure:
        raise OpsError(report.failure)
    return report


def _quietly(run: Run) -> Run:
    """Ask for no secrets in the summary: the engine would decrypt them by the tracked file."""
    return functools.partial(run, show_secrets=False)


def _run(session: Session, what: str, run: Run, *, quiet: bool = False) -> Report:
    title = f"{what} {session.target.name}"
    with following(title, quiet=quiet) as report, interrupts.deferred():
        try:
            run(on_event=report, color="never")
            if not report.over.wait(EVENTS_SECONDS):
                report.failure = f"the engine did not say how {title} ended; run this again"
        except CommandError as error:
            report.over.wait(FAILED_SECONDS)
            report.failure = _explain(report, error, session)
    return report


def _beside(meanwhile: Callable[[], None], run: Run, **given: Any) -> None:
    """Call *run* in a thread, and *meanwhile* in this one, whose error comes first."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        running = threads.submit(run, **given)
        meanwhile()
    running.result()


def _explain(report: Report, failure: CommandError, session: Session) -> str:
    """Say every problem; an engine that stopped before its first event has said it on stderr."""
    listed = [f"policy {text}" for text in report.violations]
    said = [*listed, *report.problems()] or [last_words(failure)]
    if any(sign in text for text in said for sign in LOCKED):
        engine = session.tools.engine.path
        state_location.refuse_locked(session.paths, session.target.name, engine)
    if any(map(_UNAUTHORIZED.search, said)):
        said.append(
            f"the token lacks a permission, or does not hold any more; what it lacks is named by: "
            f"python -m ops doctor {session.target.name}"
        )
    return "\n".join(said)
