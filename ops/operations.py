"""One run of the engine over a stack: up, preview, refresh, destroy."""

import functools
from collections.abc import Callable
from typing import Any

from pulumi.automation import CommandError

from ops import show
from ops.errors import OpsError
from ops.report import Report
from ops.session import Session, program

Run = Callable[..., Any]


def up(session: Session) -> Report:
    """Bring the stack to what its configuration says; raises `OpsError` with what went wrong."""
    stack = session.stack(program)
    return _run(f"up {stack.name}", functools.partial(stack.up, color="never"))


def preview(session: Session) -> Report:
    """Find what `up` would change, and change nothing."""
    stack = session.stack(program)
    return _run(
        f"preview {stack.name}", functools.partial(stack.preview, color="never"), planned=True
    )


def refresh(session: Session) -> Report:
    """Read what is really there into the state."""
    stack = session.stack(program)
    return _run(f"refresh {stack.name}", functools.partial(stack.refresh, color="never"))


def destroy(session: Session) -> Report:
    """Delete every resource of the stack; what is protected stops it before it begins."""
    stack = session.stack(program)
    return _run(f"destroy {stack.name}", functools.partial(stack.destroy, color="never"))


def _run(title: str, run: Run, *, planned: bool = False) -> Report:
    with show.watching(title) as report:
        if planned:
            report.on_done = lambda _: None
        try:
            run(on_event=report)
        except CommandError as error:
            failure: CommandError | None = error
        else:
            failure = None
    if failure is None:
        return report
    raise OpsError(_explain(report, failure))


def _explain(report: Report, failure: CommandError) -> str:
    """Say every problem; an engine that stopped before its first event has said it on stderr."""
    if report.violations:
        listed = "\n".join(f"  {text}" for text in report.violations)
        return f"stopped by policy; nothing was changed by what it stopped:\n{listed}"
    problems = report.problems() or [_last_words(failure)]
    return "\n".join(problems)


def _last_words(failure: CommandError) -> str:
    text = str(failure)
    _, _, said = text.rpartition("stderr:")
    return said.strip() or "the engine stopped without a message"
