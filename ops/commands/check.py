"""`check daily | weekly | monthly`: what is to be looked at of a running stack (CC-15, FW-10)."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.options import AsFormat, Format, StackName
from ops.monitoring import check_reports
from ops.monitoring.check_schedules import Period, closing, counted, run
from ops.monitoring.deployed_stack import Watched
from ops.paths import Paths
from ops.preflight import verdicts
from ops.preflight.verdicts import State, Verdict
from ops.stack.session import check_api, open_to_read
from ops.terminal import console

CODES = {State.GOOD: 0, State.WARNING: 3, State.UNKNOWN: 4, State.FAULT: 1}
"""Exit code of each closing verdict. 1 is that of any failure as well."""

app = typer.Typer(
    help="Look at a stack that runs, with one verdict.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


Backup = Annotated[
    Path | None,
    typer.Option(
        "--backup",
        metavar="DIR",
        help="What `ops backup` wrote, to try a recovery with.  [default: one is made for it]",
        show_default=False,
    ),
]


@app.command()
def daily(stack: StackName, *, as_format: AsFormat = Format.TEXT) -> None:
    """Check health, containers, errors, what ends, KV, D1 and figures of STACK.

    Exit code 0: good; 3: warnings; 4: something is not known; 1: a fault.
    """
    _check(Period.DAILY, stack, as_format)


@app.command()
def weekly(stack: StackName, *, as_format: AsFormat = Format.TEXT) -> None:
    """Check of STACK what `daily` does, use of Durable Objects and R2, and room in the account.

    Exit codes as for `daily`.
    """
    _check(Period.WEEKLY, stack, as_format)


@app.command()
def monthly(stack: StackName, *, as_format: AsFormat = Format.TEXT, backup: Backup = None) -> None:
    """Check of STACK what `weekly` does and its cost, and try a recovery on a throw-away account.

    Exit codes as for `daily`.
    """
    _check(Period.MONTHLY, stack, as_format, backup)


def _check(period: Period, stack: str, as_format: Format, backup: Path | None = None) -> None:
    session = open_to_read(Paths(), stack)
    check_api(session.target)
    with console.errors.status(f"checking {stack}") as shown:
        of = Watched(session, backup)
        found = list(run(period, of, lambda what: shown.update(f"checking {what} of {stack}")))
    _tell(period, stack, found, as_format)
    raise typer.Exit(CODES[closing(found)])


def _tell(period: Period, stack: str, found: list[Verdict], as_format: Format) -> None:
    if as_format is Format.JSON:
        typer.echo(json.dumps(check_reports.document(period, stack, found), indent=2))
    elif as_format is Format.ISSUE:
        typer.echo(check_reports.issue(period, stack, found), nl=False)
    else:
        console.out.print(verdicts.table(found))
        ended = escape(f"{period} check of {stack}: {closing(found)} ({counted(found)})")
        console.out.print("", ended, sep="\n")
