"""`keys create | list | revoke | limit`: API keys of the accounts of a system (SI-2)."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.commands.numbers import MOST_A_MINUTE, MOST_DAYS
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import account_keys, api_tokens, effective_config
from ops.stack.environment import environment_for
from ops.stack.systems import find_key_system
from ops.stack.target import Target, read_target
from ops.stack.workers_kv import Kv, Namespace
from ops.terminal import console
from planning.refusals import RefusedError
from systems.preconditions import TOKEN, check_running
from systems.system import AccountKeys

app = typer.Typer(
    help="API keys of the accounts of a system.", no_args_is_help=True, rich_markup_mode=None
)

SystemName = Annotated[
    str | None, typer.Option("--system", help="Whose keys. Default: the one that has accounts.")
]
AccountId = Annotated[str, typer.Option("--account", help="Whose key it is.")]
NewId = Annotated[
    str | None, typer.Option("--id", help="Name of the key in logs. Default: a random one.")
]
Scopes = Annotated[
    str | None, typer.Option(help="What it may do, separated by commas. Default: everything.")
]
Days = Annotated[
    int | None, typer.Option(min=1, max=MOST_DAYS, help="Days until it expires. Default: never.")
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_A_MINUTE,
        help="Requests a minute. Default: as many as the configuration says.",
    ),
]
Named = Annotated[
    str,
    typer.Argument(metavar="KEY", help="Its id, ACCOUNT/ID, or how its SHA-256 begins."),
]


@dataclass(frozen=True)
class Stores:
    """Where the keys of one system in one stack are."""

    declared: AccountKeys
    keys: Namespace
    limits: Namespace

    def known(self) -> list[account_keys.Key]:
        with console.errors.status("reading the keys"):
            return account_keys.known(self.keys, self.limits)

    def set_limit(self, sha256: str, limit: int | None) -> None:
        if limit is None:
            self.limits.delete(sha256)
        else:
            self.limits.put(sha256, {"requests_per_minute": limit})


@app.command()
def create(  # noqa: PLR0913, PLR0917  # each is an option
    stack: StackName,
    account: AccountId,
    key_id: NewId = None,
    scopes: Scopes = None,
    days: Days = None,
    limit: Limit = None,
    system: SystemName = None,
) -> None:
    """Make a key of an account in STACK and show it once; only its SHA-256 is kept."""
    stores = open_stores(stack, system)
    declared = stores.declared
    key_id = key_id or f"key-{secrets.token_hex(3)}"
    wanted = api_tokens.check_scopes(
        declared.scopes if scopes is None else scopes.split(","), declared.scopes
    )
    ends = api_tokens.end_after(days, datetime.now(UTC))
    entry = account_keys.entry(key_id, account, wanted, ends)
    _check_limit(limit, declared)
    if any((key.account_id, key.key_id) == (account, key_id) for key in stores.known()):
        raise OpsError(f"{account} has a key {key_id!r} already; revoke it or take another --id")
    value = api_tokens.new_value()
    sha256 = account_keys.digest(value)
    if limit is not None:
        stores.set_limit(sha256, limit)
    stores.keys.put(sha256, entry)
    typer.echo(value)
    console.errors.print(
        f"this is the only time that key {escape(key_id)} of {escape(account)} is shown; "
        "it works within a minute"
    )


@app.command(name="list")
def list_keys(stack: StackName, system: SystemName = None) -> None:
    """List the keys of accounts in STACK, without their values."""
    keys = open_stores(stack, system).known()
    heads = ("account", "id", "scopes", "requests a minute", "expires", "SHA-256")
    table = Table(*heads, box=None, pad_edge=False)
    for key in keys:
        ends = (key.expires or "never") + (
            " (expired)" * api_tokens.expired({"expires": key.expires})
        )
        limit = "as configured" if key.requests_per_minute is None else str(key.requests_per_minute)
        shown = (key.account_id, key.key_id, ", ".join(key.scopes) or "everything", limit, ends)
        table.add_row(*map(escape, shown), key.sha256[: account_keys.SHOWN])
    console.out.print(table if keys else "no keys")


@app.command()
def revoke(stack: StackName, named: Named, system: SystemName = None) -> None:
    """Take a key of STACK away; it is refused everywhere within two minutes."""
    stores = open_stores(stack, system)
    key = account_keys.find(stores.known(), named)
    stores.keys.delete(key.sha256)
    stores.set_limit(key.sha256, None)
    typer.echo(
        f"key {key.key_id} of {key.account_id} is gone; it is refused everywhere within two minutes"
    )


@app.command()
def limit(
    stack: StackName,
    named: Named,
    requests: Annotated[
        int | None,
        typer.Argument(
            metavar="[REQUESTS]",
            min=1,
            max=MOST_A_MINUTE,
            help="Requests a minute. Default: as the others have.",
        ),
    ] = None,
    system: SystemName = None,
) -> None:
    """Let a key of STACK make so many requests a minute; as many as the others without."""
    stores = open_stores(stack, system)
    _check_limit(requests, stores.declared)
    key = account_keys.find(stores.known(), named)
    stores.set_limit(key.sha256, requests)
    much = "as many requests a minute as the configuration says"
    typer.echo(
        f"key {key.key_id} of {key.account_id} may make "
        f"{much if requests is None else f'{requests} requests a minute'}, within two minutes"
    )


def _check_limit(requests: int | None, declared: AccountKeys) -> None:
    if requests is not None and requests > declared.most_a_minute:
        raise OpsError(
            f"{requests} is more than a key may make in a minute; give 1 to "
            f"{declared.most_a_minute}"
        )


def open_stores(stack: str, system: str | None) -> Stores:
    """Find the namespaces of *system* in *stack*; a wrong name is said before anybody is asked."""
    target = read_target(Paths(), stack)
    name, account_keys_of = find_key_system(target, system)
    config = effective_config.check(Paths(), target, secrets_later=True)
    declared = account_keys_of(config.blocks[name].settings)
    kv = kv_of(target)
    return Stores(declared, kv.namespace(declared.keys), kv.namespace(declared.limits))


@contextmanager
def temporary(stores: Stores, what: str, account: str, scopes: Sequence[str]) -> Iterator[str]:
    """Make a key of *account* that may ask as often as any may, for as long as it takes."""
    value = api_tokens.new_value()
    sha256, ends = account_keys.digest(value), api_tokens.end_after(1, datetime.now(UTC))
    name = f"{what}-{secrets.token_hex(3)}"
    # Its limit first: a key that is read without one is believed to have none for a while.
    stores.set_limit(sha256, stores.declared.most_a_minute)
    stores.keys.put(sha256, account_keys.entry(name, account, list(scopes), ends))
    try:
        yield value
    finally:
        try:
            stores.keys.delete(sha256)
            stores.set_limit(sha256, None)
        except OpsError as error:
            console.fail(f"key {name} is still there, and expires within a day: {error}")


def kv_of(target: Target) -> Kv:
    """Return KV of the account that *target* is in. Raises `OpsError` where nobody would answer."""
    environment_for(Paths(), target, None).apply()
    if target.local:
        try:
            check_running(target.api)
        except RefusedError as error:
            raise OpsError(str(error)) from None
    token = os.environ.get(TOKEN)
    if not token:
        raise OpsError(f"{TOKEN} is not set; its token needs Workers KV Storage: Edit")
    return Kv(target.api, target.account, token)
