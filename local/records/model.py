"""What the local Cloudflare runs: the records of the API in the shape the runtime reads.

`local/api` makes a `Cloud` from its records, `local/runtime` makes a running workerd from a
`Cloud`.
"""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from common.json_types import Json


@dataclass(frozen=True)
class S3Credentials:
    """The pair that S3 requests are signed with."""

    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"S3Credentials(access_key_id={self.access_key_id!r}, secret_access_key=…)"


@dataclass(frozen=True)
class Module:
    """One file of a worker. *path* is content-addressed and never changes once written."""

    name: str
    content_type: str
    path: Path


@dataclass(frozen=True)
class DurableObject:
    """A class whose namespace exists. *unique_key* survives a rename of the class."""

    class_name: str
    unique_key: str
    sqlite: bool = True


@dataclass(frozen=True)
class Worker:
    """One script as it should run. *bindings* have the form of the API's upload metadata."""

    name: str
    main_module: str
    modules: tuple[Module, ...]
    compatibility_date: str
    compatibility_flags: tuple[str, ...] = ()
    bindings: tuple[Json, ...] = ()
    durable_objects: tuple[DurableObject, ...] = ()
    crons: tuple[str, ...] = ()
    version: str = ""
    """Id of its version, where it runs beside the one that has the script's name for itself."""

    @property
    def script(self) -> str:
        """Name of the script that it is a version of."""
        return self.name.removesuffix(f"{OF_VERSION}{self.version}") if self.version else self.name


OF_VERSION = "@"
"""Stands between the name of a script, which cannot have it, and the id of a version."""


@dataclass(frozen=True)
class Share:
    """How many of a hundred requests a version of a script answers, and the worker that runs it."""

    version: str
    worker: str
    percentage: float


@dataclass(frozen=True)
class Split:
    """A script whose requests several versions share; the newest comes first."""

    script: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Preview:
    """A *host* that one version of a script answers alone.

    *name* is the version's, *worker* that of what runs it: they differ for the version that has
    the name of the script.
    """

    host: str
    name: str
    worker: str


@dataclass(frozen=True)
class Route:
    """A host of a worker, a tunnel or a load balancer (the *pattern*), or a zone route.

    The pattern of a zone route is in Cloudflare's syntax.
    *worker* `None` is a route that keeps workers away from what it matches. *zone* is the name of
    the zone that it stands in: a route answers hosts of that zone, and of none ("": of every zone).
    """

    pattern: str
    worker: str | None
    kind: Literal["domain", "route", "tunnel", "balancer"]
    zone: str = ""


EXECUTED_PHASES = (
    "http_request_firewall_custom",
    "http_ratelimit",
    "http_request_cache_settings",
    "http_response_headers_transform",
)
"""Phases whose rules act at the edge."""

SECURITY_HEADER = "security_header"
"""What the edge does for the zone setting of this name: headers, before those of rules."""


@dataclass(frozen=True)
class Ruleset:
    """The rules of a *zone*, by its name, in one *phase*; each rule in the form of the API."""

    zone: str
    phase: str
    rules: tuple[Json, ...]


@dataclass(frozen=True)
class AddressList:
    """Addresses and networks that rules of every zone know by the *name* of their list."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Consumer:
    """Who empties a queue. *settings* in the names and units of the API (milliseconds, seconds)."""

    queue: str
    worker: str
    settings: Json = field(default_factory=dict)
    dead_letter_queue: str | None = None


@dataclass(frozen=True)
class Bucket:
    """An R2 bucket; *cors* and *lifecycle* are the API's rules, camelCase as on the wire."""

    name: str
    cors: tuple[Json, ...] = ()
    lifecycle: tuple[Json, ...] = ()
    managed_domain: bool = False
    storage_class: str = "Standard"


@dataclass(frozen=True)
class Queue:
    """A queue and its settings in the names and units of the API."""

    name: str
    settings: Json = field(default_factory=dict)


