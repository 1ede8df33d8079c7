"""`load`: the load test of a system, against staging or the local Cloudflare (PA-15)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from common.errors import INTERRUPTED
from ops.commands import keys
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health.probes import local_address
from ops.paths import Paths
from ops.stack import command_lock, effective_config, state
from ops.stack.decrypted_secrets import secrets_of
from ops.stack.session import Session, check_api, open_session
from ops.stack.systems import find_loaded
from ops.stack.target import Target, read_target
from ops.terminal import console
from systems.load import TEST_KEY, Load
from systems.system import AnySystem

if TYPE_CHECKING:
    from ops.load.load_target import Site
    from ops.load.run import Outcome

MOST_SECONDS = 3000
"""A credential is good for an hour."""

CLOCKS_SECONDS = 60
"""By how much the clocks of this machine and of Cloudflare may differ."""

SystemName = Annotated[str, typer.Argument(metavar="SYSTEM", help="A wrong name lists them.")]
Rate = Annotated[int | None, typer.Option("--rate", min=1, max=1000, help="Requests a second.")]
Seconds = Annotated[
    int | None, typer.Option("--seconds", min=1, max=MOST_SECONDS, help="How long, of both.")
]
Sockets = Annotated[
    int | None, typer.Option("--sockets", min=0, max=500, help="WebSockets that are followed.")
]
P95 = Annotated[
    int | None,
    typer.Option("--p95", metavar="MS", min=1, max=3_600_000, help="Another level of the p95."),
]
WithoutCredential = Annotated[
    bool,
    typer.Option("--without-credential", help="Lift no limit: each has to hold, and is met."),
]


def load(  # noqa: PLR0913 - what may be shortened
    stack: StackName,
    system: SystemName,
    *,
    rate: Rate = None,
    seconds: Seconds = None,
    sockets: Sockets = None,
    p95: P95 = None,
    without_credential: WithoutCredential = False,
) -> None:
    """Run the load test of SYSTEM in STACK; fails unless it keeps to its levels. Never production.

    Requests are sent when they are due, whether or not others were answered. A credential that
    lifts the limits of the system is made on the fly.
    """
    target = read_target(Paths(), stack)
    found = find_loaded(target, system)
    _refuse_production(target)
    lifted = not without_credential
    whole = _declared(target, found)
    refuse(target, found, whole, lifted=lifted)
    session = open_session(Paths(), stack)
    check_api(session.target)
    test = _changed(whole, rate=rate, seconds=seconds, sockets=sockets, p95=p95)
    command_lock.give_back(Paths())  # it takes minutes, and changes nothing of the stack
    with _key(stack, found, test) as key:
        outcome = _run(_site(session, found, test, key, lifted=lifted), test, lifted=lifted)
    _judge(outcome, stack, found, lifted=lifted)


def _refuse_production(target: Target) -> None:
    if target.environment == "production":
        raise OpsError(
            f"{target.name}: users would wait behind a load test of production, and its workers "
            "take no credential of one; run it against staging or development. Nothing was sent"
        )


def _sockets(load: Load, given: int | None) -> int:
    if load.followed is None:
        return 0
    return load.sockets if given is None else given


def refuse(target: Target, system: AnySystem, load: Load, *, lifted: bool) -> None:
    """Refuse what the load test of *system* is not for."""
    if load.local_only and not target.local:
        raise OpsError(
            f"{system.name} in {target.name}: {load.local_only}; run it against development. "
            "Nothing was sent"
        )
    if load.credential is None and not lifted:
        raise OpsError(
            f"{system.name} takes no credential that lifts limits; leave --without-credential "
            "away. Nothing was sent"
        )


@contextmanager
def _key(stack: str, system: AnySystem, load: Load) -> Iterator[str]:
    """Give the API key that the test asks with; none where it has no use for one."""
    if load.key is None:
        yield ""
        return
    stores = keys.open_stores(stack, system.name)
    with keys.temporary(stores, "load", load.key.account_id, load.key.scopes) as value:
        yield value


def _declared(target: Target, system: AnySystem) -> Load:
    """Return what *system* declares for its settings in the stack."""
    config = effective_config.check(Paths(), target, secrets_later=True)
    declared = system.load
    if declared is None:
        raise OpsError(f"{system.name} has no load test")
    made: Load = declared(config.blocks[system.name].settings)
    return made


def _changed(
    load: Load, *, rate: int | None, seconds: int | None, sockets: int | None, p95: int | None
) -> Load:
    """Return *load* with what was given for it."""
    return replace(
        load,
        rate=rate or load.rate,
        seconds=seconds or load.seconds,
        socket_seconds=seconds or load.socket_seconds,
        sockets=_sockets(load, sockets),
        levels=replace(load.levels, p95_ms=p95 or load.levels.p95_ms),
    )


def _site(session: Session, system: AnySystem, load: Load, key: str, *, lifted: bool) -> "Site":
    """Return where *system* answers, with its secrets. Raises `OpsError` where one is missing."""
    from ops.load.load_target import Site  # noqa: PLC0415 - most commands open no WebSocket

    addresses = state.addresses(state.resources(session))
    url = next((each["url"] for each in addresses if each["system"] == system.name), None)
    if url is None:
        stack = session.target.name
        raise OpsError(f"{system.name} is not deployed in {stack}; run python -m ops up {stack}")
    decrypted = secrets_of(session)

    def secret(name: str) -> str:
        value = decrypted(f"{system.name}:{name}")
        if value is None:
            raise OpsError(_missing(session.target.name, f"{system.name}.{name}"))
        return value

    used = {each.bearer for each in (*load.requests, load.followed) if each}
    values = {name: secret(name) for name in used - {TEST_KEY, ""}} | {TEST_KEY: key}
    edge = session.target.api_port + 1 if session.target.local else None
    header = {}
    if lifted and (given := load.credential):
        longest = given.longest_seconds - CLOCKS_SECONDS
        header = {given.header: given.sign(secret(given.secret), longest)}
    return Site(url, edge, values.__getitem__, header)


def _missing(stack: str, name: str) -> str:
    return (
        f"{name} cannot be read in {stack}; set it (openssl rand -hex 32 | python -m ops secret "
        f"set {stack} {name}) and run python -m ops up {stack}. Nothing was sent"
    )


def _run(site: "Site", load: Load, *, lifted: bool) -> "Outcome":
    from ops.load.run import run  # noqa: PLC0415 - as above

    what = f"{load.rate} requests a second for {load.seconds} s"
    many = f", {load.sockets} WebSockets for {load.socket_seconds} s" if load.followed else ""
    how = "limits lifted" if lifted else "limits hold, and are met first"
    where = local_address(site.url, site.edge_port) if site.edge_port else site.url
    console.out.print(f"{escape(where)}: {what}{many}; {how}; Ctrl-C ends it with a report")
    return run(site, load, lifted=lifted)


def _judge(outcome: "Outcome", stack: str, system: AnySystem, *, lifted: bool) -> None:
    """Show what was found; raises `OpsError` where that is not as it has to be."""
    from ops.load import report  # noqa: PLC0415 - as above

    if outcome.met:
        console.out.print("", report.limits(outcome.met), sep="\n")
    console.out.print("", report.figures(outcome), sep="\n")
    _warn(report.client_fault(outcome.answers))
    faults = report.faults(outcome, lifted=lifted)
    if outcome.interrupted:
        _list(faults)
        console.out.print("interrupted: these are the figures until then")
        raise typer.Exit(INTERRUPTED)
    if faults:
        raise OpsError("\n".join([*faults, f"next: python -m ops verify {stack}, and make logs"]))
    other = " --without-credential" if lifted else ""
    command = f"python -m ops load {stack} {system.name}{other}"
    if outcome.load.credential is None:
        command = f"python -m ops verify {stack}"
    console.out.print(f"[green]held[/green]; next: {command}")


def _warn(sentence: str) -> None:
    _list([sentence] if sentence else [])


def _list(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        console.out.print(f"[yellow]warning:[/yellow] {escape(sentence)}")
