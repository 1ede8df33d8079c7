"""`verify`: ask every address of a stack, and hold the answers against the service levels."""

from functools import partial
from typing import Annotated

import typer
from rich.markup import escape

from common.json_types import Json
from config.reading import references
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health import probes, service_levels, smoke
from ops.paths import Paths
from ops.stack import state
from ops.stack.effective_config import read_secret
from ops.stack.session import Session, check_api, open_session
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.terminal import console
from planning.refusals import RefusedError

Strict = Annotated[bool, typer.Option("--strict", help="Fail when a service level is missed.")]


def verify(stack: StackName, *, strict: Strict = False) -> None:
    """Ask every address of STACK; fails unless all answer. What misses a service level is slow."""
    session = open_session(Paths(), stack)
    check_api(session.target)
    edge = session.target.api_port + 1 if session.target.local else None
    resources = state.resources(session)
    addresses = state.addresses(resources)
    answers = probes.ask_all(addresses, edge_port=edge)
    console.out.print(probes.table(answers))
    silent = [answer.system for answer in answers if not answer.ok]
    if silent:
        raise OpsError(f"no healthy answer from {', '.join(silent)}; see make logs")
    _smoke(session.target, addresses, edge, partial(_secret, session))
    timings = [_timing(answer, resources) for answer in answers]
    console.out.print("", service_levels.table(timings), sep="\n")
    _judge([sentence for timing in timings for sentence in timing.missed()], strict=strict)


def _smoke(
    target: Target,
    addresses: list[dict[str, str]],
    edge: int | None,
    secret: smoke.ReadSecret = smoke.unreadable,
) -> None:
    """Send what the systems of *target* declare; raises `OpsError` when an answer is wrong."""
    results = smoke.run(systems_of(target), addresses, edge_port=edge, secret=secret)
    console.out.print("", smoke.table(results), sep="\n")
    wrong = [f"{each.system} {each.request.path}" for each in results if each.fault]
    if wrong:
        raise OpsError(f"not answered as declared: {', '.join(wrong)}; see make logs")


def _secret(session: Session, key: str) -> str | None:
    """Read a secret of the stack; `None` where that cannot be done from here."""
    try:
        value = read_secret(session.paths, session.target, session.tools.engine.path, key)
        return references.resolve(value) if value and references.is_reference(value) else value
    except (OpsError, RefusedError):
        return None


def _timing(answer: probes.Answer, resources: list[Json]) -> service_levels.Timing:
    startup = service_levels.startup(resources, answer.system)
    return service_levels.Timing(answer.system, startup, answer.first, answer.further)


def _judge(missed: list[str], *, strict: bool) -> None:
    """Say what is slow: a laptop is no network, so it fails nothing unless that is asked for."""
    if missed and strict:
        raise OpsError("\n".join(missed))
    for sentence in missed:
        console.out.print(f"[yellow]slow:[/yellow] {escape(sentence)}")
