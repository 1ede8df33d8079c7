"""`service-token copy | show`: hands a service token of Access to those who present it (OP-5)."""

import sys
from typing import Annotated

import typer

from ops.commands.options import StackName
from ops.commands.rotations import token_hand_over
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import rotations
from ops.stack.session import open_session
from ops.stack.target import read_target

app = typer.Typer(
    help="Service tokens of Access, for other stacks and machines.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TokenName = Annotated[
    str, typer.Argument(metavar="SYSTEM.TOKEN", help="Which token; a wrong name lists them.")
]
To = Annotated[
    str | None,
    typer.Option("--to", help="Stack that gets it. Default: all whose systems lead to its host."),
]
Secret = Annotated[bool, typer.Option("--secret", help="Show the secret, on a terminal.")]


@app.callback()
def service_token() -> None:
    """Service tokens of Access, for other stacks and machines."""


@app.command()
def copy(stack: StackName, token: TokenName, to: To = None) -> None:
    """Write a token of STACK into the secrets of the stacks that present it, and show nothing."""
    paths = Paths()
    found, rotation = rotations.find_token(read_target(paths, stack), token)
    presenters = rotations.presenters(paths, read_target(paths, stack), found)
    chosen = [each for each in presenters if to in (None, each.stack)]
    if not chosen:
        there = ", ".join(dict.fromkeys(each.stack for each in presenters)) or "none"
        raise OpsError(
            f"no system of {to or 'a stack here'} leads to the host of {token}; stacks with one "
            f"that does: {there}; set the address there first; {stack} itself is given it by up"
        )
    token_hand_over.write(paths, chosen, token_hand_over.read(open_session(paths, stack), rotation))
    for name in dict.fromkeys(each.stack for each in chosen):
        typer.echo(f"it counts after `python -m ops up {name}`")


@app.command()
def show(stack: StackName, token: TokenName, *, secret: Secret = False) -> None:
    """Show the id of a token of STACK; its secret only when asked for, and only on a terminal."""
    if secret and not sys.stdout.isatty():
        raise OpsError("a secret is shown on a terminal alone, and this is none; nothing was shown")
    paths = Paths()
    _, rotation = rotations.find_token(read_target(paths, stack), token)
    client_id, client_secret = token_hand_over.read(open_session(paths, stack), rotation)
    typer.echo(f"CF-Access-Client-Id: {client_id}")
    if secret:
        typer.echo(f"CF-Access-Client-Secret: {client_secret}")
