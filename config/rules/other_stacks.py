"""What other stacks own: a stack takes nothing from another of its account or of its zones.

The files of the stacks lie side by side. One that is wrong or not complete is not complained of
here, and what can be read of it counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.deployment import Deployment
from config.fields import Environment
from config.reading.blocks import decode, name_stack
from config.reading.document import read_document
from config.reading.lenient import is_readable, read_leniently
from config.reading.problems import ConfigError
from config.reading.source import stack_of
from config.rules.claims import AT_THE_EDGE, Owned, of_workers
from config.system_declaration import Claim, Declared, Finding, Kind
from planning.refusals import RefusedError
from planning.routes import overlap, route_host, takes_from
from planning.zones import zone_of

_EXAMPLES = 2**16
"""Ids below are those that a rehearsal counts up where the owner has not set any yet."""


@dataclass(frozen=True)
class Place:
    """The cloud that a stack stands on, as far as its configuration says."""

    local: bool | None = None
    """Whether that is a local Cloudflare. Default: not known."""

    account: str = ""
    """Id of its account. Default: not known."""

    zones: Mapping[str, str] = field(default_factory=dict)
    """Id of each zone by its name, "" where it is not known. Default: none."""

    owners: Mapping[str, str] = field(default_factory=dict)
    """Stack that sets what is valid for the whole zone, by its name, where that is known. Default:
    none."""

    def zone(self, name: str) -> tuple[str, str]:
        """Return name and id of the zone that the host or route *name* lies in, "" if unknown."""
        with suppress(RefusedError):
            found = zone_of(route_host(name), self.zones)
            return found, self.zones[found]
        return "", ""


@dataclass(frozen=True)
class Stack:
    """A stack beside this one."""

    file: str
    place: Place
    claims: Sequence[Owned]

    def says(self, own: Owned) -> str:
        """Return where it claims *own*, for people."""
        return f"{self.file}: {own.path}"


def check(
    stack: str,
    deployment: Deployment,
    claims: Sequence[Owned],
    systems: Sequence[Declared],
    folder: Path,
) -> Iterator[Finding]:
    """Find what *claims* take of the stacks whose files lie in *folder*, or leave to them."""
    place = _place_of(deployment)
    for other in read_stacks(stack, systems, folder):
        if _differ(place.local, other.place.local):
            continue
        yield from _owners(place, other)
        for own in claims:
            for theirs in other.claims:
                if text := _conflict(own, place, theirs, other):
                    yield own.path, text


def read_stacks(stack: str, systems: Sequence[Declared], folder: Path) -> Iterator[Stack]:
    """Read the stacks in *folder* beside *stack*, as far as they can be read."""
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        name = stack_of(path)
        if name and name != stack:
            with suppress(ConfigError):
                yield _read(path, name, systems)


def _conflict(own: Owned, place: Place, theirs: Owned, other: Stack) -> str:
    """Say what is wrong with *own* beside a claim of *other*; "" where nothing is."""
    edge = own.claim.kind in AT_THE_EDGE
    if edge != (theirs.claim.kind in AT_THE_EDGE):
        return ""
    if edge:
        return _at_the_edge(own.claim, place, theirs, other)
    same = (own.claim.kind, own.claim.name) == (theirs.claim.kind, theirs.claim.name)
    if not same or _differ(place.account, other.place.account):
        return ""
    remedy = "name another ({stack} in a name stands for the stack)"
    if not (place.account and other.place.account):
        remedy += ", or, if the accounts differ, set chittyos:account in both files"
    return f"{own.claim.kind} {own.claim.name!r} is taken by {other.says(theirs)}; {remedy}"


def _owners(place: Place, other: Stack) -> Iterator[Finding]:
    """Find zones of which two stacks say that different ones set what is valid for all of it."""
    for index, (zone, owner) in enumerate(place.owners.items()):
        theirs = other.place.owners.get(zone, "")
        if _differ(owner, theirs) and not _differ(place.zones[zone], other.place.zones[zone]):
            yield (
                f"chittyos:zones[{index}].owner",
                (
                    f"is {owner!r}, and {other.file} says {theirs!r} of {zone}: one stack sets "
                    f"what is valid for a whole zone; name the same in both files"
                ),
            )


def _at_the_edge(own: Claim, place: Place, theirs: Owned, other: Stack) -> str:
    (zone, zone_id), (other_zone, other_id) = (
        place.zone(own.name),
        other.place.zone(theirs.claim.name),
    )
    if _differ(zone_id, other_id):
        return ""
    if own.name == theirs.claim.name and own.kind == theirs.claim.kind:
        return f"{own.kind} {own.name!r} is taken by {other.says(theirs)}; name another"
    if _differ(zone, other_zone) or not _meet(own, theirs.claim):
        return ""
    what = f"{theirs.claim.kind} {theirs.claim.name!r} of {other.says(theirs)}"
    if own.kind is Kind.HOST:
        return (
            f"{own.name!r} gets no requests that {what} takes, for a route comes before a custom "
            f"domain; name another host, or make that route narrower"
        )
    return f"{own.name!r} takes requests from {what}; make it narrower"


def _meet(own: Claim, theirs: Claim) -> bool:
    with suppress(RefusedError):  # a pattern that is none is said where it stands
        if own.kind is theirs.kind is Kind.ROUTE:
            return overlap(own.name, theirs.name)
        if own.kind is Kind.ROUTE:
            return takes_from(own.name, theirs.name)
        return theirs.kind is Kind.ROUTE and takes_from(theirs.name, own.name)
    return False


def _differ(one: object, other: object) -> bool:
    """Return whether the two are known to differ: nothing is known of "" and `None`."""
    return one != other and not {one, other} & {"", None}


def _place_of(deployment: Deployment) -> Place:
    known = {zone.name: _own_id(deployment, zone.id) for zone in deployment.zones}
    local = deployment.environment is Environment.DEVELOPMENT
    owners = {zone.name: zone.owner if known[zone.name] else "" for zone in deployment.zones}
    return Place(local, _own_id(deployment, deployment.account), known, owners)


def _own_id(deployment: Deployment, identifier: str) -> str:
    is_example = deployment.rehearsal and int(identifier, 16) < _EXAMPLES
    return "" if is_example else identifier


def read_deployment(path: Path, name: str) -> tuple[dict[str, Any], Deployment]:
    """Return the values of the stack *name* in the file *path*, and what they say of the platform.

    What cannot be read of the latter is text that no name has, or a default. Raises `ConfigError`
    for a file that is no YAML, or is not there.
    """
    document = read_document(path, path.name)
    values = document.get("config") if isinstance(document, dict) else {}
    config = values if isinstance(values, dict) else {}
    named = {key: name_stack(decode(value), name) for key, value in config.items()}
    return named, read_leniently(Deployment, _block(named, "chittyos"))


def _read(path: Path, name: str, systems: Sequence[Declared]) -> Stack:
    named, deployment = read_deployment(path, name)
    chosen = deployment.systems or [system.name for system in systems]
    claims = [
        own
        for system in systems
        if system.name in chosen
        for own in _claims(system, read_leniently(system.settings, _block(named, system.name)))
    ]
    return Stack(path.name, _place_read(deployment), claims)


def _block(config: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    keys = [key.partition(":") for key in config]
    return {key: config[f"{space}:{key}"] for space, _, key in keys if space == namespace}


def _place_read(deployment: Deployment) -> Place:
    kind = deployment.environment
    zones = {z.name: _text(z.id) for z in deployment.zones if is_readable(z.name)}
    owners = {z.name: _text(z.owner) for z in deployment.zones if is_readable(z.name)}
    local = kind is Environment.DEVELOPMENT if isinstance(kind, Environment) else None
    return Place(local, _text(deployment.account), zones, owners)


def _text(value: str) -> str:
    return value if is_readable(value) else ""


def _claims(system: Declared, settings: Any) -> Iterator[Owned]:
    """List what can be read of the claims of *system*."""
    for declare in (lambda: of_workers(system, settings), lambda: system.claims(settings)):
        for claim in _as_far_as_it_goes(declare):
            if is_readable(claim.name):
                yield Owned(system.name, claim)


def _as_far_as_it_goes(declare: Callable[[], Iterable[Claim]]) -> Iterator[Claim]:
    """Yield claims up to the first that a system cannot make of settings with gaps."""
    with suppress(Exception):  # whatever it is, it is not wrong with this stack
        yield from declare()
