"""`token issue | revoke | list`: who may call the API of a system (CC-1)."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.commands.numbers import MOST_DAYS
from ops.commands.options import StackName
from ops.paths import Paths
from ops.stack import api_tokens
from ops.stack.config_editor import Editor, open_editor
from ops.stack.systems import find_token_system
from ops.stack.target import read_target
from ops.terminal import console
from systems.system import AnySystem

app = typer.Typer(help="API tokens of a system.", no_args_is_help=True, rich_markup_mode=None)

SystemName = Annotated[
    str | None, typer.Option("--system", help="Whose tokens. Default: the one that takes any.")
]
TokenId = Annotated[str, typer.Argument(metavar="ID", help="Name of the token in logs.")]
NewId = Annotated[
    str | None, typer.Option("--id", help="Name of the token in logs. Default: a random one.")
]
Scopes = Annotated[
    str | None, typer.Option(help="What it may do, separated by commas. Default: everything.")
]
Owners = Annotated[
    list[str] | None,
    typer.Option(
        "--owner",
        help="Whose data it reaches, by id; give it again for more. Default: everybody's.",
        show_default=False,
    ),
]
Days = Annotated[
    int | None, typer.Option(min=1, max=MOST_DAYS, help="Days until it expires. Default: never.")
]


@dataclass(frozen=True)
class _TokenList:
    """The tokens of one system in one stack."""

    editor: Editor
    system: AnySystem

    @property
    def key(self) -> str:
        return f"{self.system.name}:{self.system.tokens_secret}"

    def read(self) -> list[api_tokens.Entry]:
        return api_tokens.parse(self.editor.read_secret(self.key), self.key)

    def write(self, entries: list[api_tokens.Entry]) -> None:
        text = api_tokens.written(entries, self.key, self.system.scopes)
        self.editor.set_secret(self.key, text)


@app.command()
def issue(  # noqa: PLR0913, PLR0917  # each is an option
    stack: StackName,
    token_id: NewId = None,
    scopes: Scopes = None,
    owner: Owners = None,
    days: Days = None,
    system: SystemName = None,
) -> None:
    """Make a token for STACK and show it once; only its SHA-256 is kept."""
    listed = _open(stack, system)
    known = listed.system.scopes
    token_id = token_id or f"token-{secrets.token_hex(3)}"
    wanted = known if scopes is None else scopes.split(",")
    ends = api_tokens.end_after(days, datetime.now(UTC))
    value = api_tokens.new_value()
    entry = api_tokens.entry_of(value, token_id, wanted, known, owners=owner or (), ends=ends)
    listed.write(api_tokens.add(listed.read(), entry))
    typer.echo(value)
    console.errors.print(
        f"this is the only time that token {escape(token_id)} is shown; "
        f"it works after `python -m ops up {stack}`"
    )


@app.command()
def revoke(stack: StackName, token_id: TokenId, system: SystemName = None) -> None:
    """Take a token of STACK away."""
    listed = _open(stack, system)
    # Not checked: a list that is too long or broken has to become shorter first.
    listed.editor.set_secret(listed.key, json.dumps(api_tokens.remove(listed.read(), token_id)))
    typer.echo(f"token {token_id} is refused after `python -m ops up {stack}`")


@app.command(name="list")
def list_tokens(stack: StackName, system: SystemName = None) -> None:
    """List the tokens of STACK, without their values."""
    entries = _open(stack, system).read()
    table = Table("id", "scopes", "owners", "expires", box=None, pad_edge=False)
    for entry in entries:
        ends = str(entry.get("expires") or "never") + (" (expired)" * api_tokens.expired(entry))
        owners = ", ".join(entry.get("owners") or ["everybody"])
        scopes = ", ".join(entry.get("scopes", []))
        table.add_row(escape(str(entry.get("id"))), scopes, escape(owners), ends)
    console.out.print(table if entries else "no tokens")


def _open(stack: str, system: str | None) -> _TokenList:
    """Make the tokens of *system* ready; a wrong name is said before anything is waited for."""
    found = find_token_system(read_target(Paths(), stack), system)
    return _TokenList(open_editor(Paths(), stack), found)
