"""`verify`: ask every address of a stack, and hold the answers against the service levels.

A stack with containers has engines: each is asked whether they stand there as they were deployed.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import typer
from rich.markup import escape

from common.json_types import Json
from config.reading.problems import ConfigError
from ops.commands import chains, dashboard
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.health import containers, databases, datasets, probes, service_levels, smoke
from ops.paths import Paths
from ops.release import deployed_versions
from ops.stack import state
from ops.stack.decrypted_secrets import secrets_of
from ops.stack.service_tokens import door_of
from ops.stack.session import Session, check_api, open_session
from ops.stack.systems import systems_of
from ops.stack.target import Target
from ops.terminal import console

Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Fail when a service level is missed, a renewal, or a service is degraded."
    ),
]


RESTORING = "take it from a backup or by Time Travel, see docs/runbooks.md#restore-from-a-backup"

KPI_MINUTES = 24 * 60
"""How far what has to be reached looks back: a day."""


def verify(stack: StackName, *, strict: Strict = False) -> None:
    """Ask every address of STACK; fails unless all answer. What misses a service level is slow.

    Containers of STACK have to stand on their Docker Engines as they were deployed.
    """
    answered(open_session(Paths(), stack), strict=strict)


def answered(session: Session, *, strict: bool = False) -> None:
    """Ask every address of the stack, and show what came; raises `OpsError` unless all answer.

    What was deployed decides: the version that the stack has deployed has to answer, not the code
    before it, and all of it has until one deadline. Where a service answers and says that something
    it needs is down, that is shown, and what the systems declare is not held against it there. What
    a system reads of another stack is read as it does, and the link that is broken is named.

    *strict*: raise it as well where a service level is missed, something is down that a service
    needs or a link to it is broken, or a certificate should have been renewed. Default: that is
    shown only.
    """
    check_api(session.target)
    edge = session.target.api_port + 1 if session.target.local else None
    resources = state.resources(session)
    addresses = state.addresses(resources)
    differing = _containers(resources)
    door, ends = door_of(session), time.monotonic() + probes.patience_for(edge)
    asked_for, unproven = _proven(session, addresses, resources)
    unproven += _migrated(session, resources)
    answers = _healthy(asked_for, edge, door, ends)
    without = probes.without(answers)
    asked = _smoke(
        session.target,
        addresses,
        edge,
        secrets_of(session),
        without=without,
        door=door,
        ends=ends,
    )
    broken = chains.go_through(session, resources=resources, door=door)
    timings = [_timing(answer, resources) for answer in answers]
    console.out.print("", service_levels.table(timings), sep="\n")
    slow = [sentence for timing in timings for sentence in timing.missed()]
    slow += [each.slow for each in asked if each.slow]
    found = {
        "unproven": unproven,
        "degraded": list(_down(without)),
        "broken": broken,
        "slow": slow,
        "overdue": list(_overdue(answers)),
        "missed": _kpis(session.target),
    }
    _judge(found, strict=strict)
    if differing:
        raise OpsError(f"not as deployed: {'; '.join(differing)}")


def serving(session: Session) -> None:
    """Wait until what was deployed answers; raises `OpsError` where it does not in time.

    What the systems have to reach is reported then. A stack that answers nowhere has nothing to
    wait for.
    """
    resources = state.resources(session)
    edge = session.target.api_port + 1 if session.target.local else None
    found, unproven = _proven(session, state.addresses(resources), resources)
    if not found:
        return
    _tell({"unproven": unproven})
    try:
        _healthy(found, edge, door_of(session), time.monotonic() + probes.patience_for(edge))
    except OpsError as error:
        name = session.target.name
        raise OpsError(
            f"all of it was deployed, and {error}; to look: python -m ops verify {name}; to go "
            f"back: python -m ops rollback {name}"
        ) from None
    _tell({"missed": _kpis(session.target)})


def _proven(
    session: Session, addresses: list[dict[str, str]], resources: list[Json]
) -> tuple[list[dict[str, str]], list[str]]:
    """Return *addresses* with the versions that have to answer, and why that is not known."""
    try:
        return deployed_versions.proven(session.target, addresses, resources), []
    except OpsError as error:
        return addresses, [str(error)]


def _migrated(session: Session, resources: list[Json]) -> list[str]:
    """Return of which databases nothing is known; raise `OpsError` for one without its tables.

    Code that does not ask for a table answers all the same (incident 12).
    """
    target = session.target
    missing, unknown = databases.ask_all(target.api, target.account, resources)
    if missing:
        again = f"bring it in line: python -m ops refresh {target.name} && python -m ops up"
        remedy = f"{again} {target.name}"
        if not any(databases.NEVER_GIVEN in each for each in missing):
            remedy = f"its SQL counts as applied, so no up makes that again: {RESTORING}"
        raise OpsError("; ".join([*missing, remedy]))
    return unknown


def _healthy(
    addresses: list[dict[str, str]], edge: int | None, door: probes.Door, ends: float
) -> list[probes.Answer]:
    """Ask *addresses* until *ends*; raise `OpsError` unless all give a healthy answer."""
    with console.out.status("asking every address"):
        patience = max(ends - time.monotonic(), 1)
        answers = probes.ask_all(addresses, edge_port=edge, door=door, patience=patience)
    console.out.print(probes.table(answers))
    silent = dict.fromkeys(answer.system for answer in answers if not answer.ok)
    if silent:
        raise OpsError(f"no healthy answer from {', '.join(silent)}; see make logs")
    return answers


def _containers(resources: list[Json]) -> list[str]:
    """Show how the containers of the stack stand on their engines; return what differs.

    It comes before the addresses are asked: it tells why one of them may not answer.
    """
    machines = containers.machines(resources)
    if not machines:
        return []
    with console.out.status("asking every Docker Engine"):
        standing = containers.ask_all(machines)
    console.out.print(containers.table(standing), "", sep="\n")
    differing = containers.differing(standing)
    for sentence in differing:
        console.out.print(f"[red]differs:[/red] {escape(sentence)}")
    return differing


def _smoke(  # noqa: PLR0913 - each is another thing that requests are sent with
    target: Target,
    addresses: list[dict[str, str]],
    edge: int | None,
    secret: smoke.ReadSecret = smoke.unreadable,
    *,
    without: dict[str, frozenset[str]] | None = None,
    door: probes.Door = probes.no_door,
    ends: float = 0,
) -> list[smoke.Result]:
    """Send what the systems of *target* declare, and return what came.

    *without*: what each system goes on without; what is said of that later is put there.
    *door*: by what Access lets them pass. Default: nothing is sent for it. *ends*: until when they
    are sent again that do not come as declared. Default: each is sent once.
    Raises `OpsError` when an answer is wrong.
    """
    down = without if without is not None else {}
    with console.out.status("sending what the systems declare"):
        results = smoke.run(
            systems_of(target),
            addresses,
            edge_port=edge,
            secret=secret,
            door=door,
            patience=ends - time.monotonic(),
            without=down,
        )
    console.out.print("", smoke.table(results), sep="\n")
    _ask_again(smoke.wrong(results, down), addresses, edge, down)
    named = [f"{each.system} {each.request.path}" for each in smoke.wrong(results, down)]
    if named:
        raise OpsError(f"not answered as declared: {', '.join(named)}; see make logs")
    return results


def _ask_again(
    wrong: Iterable[smoke.Result],
    addresses: Iterable[Mapping[str, str]],
    edge: int | None,
    without: dict[str, frozenset[str]],
) -> None:
    """Hear of what has gone down since health was asked for, of systems with something *wrong*."""
    needed = smoke.needed(wrong)
    for address in addresses:
        sought = needed.pop(address["system"], frozenset())
        if sought:
            found = probes.await_word(address, sought, edge_port=edge)
            without[address["system"]] = without.get(address["system"], frozenset()) | found


def _down(without: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Say which systems go on without something (incident 22): nothing is taken back for it."""
    for system, names in without.items():
        if names:
            yield f"{system} answers, and goes on without {', '.join(sorted(names))}"


