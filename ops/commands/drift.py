"""`drift`: what others than the stack have changed in its account, judged."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from common.errors import SentenceError
from ops.commands.options import AsFormat, Format, StackName
from ops.drift import drift_repair, drift_report
from ops.drift.drift_findings import Drift, harmless, judge
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.refresh import look_soon
from ops.stack.session import Session
from ops.terminal import console

if TYPE_CHECKING:
    from ops.drift.drift_rules import Declared

FOUND = 3
"""Exit code when somebody has to look at something; 1 is that of any failure."""

UNKNOWN = 4
"""Exit code when the account could not be compared: nothing is known."""


Repair = Annotated[
    bool, typer.Option("--repair", help="Put back what drift.yaml declares harmless.")
]


class NotComparedError(OpsError):
    """The account could not be compared with the state."""

    exit_code = UNKNOWN


def drift(stack: StackName, *, as_format: AsFormat = Format.TEXT, repair: Repair = False) -> None:
    """Compare the account with the state of STACK; changes nothing without --repair.

    Exit code 3: somebody has to look at it; 4: it could not be compared, so that nothing is known.
    """
    session, found, known = _compared(Paths(), stack)
    if repair:
        found = found.repaired(drift_repair.repair(session, harmless(found, known)))
    _tell(found, as_format)
    if not found.is_clean:
        raise typer.Exit(FOUND)


def _compared(paths: Paths, stack: str) -> "tuple[Session, Drift, Declared]":
    """Compare; raises `NotComparedError`, whatever part of the project refuses it."""
    try:
        session, report = look_soon(paths, stack)
        from ops.drift import drift_rules  # noqa: PLC0415 - its models take longer than the judging

        known = drift_rules.read(paths.root).of(stack)
        return session, judge(stack, report, known), known
    except SentenceError as error:
        raise NotComparedError(f"{error}; nothing is known of what differs") from error


def _tell(found: Drift, as_format: Format) -> None:
    if as_format is Format.JSON:
        typer.echo(json.dumps(drift_report.document(found), indent=2))
    elif as_format is Format.ISSUE:
        typer.echo(drift_report.issue(found), nl=False)
    else:
        for line in drift_report.lines(found):
            console.out.print(escape(line))
        console.out.print(drift_report.told(found) or "no resources")
