"""A refresh that cannot empty a state: what it would drop is found first, and said."""

from collections.abc import Collection, Sequence

from pulumi.automation import Deployment
from pulumi.automation.events import StepEventMetadata

from common.errors import SentenceError
from ops.engine.process import as_sentence
from ops.engine.report import Report
from ops.engine.resources import STATEFUL, describe, short_type
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview.plan import Plan, plan_of
from ops.run import operations
from ops.run.consent import NONE, Consent
from ops.stack import command_lock
from ops.stack.session import Session, begin_session, check_api, open_session, settle


def refresh(
    session: Session,
    given: Consent = NONE,
    *,
    only: Sequence[str] | None = None,
    going: Collection[str] = (),
) -> Report:
    """Read what is really there into the state, and return what that changed.

    Raises `OpsError`, with the state as it was, when the API is not that of the account, or when a
    store would leave the state and *given* does not accept just that. *only*: URNs to read;
    default: all. *going*: URNs that may be gone, since a run was deleting them.
    """
    planned = look(session, only)
    lost = dropped(planned, going)
    plan = plan_of(planned)
    if lost and given.accept != plan.digest:
        raise OpsError(_refusal(session, lost, plan))
    return _guarded(session, only, {*going, *lost})


def look(session: Session, only: Sequence[str] | None = None) -> Report:
    """Find what a refresh would write into the state, and write nothing.

    Raises `OpsError` when the API is not that of the account. *only*: URNs to read; default: all.
    """
    check_api(session.target)
    _check_account(session)
    return operations.checked(operations.preview_refresh(session, only))


def look_soon(paths: Paths, stack: str) -> tuple[Session, Report]:
    """Open a session of *stack* and `look`, with the engine at work while all else is checked.

    Raises what `open_session` and `look` raise, with nothing written: what the engine found is
    believed when the configuration is right and the API that of the account.
    """
    session = _begun(paths, stack)
    if session is None:
        session = open_session(paths, stack)
        return session, look(session)
    report = operations.preview_refresh(session, meanwhile=lambda: _check_begun(session))
    if report.failure and session.target.local:  # it may have lacked what `settle` has made
        return session, look(session)
    return session, operations.checked(report)


def _begun(paths: Paths, stack: str) -> Session | None:
    """Begin a session; `None` where it is to be opened in order, also to say what is wrong."""
    try:
        session = begin_session(paths, stack)
        if session:
            check_api(session.target)
            session.stack  # noqa: B018 - one that does not exist is made when all is settled
    except command_lock.BusyError:
        raise  # it has been waited for
    except SentenceError:
        return None
    return session


def _check_begun(session: Session) -> None:
    settle(session)
    _check_account(session)


def _check_account(session: Session) -> None:
    from ops.stack import account_identity  # noqa: PLC0415 - with a client of HTTP, in the time of the engine

    account_identity.check(session.target)


def dropped(report: Report, going: Collection[str] = ()) -> list[str]:
    """Return the URNs of stores that a refresh found gone or empty, but for those in *going*."""
    return sorted(
        urn
        for urn, step in report.ends.items()
        if short_type(urn) in STATEFUL and urn not in going and _is_gone(step)
    )


def _is_gone(step: StepEventMetadata) -> bool:
    """Whether a store that the state has is not there, or is nothing any more.

    A plugin that takes an answer without a result for the truth writes a resource of no content.
    """
    if step.old is None:
        return False
    return step.new is None or (_says(step.old.outputs) and not _says(step.new.outputs))


def _says(outputs: object) -> bool:
    return isinstance(outputs, dict) and any(value is not None for value in outputs.values())


def _refusal(session: Session, lost: list[str], plan: Plan) -> str:
    names = ", ".join(map(describe, lost))
    return (
        f"the API says that {names} no longer exist; a refresh would drop them from the state of "
        f"{session.target.name}, and nothing was written; if they were deleted on purpose: "
        f"python -m ops refresh {session.target.name} --accept {plan.digest}"
    )


def _guarded(session: Session, only: Sequence[str] | None, going: Collection[str]) -> Report:
    """Run the refresh; put the state back when it drops what its preview found in its place."""
    with as_sentence():
        before = session.stack.export_stack()
    report = operations.refresh(session, only)
    lost = dropped(report, going)
    if lost:
        with as_sentence():
            session.stack.import_stack(Deployment(before.version, before.deployment))
        names = ", ".join(map(describe, lost))
        raise OpsError(
            f"the API said that {names} no longer exist, and a moment before that they do; the "
            f"state of {session.target.name} was put back as it was; run this again"
        )
    return report
