"""One run of the engine over a stack: up, preview, refresh, destroy."""

import functools
from collections.abc import Callable
from typing import Any

from pulumi.automation import CommandError

from ops.engine.process import last_words
from ops.engine.report import Change, Report
from ops.errors import OpsError
from ops.run.progress import following
from ops.stack.session import Session, check_api
from ops.terminal import interrupts

Run = Callable[..., Any]


def up(session: Session) -> Report:
    """Bring the stack to what its configuration says; raises `OpsError` with what went wrong."""
    return _checked(_run(f"up {session.target.name}", _quietly(session.stack.up)))


def up_and_settle(session: Session) -> Report:
    """Bring the stack up, and once more where migrations of Durable Objects were applied.

    An upload carries its migrations only until they are applied; without the second upload the
    next preview would show them leaving.
    """
    report = up(session)
    if any(map(_migrated, report.changes)):
        up(session)
    return report


def _migrated(change: Change) -> bool:
    state = change.metadata.new
    return bool(state and (state.inputs or {}).get("migrations"))


def preview(session: Session) -> Report:
    """Find what `up` would change, and change nothing; `failure` says what went wrong."""
    return _run(f"preview {session.target.name}", session.stack.preview, planned=True)


def refresh(session: Session) -> Report:
    """Read what is really there into the state."""
    check_api(session.target)
    return _checked(_run(f"refresh {session.target.name}", _quietly(session.stack.refresh)))


def destroy(session: Session) -> Report:
    """Delete every resource of the stack; what is protected stops it before it begins."""
    check_api(session.target)
    return _checked(_run(f"destroy {session.target.name}", _quietly(session.stack.destroy)))


def _quietly(run: Run) -> Run:
    """Ask for no secrets in the summary: the engine would decrypt them by the tracked file."""
    return functools.partial(run, show_secrets=False)


def _run(title: str, run: Run, *, planned: bool = False) -> Report:
    with following(title, quiet=planned) as report, interrupts.deferred():
        try:
            run(on_event=report, color="never")
        except CommandError as error:
            report.failure = _explain(report, error)
    return report


def _checked(report: Report) -> Report:
    if report.failure:
        raise OpsError(report.failure)
    return report


def _explain(report: Report, failure: CommandError) -> str:
    """Say every problem; an engine that stopped before its first event has said it on stderr."""
    if report.violations:
        listed = "\n".join(f"  {text}" for text in report.violations)
        return f"stopped by policy; nothing was changed by what it stopped:\n{listed}"
    problems = report.problems() or [last_words(failure)]
    return "\n".join(problems)
