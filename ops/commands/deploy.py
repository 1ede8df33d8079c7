"""`up`, `refresh` and `destroy`: what changes a stack or its state."""

import typer

from ops.commands.options import StackName, Yes
from ops.paths import Paths
from ops.recovery.repair import repair
from ops.run import operations, progress
from ops.stack.session import Session, open_session
from ops.terminal import console


def up(stack: StackName) -> None:
    """Bring STACK to what its configuration says."""
    session = open_session(Paths(), stack)
    console.out.print(session.tools.describe())
    bring_up(session)


def refresh(stack: StackName) -> None:
    """Read what is really there into the state of STACK."""
    progress.summary(operations.refresh(open_session(Paths(), stack)), planned=False)


def destroy(stack: StackName, *, yes: Yes = False) -> None:
    """Delete every resource of STACK; asks first. What holds data is protected and stops it."""
    if not yes:
        typer.confirm(f"Delete every resource of {stack}, with the data in it?", abort=True)
    session = open_session(Paths(), stack)
    console.repaired(repair(session))
    progress.summary(operations.destroy(session), planned=False)


def bring_up(session: Session) -> None:
    """Repair what a killed run left, run, and print what was done."""
    console.repaired(repair(session))
    progress.summary(operations.up_and_settle(session), planned=False)
