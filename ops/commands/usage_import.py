"""`import-usage`: usage of accounts from a file, as from another system before this one (SI-3)."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from ops.commands import keys
from ops.commands.options import StackName
from ops.paths import Paths
from ops.stack.target import Target, read_target
from ops.stack.usage_import import Imported, Mark, Receiver, bring_in
from ops.terminal import console

NANO_A_DOLLAR = 10**9

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A record a line, as JSON: that of POST /v1/imports, with its account_id.",
        exists=True,
        dir_okay=False,
        readable=True,
    ),
]


def import_usage(stack: StackName, file: File, *, system: keys.SystemName = None) -> None:
    """Bill the usage in FILE to its accounts in STACK, each request_id once.

    A run that ends early is begun again with the same command, and goes on where it was.
    """
    target = read_target(Paths(), stack)
    stores = keys.open_stores(stack, system)
    mark = Mark.of(Paths().local / "imports", stack, file)
    with (
        keys.temporary(stores, "import", "platform", [stores.declared.imports[2]]) as key,
        console.errors.status(f"importing {file.name}") as status,
    ):
        host, path, _ = stores.declared.imports
        receiver = Receiver(address(target, host) + path, host, key)
        done = bring_in(file, receiver, mark, lambda so_far: status.update(_said(file, so_far)))
    console.out.print(_said(file, done))


def address(target: Target, host: str) -> str:
    """Return where *host* answers: at the edge of the local Cloudflare, or itself."""
    return f"http://127.0.0.1:{target.api_port + 1}" if target.local else f"https://{host}"


def _said(file: Path, done: Imported) -> str:
    dollars = Decimal(done.charged_nano) / NANO_A_DOLLAR
    return (
        f"{file.name}: {done.lines:,} lines are done; of this run {done.recorded:,} records are "
        f"new, {done.known_before:,} were known; they are charged ${dollars:,.3f}"
    )
