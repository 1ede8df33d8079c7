"""A question before something is deleted."""

import sys

import typer

from local.errors import Interrupted, LocalError


def confirm(question: str) -> None:
    """Return when the answer is yes; what else there is ends the command with nothing changed."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise LocalError("there is no terminal to ask; add --yes; nothing was changed")
    try:
        agreed = typer.confirm(question)
    except typer.Abort:  # Ctrl-D
        agreed = False
    except Interrupted:
        typer.echo(err=True)  # what is said next begins its own line
        raise Interrupted("interrupted; nothing was changed") from None
    if not agreed:
        raise LocalError("not agreed to; nothing was changed")
