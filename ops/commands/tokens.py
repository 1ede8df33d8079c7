"""`token issue | revoke | list`: who may call the API of ChittyConnect (CC-1)."""

import json
import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.commands.options import StackName
from ops.paths import Paths
from ops.stack import tokens
from ops.stack.config_editor import Editor, open_editor
from ops.stack.effective_config import API_TOKENS
from ops.terminal import console
from systems.chittyconnect.settings import SCOPES

app = typer.Typer(help="API tokens of ChittyConnect.", no_args_is_help=True, rich_markup_mode=None)

ALL_SCOPES = ",".join(SCOPES)
TokenId = Annotated[str, typer.Argument(metavar="ID", help="Name of the token in logs.")]
NewId = Annotated[
    str | None, typer.Option("--id", help="Name of the token in logs. Default: a random one.")
]
Scopes = Annotated[str, typer.Option(help=f"Separated by commas; of {', '.join(SCOPES)}.")]
Days = Annotated[int | None, typer.Option(min=1, help="Days until it expires. Default: never.")]


@app.command()
def issue(
    stack: StackName, token_id: NewId = None, scopes: Scopes = ALL_SCOPES, days: Days = None
) -> None:
    """Make a token for STACK and show it once; only its SHA-256 is kept."""
    editor = open_editor(Paths(), stack)
    now = datetime.now(UTC)
    token_id = token_id or f"token-{secrets.token_hex(3)}"
    value, entry = tokens.new_token(token_id, scopes.split(","), now=now, days=days)
    editor.set_secret(API_TOKENS, tokens.written(tokens.add(_entries(editor), entry)))
    typer.echo(value)
    console.errors.print(
        f"this is the only time that token {escape(token_id)} is shown; "
        f"it works after `python -m ops up {stack}`"
    )


@app.command()
def revoke(stack: StackName, token_id: TokenId) -> None:
    """Take a token of STACK away."""
    editor = open_editor(Paths(), stack)
    editor.set_secret(API_TOKENS, json.dumps(tokens.remove(_entries(editor), token_id)))
    typer.echo(f"token {token_id} is refused after `python -m ops up {stack}`")


@app.command(name="list")
def list_tokens(stack: StackName) -> None:
    """List the tokens of STACK, without their values."""
    entries = _entries(open_editor(Paths(), stack))
    table = Table("id", "scopes", "expires", box=None, pad_edge=False)
    for entry in entries:
        ends = str(entry.get("expires") or "never") + (" (expired)" * tokens.expired(entry))
        table.add_row(escape(str(entry.get("id"))), ", ".join(entry.get("scopes", [])), ends)
    console.out.print(table if entries else "no tokens")


def _entries(editor: Editor) -> list[tokens.Entry]:
    return tokens.parse(editor.read_secret(API_TOKENS))