def _kpis(target: Target) -> list[str]:
    """Show what the systems of *target* have to reach, and say what is missed (PA-17).

    Right after the first deployment datasets have no points, and an account may give no right to
    read them: that is said, and is no fault of what was deployed.
    """
    try:
        readings = dashboard.reached(target, KPI_MINUTES)
    except ConfigError:
        why = f"the configuration of {target.name} is not complete"
    except datasets.NotAnsweredError as error:
        why = str(error)
    else:
        console.out.print("", datasets.table(readings), sep="\n")
        return datasets.missed(readings)
    console.out.print(f"figures are not known: {escape(why)}")
    return []


def _timing(answer: probes.Answer, resources: list[Json]) -> service_levels.Timing:
    startup = service_levels.startup(resources, answer.system)
    return service_levels.Timing(answer.system, startup, answer.first, answer.further)


def _overdue(answers: Iterable[probes.Answer]) -> Iterator[str]:
    """Say whose certificate should have been renewed by now (PA-10)."""
    now = time.time()
    for answer in answers:
        said = answer.certificate.overdue(now) if answer.certificate else ""
        if said:
            yield f"{answer.system}: {said}"


def _judge(found: Mapping[str, list[str]], *, strict: bool) -> None:
    """Say what is slow or overdue: it serves all the same, so it fails only where that is asked."""
    sentences = [sentence for each in found.values() for sentence in each]
    if sentences and strict:
        raise OpsError("\n".join(sentences))
    _tell(found)
    if sentences:
        console.out.print("every address answers; what is said above fails only with --strict")


def _tell(found: Mapping[str, list[str]]) -> None:
    for word, said in found.items():
        for sentence in said:
            console.out.print(f"[yellow]{word}:[/yellow] {escape(sentence)}")
