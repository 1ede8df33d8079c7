"""`errors`: what workers of a stack threw, printed as errors or ended with, by kind (FW-10)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ops.commands.options import AsJson, StackName
from ops.monitoring import error_logs
from ops.monitoring.workers_logs import KEPT_DAYS, Window
from ops.paths import Paths
from ops.stack import state
from ops.stack.session import check_api, open_to_read
from ops.terminal import console

FOUND = 3
"""Exit code when there are kinds of errors that no check has told of."""

Hours = Annotated[
    int, typer.Option("--hours", min=1, max=KEPT_DAYS * 24, help="How far to look back.")
]


def errors(stack: StackName, *, hours: Hours = 24, as_json: AsJson = False) -> None:
    """Show what workers of STACK threw, printed as errors or ended with, each kind once.

    Exit code 3: there are kinds that no `ops check` has told of; 4: the logs could not be read.
    """
    session = open_to_read(Paths(), stack)
    check_api(session.target)
    now = datetime.now(UTC)
    window = Window(now - timedelta(hours=hours), now)
    with console.errors.status("reading the logs"):
        found = error_logs.read(session.paths, session.target, state.resources(session), window)
    if as_json:
        typer.echo(json.dumps(error_logs.document(found), indent=2))
    else:
        _show(found, hours)
    if found.new:
        raise typer.Exit(FOUND)


def _show(found: error_logs.Errors, hours: int) -> None:
    if found.failures:
        console.out.print(error_logs.table(found), "", sep="\n")
    counts = f"{len(found.failures)}, of which {len(found.new)} new; errors: {found.count:,}"
    if found.is_cut:
        said = f"only the newest are read, since {found.since.strftime(error_logs.TIME)} UTC"
        console.out.print(f"there are more errors than can be read: {said}")
    console.out.print(f"workers: {found.workers}; kinds of errors in {hours} hours: {counts}")
