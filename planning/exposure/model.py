"""What a map of a stack says: ways in, what they lead to, who may take them, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ANYONE = "anyone"
"""Who may take a way that nothing stands before."""

EVERY_PATH = "/*"


class Kind(StrEnum):
    """What kind of host a way in is. A worker has the first four."""

    DOMAIN = "custom domain"
    ROUTE = "route"
    WORKERS_DEV = "workers.dev"
    PREVIEW = "preview"
    TUNNEL = "tunnel"
    BUCKET = "bucket"
    BALANCER = "load balancer"
    RECORD = "DNS record"


OF_WORKERS = (Kind.ROUTE, Kind.DOMAIN, Kind.WORKERS_DEV, Kind.PREVIEW)
"""Kinds of host by which a worker answers, in the order in which they are counted."""


@dataclass(frozen=True)
class Place:
    """Something on the map that is named once: a worker, a store, a tunnel."""

    kind: str
    name: str
    system: str
    """Name of the system that it belongs to; "" where another stack has it."""


@dataclass(frozen=True)
class Way:
    """A host, and a path below it, by which something answers."""

    kind: Kind
    host: str
    path: str
    """Paths that it is about, `*` for any end: `/admin/*`."""

    target: Place
    """What answers."""

    who: tuple[str, ...] = (ANYONE,)
    """Who may take it, each in words. Default: anyone."""

    guard: str = ""
    """Access application that decides who. Default: none does."""

    rules: tuple[str, ...] = ()
    """Rules of the zone that may stop a request on it: `block by probes`. Default: none."""

    notes: tuple[str, ...] = ()
    """What else is to be known of it. Default: nothing."""

    @property
    def open(self) -> bool:
        """Whether anyone may take it."""
        return ANYONE in self.who


@dataclass(frozen=True)
class Bound:
    """A binding of a worker."""

    name: str
    kind: str
    """Type as Cloudflare calls it: `kv_namespace`, `secret_text`."""

    to: tuple[Place, ...] = ()
    """Stores or workers that it leads to: several where only their kind is known. Default: none."""


@dataclass(frozen=True)
class Target:
    """What answers: a worker, or what stands in its place."""

    place: Place
    bindings: tuple[Bound, ...] = ()
    hosts: Mapping[str, int] = field(default_factory=dict)
    """How many hosts of each kind lead to it. Default: it is no worker, and nothing is counted."""

    notes: tuple[str, ...] = ()
    """What else is to be known of it: schedules, queues it reads. Default: nothing."""


@dataclass(frozen=True)
class ZoneFacts:
    """What holds for a whole zone."""

    name: str
    owner: str
    """Stack that sets what holds for the zone."""

    plan: str
    caa: tuple[str, ...]
    """CAA records, as a zone file writes them."""

    may_issue: tuple[str, ...]
    """Who may issue certificates for the zone."""

    restricts: bool
    """Whether the CAA records keep anybody from it."""

    why: str
    """Why they do, or do not."""


@dataclass(frozen=True)
class Found:
    """Something about who reaches what that somebody has to know."""

    about: str
    """What it is about: a host, a worker, a zone."""

    system: str
    """System that it concerns; "" for a zone."""

    text: str
    """What is so, and what to do."""


@dataclass(frozen=True)
class SystemFacts:
    """A system of the stack."""

    name: str
    title: str
    asks_for: str = ""
    """What its workers ask of a request by themselves. Default: nothing is declared."""


@dataclass(frozen=True)
class Exposure:
    """The whole map."""

    systems: tuple[SystemFacts, ...]
    ways: tuple[Way, ...]
    targets: tuple[Target, ...]
    stores: tuple[Place, ...]
    zones: tuple[ZoneFacts, ...]
    found: tuple[Found, ...]
    unread: Mapping[str, int]
    """Resources that the map says nothing of, counted by type."""
