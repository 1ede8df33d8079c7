"""What systems take for themselves: each name once, each host in a zone, each route its own."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from config.deployment import Deployment
from config.system_declaration import Claim, Declared, Finding, Kind
from planning.refusals import RefusedError
from planning.routes import overlap, parse_route, route_zone, takes_from

AT_THE_EDGE = (Kind.HOST, Kind.ROUTE)
"""What a zone has; all other names are those of the account."""


@dataclass(frozen=True)
class Owned:
    """A claim and the system that makes it."""

    system: str
    claim: Claim

    @property
    def path(self) -> str:
        """Where the configuration says it: `chittyos:host`."""
        return f"{self.system}:{self.claim.path}"


def owned(systems: Iterable[Declared], settings: Mapping[str, Any]) -> list[Owned]:
    """List what *systems* claim by their *settings*, names and routes of their workers included."""
    return [
        Owned(system.name, claim)
        for system in systems
        for claim in (
            *of_workers(system, settings[system.name]),
            *system.claims(settings[system.name]),
        )
    ]


FIRST = "a worker there would run before the balancer, which needs a host of its own"


def of_balancers(deployment: Deployment) -> list[Owned]:
    """List the hosts of load balancers. A worker on one would run before the balancer (PA-14)."""
    return [
        Owned("chittyos", Claim(Kind.HOST, balancer.host, f"balancers[{index}].host", FIRST))
        for index, balancer in enumerate(deployment.balancers)
    ]


def of_workers(system: Declared, settings: Any) -> Iterator[Claim]:
    """List the names and routes that the workers of *system* claim by its *settings*."""
    for use in system.workers(settings):
        yield Claim(Kind.SCRIPT, use.worker.name, f"{use.path}.name")
        for name, dataset in use.worker.datasets.items():
            yield Claim(Kind.DATASET, dataset, f"{use.path}.datasets.{name}")
        for index, pattern in enumerate(use.worker.routes):
            if pattern in use.worker.routes[:index]:
                continue  # `rules.workers` says that it stands twice
            yield Claim(Kind.ROUTE, pattern, f"{use.path}.routes[{index}]")


def check(stack: str, deployment: Deployment, claims: list[Owned]) -> Iterator[Finding]:
    """Find names taken twice, hosts outside the zones, and routes that are another's to answer."""
    for own in claims:
        if own.claim.kind in AT_THE_EDGE:
            yield from _in_a_zone(stack, deployment, own)
    yield from _named_once(claims)
    yield from _answered_once(claims)


def _in_a_zone(stack: str, deployment: Deployment, own: Owned) -> Iterator[Finding]:
    owners = {zone.name: zone.owner for zone in deployment.zones}
    name = own.claim.name
    try:
        owner = owners[route_zone(name, owners)]
    except RefusedError as error:
        yield own.path, str(error)
        return
    if own.claim.kind is Kind.ROUTE and parse_route(name).any_host and owner != stack:
        yield (
            own.path,
            (
                f"{name!r} catches hosts of other stacks, which only {owner}, the owner of "
                f"the zone, may; name one host"
            ),
        )


def _named_once(claims: list[Owned]) -> Iterator[Finding]:
    """Find a name that is taken twice: the second claim is the one to change."""
    first: dict[tuple[Kind, str], Owned] = {}
    for own in claims:
        before = first.setdefault((own.claim.kind, own.claim.name), own)
        if before is not own:
            yield (
                own.path,
                (
                    f"{own.claim.kind} {own.claim.name!r} is taken by {before.path}"
                    f"{_reason(own, before)}; name another"
                ),
            )


def _reason(*owned: Owned) -> str:
    return next((f": {each.claim.why}" for each in owned if each.claim.why), "")


def _answered_once(claims: list[Owned]) -> Iterator[Finding]:
    """Find routes of one system that take requests from the host or a route of another."""
    edge = [own for own in claims if own.claim.kind in AT_THE_EDGE]
    for one, other in combinations(edge, 2):
        if one.system == other.system or one.claim == other.claim:
            continue
        route, beside = (one, other) if one.claim.kind is Kind.ROUTE else (other, one)
        if route.claim.kind is Kind.ROUTE and _meets(route.claim, beside.claim):
            yield (
                route.path,
                (
                    f"{route.claim.name!r} takes requests from {beside.claim.kind} "
                    f"{beside.claim.name!r} of {beside.path}{_reason(one, other)}; make it narrower"
                ),
            )


def _meets(route: Claim, beside: Claim) -> bool:
    if route.name == beside.name:
        return False
    if beside.kind is Kind.HOST:
        return takes_from(route.name, beside.name)
    return overlap(route.name, beside.name)
