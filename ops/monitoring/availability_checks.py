"""Checks of what answers: addresses, their certificates, and containers (FW-10, OP-7)."""

from collections.abc import Iterator

from ops.health import containers, probes, service_levels
from ops.monitoring.deployed_stack import Watched
from ops.preflight.verdicts import State, Verdict
from ops.stack import state
from ops.stack.decrypted_secrets import SEALED

HEALTH, CONTAINERS = "health", "containers"


def health(of: Watched) -> Iterator[Verdict]:
    """Ask every address; what answers and is slow, or lacks something, is warned of."""
    addresses = state.addresses(of.resources)
    if not addresses:
        yield _nowhere(of)
        return
    closed = [each for each in addresses if each.get("service_token") and not of.opens]
    for each in closed:
        said = f"{each['url']} lets in who has its service token, which {SEALED}"
        yield Verdict(f"{HEALTH} of {each['system']}", State.NOT_RUN, said)
    if asked := [each for each in addresses if each not in closed]:
        yield from _answered(of, asked)


def _answered(of: Watched, addresses: list[dict[str, str]]) -> Iterator[Verdict]:
    for answer in probes.ask_all(addresses, edge_port=of.edge_port, door=of.door):
        subject = f"{HEALTH} of {answer.system}"
        if not answer.ok:
            mend = f"python -m ops verify {of.target.name}; python -m ops errors {of.target.name}"
            yield Verdict(subject, State.FAULT, f"{answer.address}: {answer.said}", mend)
            continue
        concerns = list(_concerns(of, answer))
        yield from (Verdict(subject, State.WARNING, each) for each in concerns)
        if not concerns:
            yield Verdict(subject, State.GOOD, f"{answer.address}: {answer.said}")


def _nowhere(of: Watched) -> Verdict:
    if of.resources:
        return Verdict(HEALTH, State.NOT_RUN, "the stack answers nowhere")
    name = of.target.name
    mend = f"python -m ops up {name}; if it was deployed: python -m ops state versions {name}"
    return Verdict(HEALTH, State.FAULT, "by its state nothing of the stack is deployed", mend)


def _concerns(of: Watched, answer: probes.Answer) -> Iterator[str]:
    if answer.without:
        yield f"it goes on without {', '.join(sorted(answer.without))}"
    started = service_levels.startup(of.resources, answer.system)
    timing = service_levels.Timing(answer.system, started, answer.first, answer.further)
    yield from timing.missed()
    if answer.certificate and (said := answer.certificate.overdue(of.now.timestamp())):
        yield said


def container_health(of: Watched) -> Iterator[Verdict]:
    """Ask every Docker Engine whether the containers stand there as they were deployed."""
    machines = containers.machines(of.resources)
    if not machines:
        yield Verdict(CONTAINERS, State.NOT_RUN, "the stack has no containers")
    for each in containers.ask_all(machines):
        for sentence in each.differ:
            yield Verdict(CONTAINERS, State.FAULT, sentence)
        if not each.differ:
            said = f"{each.count} as deployed on {each.engine}"
            yield Verdict(CONTAINERS, State.GOOD, said)
