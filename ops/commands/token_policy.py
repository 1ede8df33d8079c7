"""`token-policy`: the least that an API token has to be allowed to deploy a stack (FW-11)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from ops.commands.numbers import MOST_DAYS
from ops.commands.options import StackName
from ops.paths import Paths
from ops.preflight.declared_resources import declared
from ops.preflight.token_policy import Wanted
from ops.stack.target import Target, read_target
from ops.terminal import console

ReadOnly = Annotated[bool, typer.Option("--read-only", help="For previews, which change nothing.")]
SelfCheck = Annotated[
    bool, typer.Option("--self-check", help="Also to read tokens, so that doctor knows it all.")
]
AsJson = Annotated[bool, typer.Option("--json", help="As the API makes a token of it.")]
Days = Annotated[
    int | None, typer.Option(min=1, max=MOST_DAYS, help="Days until it ends. Default: never.")
]


def token_policy(
    stack: StackName,
    *,
    read_only: ReadOnly = False,
    self_check: SelfCheck = False,
    as_json: AsJson = False,
    days: Days = None,
) -> None:
    """Show the permissions that an API token needs to deploy STACK, and no others.

    They follow from the resources that its program would register, offline. With --json it is what
    `POST /accounts/ID/tokens` takes.
    """
    target = read_target(Paths(), stack)
    with console.errors.status(f"reading what {stack} is made of"):
        token = Wanted(target, declared(Paths(), target), read_only, self_check)
    if as_json:
        ends = datetime.now(UTC) + timedelta(days=days) if days else None
        typer.echo(json.dumps(token.document(ends), indent=2))
        return
    console.out.print(token.table())
    _say_how(target, token)


def _say_how(target: Target, token: Wanted) -> None:
    page = "https://dash.cloudflare.com/?to=/:account/api-tokens"
    send = ""
    if target.account:
        send = f", or send what --json prints to {target.api}/accounts/{target.account}/tokens"
    console.errors.print(
        f"make the token {escape(repr(token.name))} with these at {page}{send}; "
        f"then: export CLOUDFLARE_API_TOKEN=<the token>"
    )
