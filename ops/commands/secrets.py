"""`secrets`: all that a stack lacks, asked for one after another (FW-4)."""

import getpass
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.options import StackName
from ops.errors import OpsError
from ops.onboarding.secret_entry import SKIPPED, Ways, fill
from ops.paths import Paths
from ops.preflight.missing_secrets import missing
from ops.stack.config_editor import open_editor
from ops.stack.target import read_target
from ops.terminal import console

Generate = Annotated[
    bool, typer.Option("--generate", help="Make what nobody else issues, without a question.")
]
Reference = Annotated[
    str,
    typer.Option(
        metavar="OP",
        help="Name them in 1Password instead: op://VAULT/{stack}/{system}-{name}.",
    ),
]


def secrets(stack: StackName, *, generate: Generate = False, reference: Reference = "") -> None:
    """Set the secrets that STACK lacks, each asked for without being shown.

    Enter makes what nobody else issues, and leaves any other out. Each is checked and encrypted
    before the next is asked for.
    """
    paths = Paths()
    target = read_target(paths, stack)
    if target.local:
        raise OpsError(f"the secrets of {stack} are made by `make up`; to set one: ops secret set")
    lacking = missing(paths, target)
    if not lacking:
        console.out.print("no secret is missing")
        return
    editor = open_editor(paths, stack)
    ask = _ask if console.can_ask() else None
    ways = Ways(ask, editor.set_secret, typer.echo, generate, reference)
    left = 0
    for said in fill(target, lacking, ways):
        console.errors.print(escape(said))
        left += said.endswith(SKIPPED)
    if left:
        raise OpsError(f"{left} are still missing; run python -m ops secrets {stack} again")
    console.errors.print(f"next: python -m ops doctor {stack}")


def _ask(question: str) -> str:
    try:
        return getpass.getpass(question)
    except EOFError:
        return ""
