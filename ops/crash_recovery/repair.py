"""Before a run: bring in order what a killed one left, and say what was done."""

from pulumi.automation import Deployment

from common.json_types import Json
from ops.cloudflare_api.client import environment_token
from ops.crash_recovery import (
    pending_operations,
    stale_locks,
    truncated_files,
    unfinished_containers,
)
from ops.engine.process import as_sentence
from ops.errors import OpsError
from ops.run.refresh import refresh
from ops.stack import account_identity, state, state_location
from ops.stack.resource_lookup import finder
from ops.stack.session import Session, check_api
from ops.terminal import interrupts


def repair(session: Session) -> list[str]:
    """Remove stale locks, and settle every step that was not seen to end.

    Returns a sentence for each thing done; nothing when all was in order. Raises `OpsError` when
    another run holds the stack, or when the API cannot be asked what exists.
    """
    check_api(session.target)
    said: list[str] = []
    if state_location.is_here(session.target):
        said += stale_locks.release(session.paths.state, session.target.name)
        said += truncated_files.clear(session.paths.state, session.target.name)
    else:
        engine = session.tools.engine.path
        state_location.refuse_locked(session.paths, session.target.name, engine)
    if not pending_operations.operations(state.deployment(session)):
        return said
    with as_sentence():
        exported = session.stack.export_stack()
    deployment = dict(exported.deployment or {})
    return said + _settle(session, exported.version, deployment)


def _settle(session: Session, version: int | None, deployment: Json) -> list[str]:
    account_identity.check(session.target)  # whose "not found" is believed below
    removed = unfinished_containers.clear(deployment)
    find = finder(session.target.api, environment_token())
    repaired = pending_operations.repair(deployment, unfinished_containers.finder(deployment, find))
    _import(session, version, repaired.deployment)
    try:
        if repaired.refresh:
            refresh(session, only=repaired.refresh, going=repaired.going)
    except OpsError as error:
        _import(session, version, deployment)
        raise OpsError(
            f"the state could not be repaired and is as it was: {error}; run this again, and if "
            f"that does not help: pulumi refresh --stack {session.target.name}"
        ) from error
    return removed + repaired.said


def _import(session: Session, version: int | None, deployment: Json) -> None:
    with interrupts.deferred(), as_sentence():
        session.stack.import_stack(Deployment(version, deployment))
