"""`secret set`: a secret of a stack, also before its configuration is complete."""

import getpass
import sys
from typing import Annotated

import typer

from config import file_name
from config.reading.secret_values import check_secret
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import declined_at_interrupt
from ops.stack.config_editor import open_editor
from ops.stack.systems import find_secret
from ops.stack.target import read_target
from planning.refusals import RefusedError

LARGEST = 262_144
"""Bytes that are read of standard input: far more than a worker takes, far less than a machine."""

app = typer.Typer(help="Secrets of a stack.", no_args_is_help=True, rich_markup_mode=None)

SecretName = Annotated[
    str,
    typer.Argument(metavar="SYSTEM.NAME", help="Name of the system, a dot, name of its secret."),
]


@app.callback()
def secret() -> None:
    """Secrets of a stack."""


@app.command(name="set")
def set_secret(stack: StackName, name: SecretName) -> None:
    """Set a secret of STACK, read hidden from the terminal or whole from standard input.

    It is checked before anything is written. The rest of the configuration need not be complete.
    """
    paths = Paths()
    namespace, model, secret_name = find_secret(read_target(paths, stack), name)
    key = f"{namespace}:{secret_name}"
    try:
        with declined_at_interrupt():
            given = read_value(name)
        value = check_secret(model, secret_name, given)
    except RefusedError as error:
        raise OpsError(f"{file_name(stack)}: {key}: {error}; nothing was written") from None
    open_editor(paths, stack).set_secret(key, value)
    typer.echo(f"{name} is set; it counts after `python -m ops up {stack}`")


def read_value(name: str) -> str:
    """Read a value without showing it, asking for it by *name*.

    The newline that ends a piped one is not part of it.
    """
    try:
        if sys.stdin.isatty():
            return getpass.getpass(f"{name} (hidden): ")
        return sys.stdin.buffer.read(LARGEST).decode().removesuffix("\n").removesuffix("\r")
    except EOFError:
        return ""
    except UnicodeDecodeError:
        raise OpsError(f"{name}: what was read is no UTF-8; nothing was written") from None
