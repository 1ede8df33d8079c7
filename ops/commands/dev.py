"""`dev`: what is saved answers at once, without an `up`."""

from typing import Annotated

import typer

from common.errors import INTERRUPTED
from common.locks import FileLock, HeldError
from ops.development import workers
from ops.development.development import develop
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import command_lock, state
from ops.stack.session import check_api, open_session
from ops.stack.target import DEVELOPMENT, read_target
from ops.terminal import console, interrupts

StackName = Annotated[str, typer.Argument(metavar="[STACK]", help="One on the local Cloudflare.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[WORKER]...", help="Scripts; default: all of them.")
]


def dev(stack: StackName = DEVELOPMENT, names: Names = None) -> None:
    """Serve every saved file of the workers of STACK at once, and follow their logs; until Ctrl-C.

    Code only: bindings, settings and state stay, and the next `up` brings them in line.
    """
    paths = Paths()
    target = read_target(paths, stack)
    if not target.local:
        raise OpsError(
            f"{stack} stands on an account of Cloudflare, and dev serves from this machine only; "
            f"run python -m ops up {stack}, or make dev for {DEVELOPMENT}"
        )
    _hold(paths)
    with console.out.status("reading what is deployed"):
        session = open_session(paths, stack)
        check_api(session.target)
        chosen = workers.chosen(state.resources(session), names or (), paths.root)
    command_lock.give_back(paths)  # an `up` may run beside it
    try:
        develop(session.target, chosen, paths.root)
    except interrupts.Interrupted:  # how it ends: there is nothing to say
        raise typer.Exit(INTERRUPTED) from None


def _hold(paths: Paths) -> None:
    """Let no second one run in the clone, until this process ends."""
    held = FileLock(paths.local / "dev.lock")
    try:
        held.acquire()
    except HeldError as error:
        raise OpsError(
            f"make dev runs already (process {error.holder}); end that one first, "
            "or give both workers to one"
        ) from None
