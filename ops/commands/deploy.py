"""`up`, `refresh` and `destroy`: what changes a stack or its state."""

from ops.commands.options import Accept, StackName, Yes
from ops.paths import Paths
from ops.recovery import losses
from ops.recovery.repair import repair
from ops.run import planned, progress
from ops.run.consent import Consent
from ops.run.refresh import refresh as run_refresh
from ops.stack.session import Session, open_session
from ops.terminal import console


def up(stack: StackName, *, yes: Yes = False, accept: Accept = None) -> None:
    """Show what would change in STACK, ask for staging and production, then do just that."""
    session = open_session(Paths(), stack)
    console.out.print(session.tools.describe())
    bring_up(session, Consent(yes, accept))


def refresh(stack: StackName, *, accept: Accept = None) -> None:
    """Read what is really there into the state of STACK; stops where a store would leave it."""
    session = open_session(Paths(), stack)
    progress.summary(run_refresh(session, Consent(accept=accept)), planned=False)


def destroy(stack: StackName, *, yes: Yes = False, accept: Accept = None) -> None:
    """Delete every resource of STACK; asks first. What holds data is protected and stops it."""
    session = open_session(Paths(), stack)
    console.repaired(repair(session))
    planned.destroy(session, Consent(yes, accept))


def bring_up(session: Session, given: Consent) -> None:
    """Repair what a killed run left, plan, ask as *given* needs it, and do what was planned."""
    console.repaired(repair(session))
    lost = losses.begin(session)
    console.repaired(lost.said)
    known = len(lost.said)
    planned.up(session, given)
    losses.end(session, lost)
    console.repaired(lost.said[known:])
