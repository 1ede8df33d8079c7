"""`split`: a system of a stack in a stack of its own, with nothing replaced (FW-4)."""

from typing import Annotated

import typer
from rich.markup import escape

from config import file_name
from ops.commands.options import StackName, Yes
from ops.paths import Paths
from ops.run.consent import agree
from ops.stack import command_lock
from ops.stack.target import read_target
from ops.stack_split import split as setup
from ops.terminal import console

New = Annotated[str, typer.Argument(metavar="NEW", help="The stack that is made.")]
Systems = Annotated[list[str], typer.Argument(metavar="SYSTEM…", help="What it is to have.")]


def split(stack: StackName, new: New, systems: Systems, *, yes: Yes = False) -> None:
    """Put SYSTEM of STACK into the stack NEW of its own: files, secrets and state move.

    Nothing in the account is touched. One that was stopped goes on when it is run again.
    """
    paths = Paths()
    read_target(paths, stack)  # what cannot be cut is not kept waiting
    command_lock.take(paths)
    wanted = setup.Wanted(stack, new, tuple(dict.fromkeys(systems)))
    is_cut = setup.check(paths, wanted)
    move = setup.plan(paths, wanted)
    count = len(move.halves.urns)
    agree(f"Move {count} resources of {', '.join(wanted.systems)} from {stack} to {new}?", yes=yes)
    if not is_cut:
        setup.cut_files(paths, wanted)
        console.out.print(f"{file_name(new)} and {file_name(stack)} are written; next, the states")
    if count:
        setup.cut_state(paths, wanted, move)
    _say(wanted, count)


def _say(wanted: setup.Wanted, count: int) -> None:
    listed = ", ".join(wanted.systems)
    said = (
        f"{count} resources of {listed} are of {wanted.new} now, and nothing in the account was "
        f"touched; waivers and entries of drift.yaml that name {wanted.stack} have to name it, too"
    )
    console.out.print(escape(said))
    console.out.print(
        f"next, neither of which touches the account: python -m ops up {wanted.stack}, then python "
        f"-m ops up {wanted.new}; then commit both files, and have nothing deployed from a clone "
        f"without them: it would make {listed} again"
    )
