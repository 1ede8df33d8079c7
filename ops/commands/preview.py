"""`preview` and `comment`: what an `up` would change, for people and for pull requests."""

from pathlib import Path
from typing import Annotated

import typer

from ops.commands.options import PlanFile, StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview import preview_document, terminal_display
from ops.preview.comment import read_plan, render
from ops.preview.external_changes import found_outside
from ops.preview.plan import plan_of
from ops.run import container_conflicts, name_conflicts, operations, preview_context, progress
from ops.run.consent import needs_consent
from ops.run.refresh import look
from ops.stack.ephemeral import ephemeral_copy
from ops.stack.session import Session, open_session

Local = Annotated[bool, typer.Option("--local", help="A throw-away copy, on the local Cloudflare.")]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="Compare with what is really there, not with the state.")
]


def preview(
    stack: StackName, *, local: Local = False, refresh: Refresh = False, plan_file: PlanFile = None
) -> None:
    """Show what `up` would change in STACK, with every policy checked."""
    if plan_file:
        preview_document.check_place(plan_file)
    if local:
        with ephemeral_copy(Paths(), stack) as session:
            _preview(session, plan_file)
    else:
        session = open_session(Paths(), stack)
        if refresh:
            terminal_display.outside(found_outside(look(session)))
        _preview(session, plan_file, refresh=refresh)


def comment(
    plan: Annotated[Path, typer.Argument(help="What `preview --out` wrote.")],
    title: Annotated[str, typer.Option(help="Heading of the comment.")] = "Preview",
    base: Annotated[
        Path | None, typer.Option(help="What `preview --out` wrote before, to compare the cost.")
    ] = None,
) -> None:
    """Render a preview as a Markdown comment for a pull request."""
    compared = read_plan(base) if base else None
    typer.echo(render(read_plan(plan), title=title, base=compared), nl=False)


def _preview(session: Session, plan_file: Path | None, *, refresh: bool = False) -> None:
    report = operations.preview(session, refreshed=refresh)
    if not report.failure:
        report.warnings += name_conflicts.said(session, report)
        report.warnings += container_conflicts.said(report)
    if plan_file:
        preview_context.write(session, report, plan_file)
    plan = plan_of(report)
    terminal_display.show(plan)
    progress.summary(report, planned=True)
    if report.failure:
        raise OpsError(report.failure)
    if needs_consent(session.target, plan):
        terminal_display.digest(plan)
