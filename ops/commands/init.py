"""`init`: the file of a stack of one's own account, and its place in a backend (FW-4)."""

import os
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.markup import escape

from ops.cloudflare_api.client import Client
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.onboarding import init as setup
from ops.paths import Paths
from ops.run.consent import declined_at_interrupt
from ops.stack import backend as place
from ops.stack import command_lock
from ops.stack.target import DEFAULT_API
from ops.terminal import console
from systems.preconditions import TOKEN

Account = Annotated[
    str | None, typer.Option(metavar="ID", help="Default: that of the token, or asked.")
]
Zones = Annotated[
    list[str] | None,
    typer.Option("--zone", metavar="NAME[=ID]", help="Default: those of the file, looked up."),
]
Owner = Annotated[
    str | None,
    typer.Option(metavar="STACK", help="Sets what is valid for whole zones. Default: asked."),
]
Source = Annotated[
    str | None, typer.Option("--from", metavar="STACK", help="Begin the file from this stack's.")
]
Backend = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Where states are kept: set in Pulumi.yaml. Default: login."),
]
Provider = Annotated[
    str | None,
    typer.Option("--secrets-provider", help="passphrase, or a key of a cloud. Default: passphrase"),
]
Rehearsal = Annotated[
    bool,
    typer.Option("--rehearsal", help="Make it a copy on the local Cloudflare; needs --from."),
]


def init(  # noqa: PLR0913, PLR0917  # each is an option
    stack: StackName,
    account: Account = None,
    zone: Zones = None,
    owner: Owner = None,
    source: Source = None,
    backend: Backend = None,
    secrets_provider: Provider = None,
    *,
    rehearsal: Rehearsal = False,
) -> None:
    """Complete the file of STACK by the ids of your account, and make the stack in its backend.

    Asks on a terminal for what no option says, and overwrites nothing that is set. With --rehearsal
    account and ids are those of the local Cloudflare, and the state is in .local.
    """
    paths = Paths()
    command_lock.take(paths)
    if rehearsal:
        of_account = {"--account": account, "--zone": zone, "--backend": backend}
        _rehearse(paths, stack, source, {**of_account, "--secrets-provider": secrets_provider})
        return
    if backend:
        place.check(paths, backend)
    given = setup.Given(account, tuple(zone or ()), owner, source)
    token = os.environ.get(TOKEN)
    with Client(DEFAULT_API, token) if token else nullcontext() as asked:
        written = setup.write(paths, stack, given, asked, _choose)
    _say(written)
    for sentence in place.make(paths, stack, backend, secrets_provider):
        console.out.print(escape(sentence))
    console.out.print(f"next: python -m ops secrets {stack}, then python -m ops doctor {stack}")


def _rehearse(paths: Paths, stack: str, source: str | None, given: Mapping[str, object]) -> None:
    for option in (name for name, value in given.items() if value):
        raise OpsError(f"{option}: a rehearsal has what the local Cloudflare has; leave it out")
    _say(setup.write(paths, stack, setup.Given(source=source, rehearsal=True), None, _choose))
    console.out.print(f"next: make start, then python -m ops doctor {stack}")


def _say(written: setup.Written) -> None:
    name = written.path.name
    zones = ", ".join(f"{zone} ({of.id}, set by {of.owner})" for zone, of in written.zones.items())
    for path in written.names:
        console.out.print(escape(f"named after the stack, for it is taken otherwise: {path}"))
    did = "wrote" if written.changed else "complete already:"
    console.out.print(escape(f"{did} {name}: account {written.account}; zones {zones}"))


def _choose(option: str, answers: Mapping[str, str]) -> str:
    """Ask at the terminal which of *answers* it is; the first is the default."""
    listed = ", ".join(f"{answer} ({what})" for answer, what in answers.items())
    if not console.can_ask():
        raise OpsError(f"give {option}, for there is no terminal to ask: one of {listed}")
    console.out.print(escape(f"{option}: {listed}"))
    with declined_at_interrupt():
        answer = str(typer.prompt(option.strip("-"), default=next(iter(answers)))).strip()
    if answer not in answers:
        raise OpsError(f"{option}: {answer!r} is none of {listed}; nothing was written")
    return answer
