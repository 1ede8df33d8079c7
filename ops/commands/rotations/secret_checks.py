"""Whether a secret works: the new one before it is set, and all that rests on it afterwards."""

import time
from collections.abc import Sequence
from dataclasses import replace

from common.errors import SentenceError
from ops.commands.chains import go_through, passages
from ops.commands.rotations.new_value import Change, followed
from ops.errors import OpsError
from ops.health import probes
from ops.health.chains import broken
from ops.paths import Paths
from ops.stack import state
from ops.stack.rotations import Presenter
from ops.stack.service_tokens import door_of
from ops.stack.session import Session, open_session
from ops.terminal import console
from ops.terminal.interrupts import Interrupted
from systems.rotations import SecretRotation, TokenRotation

PAUSE_SECONDS = 4.0


def is_tried(session: Session, rotation: SecretRotation) -> bool:
    """Return whether the new value can be tried before it is set: something reads by it."""
    return rotation.is_bearer and bool(passages(session))


def try_first(session: Session, change: Change) -> None:
    """Read by the new value what is read with it; raises `OpsError` where that does not work."""
    try:
        value = followed(change.value)
    except OpsError as error:
        raise OpsError(f"{error}; where it is readable elsewhere, go on with --untried") from None
    for passage in passages(session):
        tried = replace(passage, only=(change.member, value))
        with console.out.status("trying the new value"):
            found = list(tried.links())
        if faults := broken(passage.system, found):
            raise OpsError(
                f"{faults[0]}; the new value was tried and not set; where what takes it is not up "
                "yet, go on with --untried"
            )


def check_all_read(paths: Paths, readers: Sequence[Presenter]) -> int:
    """Read as *readers* do, in their stacks; raises `OpsError` with what is broken.

    Return how many were asked: nothing reads in a stack that is not up.
    """
    asked = 0
    for stack in dict.fromkeys(each.stack for each in readers):
        session = open_session(paths, stack)
        systems = {each.system for each in readers if each.stack == stack}
        if not state.resources(session):
            console.out.print(f"{stack} is not up: nothing is read there")
            continue
        check_reads(session, systems)
        asked += len(systems)
    return asked


def check_rotated(paths: Paths, readers: Sequence[Presenter]) -> int:
    """Read as *readers* do once the rotation has ended, and return how many were asked.

    Raises `OpsError` with what is broken, and with what asks again: rotating again would make
    another value, and fail as this one does. `Interrupted` says as much.
    """
    asked = 0
    for stack in dict.fromkeys(each.stack for each in readers):
        again = f"python -m ops verify {stack} --strict"
        try:
            asked += check_all_read(paths, [each for each in readers if each.stack == stack])
        except Interrupted:
            raise Interrupted(f"rotated, and not checked; check it with: {again}") from None
        except SentenceError as error:
            raise OpsError(
                f"rotated, but {error}\nmend that, and check it with: {again}"
            ) from error
    return asked


def check_reads(session: Session, systems: set[str]) -> None:
    """Go through what *systems* of the stack read; raises `OpsError` with what is broken.

    They are asked once more: a server that has fetched nothing yet may be slow to answer first.
    """
    faults = go_through(session, systems)
    if faults:
        time.sleep(PAUSE_SECONDS)
        faults = go_through(session, systems)
    if faults:
        raise OpsError("\n".join(["what reads by it does not work:", *faults]))


def opened_by(session: Session, rotation: TokenRotation) -> list[dict[str, str]]:
    """Return the addresses of the stack that the token opens, as they are deployed."""
    found = state.addresses(state.resources(session))
    return [each for each in found if each.get("service_token") == rotation.resource]


def check_token_works(session: Session, rotation: TokenRotation) -> None:
    """Ask the addresses that the token opens; raises `OpsError` where it is not let in."""
    addresses = opened_by(session, rotation)
    if not addresses:
        return
    edge = session.target.api_port + 1 if session.target.local else None
    with console.out.status("asking with the new secret"):
        answers = probes.ask_all(addresses, edge_port=edge, door=door_of(session))
    console.out.print(probes.table(answers))
    if silent := [answer.address for answer in answers if not answer.ok]:
        raise OpsError(f"the new secret is there, and {', '.join(silent)} does not answer to it")