@dataclass(frozen=True)
class TunnelHost:
    """A host that a DNS record leads to a tunnel; `*.` and a domain for all below it."""

    host: str
    zone: str
    """Name of the zone that it stands in."""

    rules: tuple[Json, ...] | None
    """Ingress rules in the words of the API. `None`: there is no such tunnel."""


TEAMS = "cloudflareaccess.com"
"""Domain below which the organisation of each account has its team name."""


PIN_PROVIDER = "4" * 32
"""Id of the one way to log in: a one-time PIN."""


@dataclass(frozen=True)
class Access:
    """Who is asked who they are. Nothing of it has a secret: tokens are known by hashes."""

    team: str = ""
    """Host of the login, `<team>.cloudflareaccess.com`. "": nothing is guarded."""

    applications: tuple[Json, ...] = ()
    """Each with its policies written out, and the rules of groups within these."""

    tokens: tuple[Json, ...] = ()
    """Service tokens: id, client id, hashes of secrets, until when (seconds since 1970)."""


@dataclass(frozen=True)
class Balancer:
    """A host whose requests go to pools of origins; *settings* in the words of the API."""

    host: str
    zone: str
    """Name of the zone that it stands in."""

    settings: Json


@dataclass(frozen=True)
class Pool:
    """Origins that share requests; *settings* in the words of the API.

    Each origin has beside `name`, `address`, `enabled` and `weight`: `scheme`, `port` (0: that of
    the scheme), `host` (the `Host` that it is asked for, "": the visitor's) and `healthy`.
    """

    id: str
    settings: Json


@dataclass(frozen=True)
class Cloud:
    """Everything that can run, at one moment."""

    workers: tuple[Worker, ...] = ()
    routes: tuple[Route, ...] = ()
    rulesets: tuple[Ruleset, ...] = ()
    lists: tuple[AddressList, ...] = ()
    zone_names: tuple[str, ...] = ()
    kv_namespaces: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    buckets: tuple[Bucket, ...] = ()
    queues: tuple[Queue, ...] = ()
    consumers: tuple[Consumer, ...] = ()
    tunnels: tuple[TunnelHost, ...] = ()
    access: Access = Access()
    splits: tuple[Split, ...] = ()
    previews: tuple[Preview, ...] = ()
    balancers: tuple[Balancer, ...] = ()
    pools: tuple[Pool, ...] = ()
    pool_tunnels: tuple[TunnelHost, ...] = ()
    """Tunnels that pools lead to, by their own names: `<id>.cfargotunnel.com`."""

    endpoints: tuple[str, ...] = ()
    """Servers of this machine that pools lead to or health checks ask: `http://127.0.0.1:80`."""

    def with_worker(self, worker: Worker) -> "Cloud":
        """Return this with *worker* in it, in the place of one of the same name."""
        others = [other for other in self.workers if other.name != worker.name]
        return replace(self, workers=(*others, worker))

    def zones(self) -> dict[str, str]:
        """Return the zone of each worker that has an address: that of the first one."""
        addressed = [route for route in self.routes if route.worker and route.zone]
        return {str(route.worker): route.zone for route in reversed(addressed)}


@dataclass(frozen=True)
class Checked:
    """What a test start of a worker showed."""

    handlers: tuple[str, ...]
    """Handlers of the default export: `fetch`, `queue`, `scheduled` …"""

    exports: dict[str, tuple[str, ...]]
    """Every named export that is a class, with the handlers it has."""

    startup_time_ms: int


class RefusedError(Exception):
    """The runtime will not start this worker; the message is the compiler's."""


def managed_host(account_id: str, bucket: str) -> str:
    """Name the public `r2.dev` host of *bucket*, where its managed domain is switched on."""
    digest = hashlib.sha256(f"{account_id}/{bucket}".encode()).hexdigest()
    return f"pub-{digest[:32]}.r2.dev"
