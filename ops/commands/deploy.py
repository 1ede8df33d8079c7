"""`up`, `refresh` and `destroy`: what changes a stack or its state."""

from pathlib import Path

from rich.markup import escape

from ops.commands import local
from ops.commands import verify as verification
from ops.commands.options import Accept, Accepted, Adopt, BackTo, Complete, PlanFile, StackName, Yes
from ops.crash_recovery import deleted_stores, dev_uploads, lost_local_data, moving_systems
from ops.crash_recovery.repair import repair
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview import preview_document
from ops.release import release_store
from ops.release.release_recorder import (
    DESTROY,
    UP,
    Reason,
    noting,
)
from ops.run import isolation, planned_run, progress
from ops.run.consent import Consent, read_agreed
from ops.run.refresh import refresh as run_refresh
from ops.stack import local_cloudflare, removal
from ops.stack.session import Session, open_session
from ops.stack.target import DEVELOPMENT
from ops.stack_map import live_page_notice
from ops.terminal import console


def up(  # noqa: PLR0913 - one for each option of the command
    stack: StackName,
    *,
    yes: Yes = False,
    accept: Accept = None,
    accepted: Accepted = None,
    plan_file: PlanFile = None,
    adopt: Adopt = False,
    complete: Complete = False,
    back_to: BackTo = None,
) -> None:
    """Show what would change in STACK, ask for staging and production, then do just that.

    --accepted FILE has the hashes that were agreed to in a pull request; --out FILE gets the plan,
    before it is agreed to. With --complete it is all of `make up` in one process: what three would
    import is imported once. In staging and production it ends when the new versions answer,
    with what the systems have to reach.
    """
    given = Consent(yes, accept, read_agreed(accepted) if accepted else None)
    if plan_file:
        preview_document.check_place(plan_file)
    if complete:
        _start(stack)
    session = open_session(Paths(), stack)
    console.out.print(session.tools.describe())
    reason = Reason(f"back to release {back_to}", back_to) if back_to else Reason()
    bring_up(session, given, adopt=adopt, plan_file=plan_file, reason=reason)
    if complete:
        verification.answered(session)
        if address := local_cloudflare.live_page(session.paths):
            console.out.print(f"\nlive page: {escape(address)}")
    elif session.target.environment != DEVELOPMENT:
        verification.serving(session)


def _start(stack: str) -> None:
    """Start the local Cloudflare: it is that of `development`, and no other stack's to start."""
    if stack != DEVELOPMENT:
        raise OpsError(
            f"--complete is for {DEVELOPMENT}, whose ports and zones the local Cloudflare has; "
            f"for {stack}: python -m ops up {stack}, then python -m ops verify {stack}"
        )
    local.start()


def refresh(stack: StackName, *, accept: Accept = None) -> None:
    """Read what is really there into the state of STACK; stops where a store would leave it."""
    session = open_session(Paths(), stack)
    progress.refreshed(run_refresh(session, Consent(accept=accept)))


def destroy(stack: StackName, *, yes: Yes = False, accept: Accept = None) -> None:
    """Delete every resource of STACK; asks first. What holds data is protected and stops it.

    It is noted as a release. Of a stack of a pull request (`pr-…`) no file is left; of any other it
    is said what stays.
    """
    session = open_session(Paths(), stack)
    console.repaired(repair(session))
    moving_systems.refuse_to_destroy(session)
    ends = removal.is_throwaway(session.target)
    bundles = removal.modules(session) if ends else []
    planned_run.destroy(session, Consent(yes, accept), around=noting(session, DESTROY))
    if ends:
        release_store.remove(session)
        console.out.print(f"removed: {', '.join(removal.remove(session, bundles))}")
    for sentence in removal.staying(session):
        console.out.print(sentence)


def bring_up(
    session: Session,
    given: Consent,
    *,
    adopt: bool = False,
    plan_file: Path | None = None,
    reason: Reason = UP,
) -> None:
    """Repair what a killed run left, plan, ask as *given* needs it, and do what was planned.

    What is done is noted as a release. *plan_file*: gets the plan before anybody agrees to it.
    Default: none does. *reason*: what the release is for; default: it is an `up`.
    """
    console.repaired(repair(session))
    deleted_stores.refuse(session)
    moving_systems.refuse(session)
    lost = lost_local_data.begin(session)
    console.repaired(lost.said)
    known = len(lost.said)
    planned_run.up(session, given, adopt=adopt, plan_file=plan_file, around=noting(session, reason))
    lost_local_data.end(session, lost)
    console.repaired(lost.said[known:])
    if removal.is_throwaway(session.target):
        console.out.print(escape(isolation.prove(session)))
    for sentence in dev_uploads.bring_in_line(session, lost.developed):
        console.out.print(escape(sentence))
    if session.target.local:
        live_page_notice.tell(session)
