"""`stacks`: what an environment is cut into, in the order in which it is deployed (FW-4)."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import deployment_order
from ops.terminal import console

Environment = Annotated[
    str, typer.Argument(metavar="ENVIRONMENT", help="development, staging or production.")
]
Run = Annotated[
    str | None,
    typer.Option("--run", metavar="COMMAND", help="Run it on each stack: 'drift', 'up --yes'."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the turns, for a matrix of CI.")]
LAST_FIRST = "destroy"
"""The command that goes through the turns backwards."""

STOPS = "up"
"""The command after which a later turn waits for all of the earlier one."""

GROUPS = frozenset({"check", "history", "keys", "secret", "service-token", "state", "token"})
"""Commands that stand in two words before the name of a stack."""


def stacks(environment: Environment, *, run: Run = None, as_json: AsJson = False) -> None:
    """Show the stacks of ENVIRONMENT with their systems, or run a command on each in turn.

    Fails when a system is in two of them, or when the command fails on one.
    """
    paths, command = Paths(), _words(run, as_json=as_json)
    found = deployment_order.read(paths, environment)
    if wrong := list(deployment_order.faults(found)):
        raise OpsError("\n".join(wrong))
    if as_json:
        typer.echo(deployment_order.document(found))
    elif command:
        _run(paths, deployment_order.turns(found), command)
    else:
        _show(found)


def _show(found: Sequence[deployment_order.Stack]) -> None:
    table = Table("turn", "stack", "systems", "after", box=None, pad_edge=False)
    for number, turn in enumerate(deployment_order.turns(found), 1):
        for stack in turn:
            after = ", ".join(sorted(stack.hosts & {each.name for each in found}))
            table.add_row(str(number), stack.name, ", ".join(stack.systems), after)
    console.out.print(table)
    for name in deployment_order.missing(found):
        console.out.print(escape(f"{name} is in no stack"))


def _words(run: str | None, *, as_json: bool) -> list[str]:
    """Return the words of the command *run*, none where there is none to run."""
    if run is None:
        return []
    if as_json:
        raise OpsError("--json prints the turns and --run runs a command on them; leave one out")
    try:
        words = shlex.split(run)
    except ValueError as error:
        raise OpsError(f"--run: {run!r} is no command: {error}") from None
    if not words:
        raise OpsError("--run: names no command; give one, as 'drift'")
    return words


def _run(paths: Paths, order: list[list[deployment_order.Stack]], command: list[str]) -> None:
    """Run *command* on each stack; raise `OpsError` with those on which it failed."""
    codes: dict[str, int] = {}
    for turn in reversed(order) if command[0] == LAST_FIRST else order:
        if any(codes.values()) and command[0] in {STOPS, LAST_FIRST}:
            break
        codes |= dict(_turn(paths, turn, command))
    names = [stack.name for turn in order for stack in turn]
    said = ", ".join(f"{name} {_word(codes.get(name))}" for name in names)
    console.out.print(escape(f"{command[0]}: {said}"))
    if failed := [name for name in names if codes.get(name) != 0]:
        raise OpsError(f"{command[0]} is not done on {', '.join(failed)}; what it said is above")


def _turn(
    paths: Paths, turn: Sequence[deployment_order.Stack], command: list[str]
) -> Iterator[tuple[str, int]]:
    """Run *command* on the stacks of a turn; one clone runs one command at a time."""
    for stack in turn:
        console.out.print(escape(f"{stack.name}: {shlex.join(command)}"))
        words = 2 if command[0] in GROUPS else 1
        run = [sys.executable, "-m", "ops", *command[:words], stack.name, *command[words:]]
        yield stack.name, subprocess.run(run, cwd=paths.root, check=False).returncode


def _word(code: int | None) -> str:
    return "not begun" if code is None else "done" if code == 0 else f"failed ({code})"
