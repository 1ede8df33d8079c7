"""Whether a secret works: the new one before it is set, and all that rests on it afterwards."""

from dataclasses import replace

from config.reading import references
from ops.commands.chains import go_through, passages
from ops.commands.rotations.new_value import Change
from ops.errors import OpsError
from ops.health import probes
from ops.health.chains import broken
from ops.stack import state
from ops.stack.service_tokens import door_of
from ops.stack.session import Session
from ops.terminal import console
from planning.refusals import RefusedError
from systems.rotations import SecretRotation, TokenRotation


def try_first(session: Session, rotation: SecretRotation, change: Change) -> None:
    """Read by the new value what is read with it; raises `OpsError` where that does not work."""
    if not rotation.is_bearer:
        return
    value = _as_sent(change.value)
    for passage in passages(session):
        tried = replace(passage, only=(change.member, value))
        with console.out.status("trying the new value"):
            found = list(tried.links())
        if faults := broken(passage.system, found):
            raise OpsError(
                f"{faults[0]}; the new value was tried and not set; where what takes it is not up "
                "yet, go on with --untried"
            )


def _as_sent(value: str) -> str:
    """Return the secret itself, where *value* is the reference of one."""
    try:
        return references.resolve(value) if references.is_reference(value) else value
    except RefusedError as error:
        raise OpsError(
            f"{error}; the new value was not tried and not set; where it cannot be read from "
            "here, go on with --untried"
        ) from None


def check_secret_works(session: Session) -> None:
    """Go through what the systems of the stack read; raises `OpsError` with what is broken."""
    if faults := go_through(session):
        raise OpsError("\n".join(["all of it was changed, and does not work:", *faults]))


def check_token_works(session: Session, rotation: TokenRotation) -> None:
    """Ask the addresses that the token opens; raises `OpsError` where it is not let in."""
    resources = state.resources(session)
    addresses = [
        each
        for each in state.addresses(resources)
        if each.get("service_token") == rotation.resource
    ]
    if not addresses:
        return
    edge = session.target.api_port + 1 if session.target.local else None
    with console.out.status("asking with the new secret"):
        answers = probes.ask_all(addresses, edge_port=edge, door=door_of(session))
    console.out.print(probes.table(answers))
    if silent := [answer.address for answer in answers if not answer.ok]:
        raise OpsError(f"the new secret is there, and {', '.join(silent)} does not answer to it")
