"""What a system declares: all that commands, checks and documents know about it.

A system is a folder with one `SYSTEM` in its `system.py`, and one line in `registry.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from config.platform_config import Block
from config.system_declaration import Claim, Finding, Guarded, RolloutTrack, WorkerUse, nothing
from planning.cost_per_call import Calls
from planning.demand import Demand
from planning.figures import Dashboard, Figure
from planning.health_checks import HealthCheck
from planning.host_tls import HostTls
from planning.zone_rules import ZoneRule
from systems.chains import Chain
from systems.issued_ids import Issued
from systems.load import Load
from systems.object_copies import ObjectCopies, ObjectsLeftOut
from systems.rotations import Rotation, SecretRotation
from systems.sidecars import Sidecar

if TYPE_CHECKING:
    import pulumi

    from config import PlatformConfig

S = TypeVar("S", bound=BaseModel)
T = TypeVar("T", bound=BaseModel)

HEALTH = "/health"


@dataclass(frozen=True)
class Address:
    """Where a system answers."""

    host: str
    check: str = HEALTH
    """Path that says whether it is healthy. Default: /health."""

    service_token: str = ""
    """Name of the resource of the service token that Access asks for there. Default: it asks for
    none."""


class Planned(Protocol):
    """A system that can be registered: all that could be refused was refused."""

    def build(self, opts: "pulumi.ResourceOptions") -> Sequence[Address]:
        """Register its resources; return where it answers, most important address first."""
        ...


class Generated(StrEnum):
    """How the value of a secret is made for a stack on the local Cloudflare."""

    API_TOKENS = "API tokens"
    """A list with the one token that development begins with, with every scope."""

    S3_KEY_ID = "S3 key id"
    """Id of the key pair that the local Cloudflare has issued."""

    S3_KEY_SECRET = "S3 key secret"  # noqa: S105 - the name of a kind
    """The other half of that pair."""

    API_TOKEN = "API token"  # noqa: S105 - the name of a kind
    """The token of the local Cloudflare itself, for a worker that asks API v4."""

    PAGERDUTY_KEY = "PagerDuty key"
    """A key that the look-alike of PagerDuty takes."""

    SLACK_WEBHOOK = "Slack webhook"
    """An address that the look-alike of Slack answers at."""

    CONNECT_TOKEN = "1Password Connect token"  # noqa: S105 - the name of a kind
    """The token that the look-alike of 1Password Connect has issued under the system's name."""

    RANDOM = "random"
    """32 random bytes, base64url, in the place of what somebody else issues to an account."""

    OWN = "own"
    """32 random bytes, base64url. Nobody else issues it: `ops secrets` makes it for any stack."""


@dataclass(frozen=True)
class AccountKeys:
    """Where a system keeps the API keys of its accounts: each by its SHA-256, in KV."""

    keys: str
    """Title of the namespace of keys: `{id, account_id, scopes, expires}`."""

    limits: str
    """Title of the namespace of limits: `{requests_per_minute}`."""

    scopes: tuple[str, ...]
    """What a key may be good for."""

    most_a_minute: int
    """Most requests in a minute that a key may be given."""

    imports: tuple[str, str, str]
    """Host, path and scope by which usage of any account is brought in (`ops import-usage`)."""


@dataclass(frozen=True)
class Rollback:
    """One way back to what was before."""

    restores: str
    """What is as before afterwards."""

    cannot: str
    """What is not."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    """Values that it sets, by their path in the block (`None` removes one). Default: none."""

    rollout: str | None = None
    """Path of the rollout that it takes back to nobody. Default: none."""


@dataclass(frozen=True)
class Smoke:
    """A request that a deployed system has to answer."""

    path: str
    """Path and query."""

    status: int = 200
    """Status that must come back. Default: 200."""

    contains: str = ""
    """Text that the body must have. Default: any body will do."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers to send; never a credential. Default: none."""

    body: Mapping[str, Any] | None = None
    """JSON to send. Default: nothing."""

    address: int = 0
    """Which of the addresses of the system is asked, counted from 0. Default: the first."""

    bearer: str = ""
    """Name of the secret of the system that is sent as bearer token. Default: none is."""

    needs: tuple[str, ...] = ()
    """Checks of its health that it needs: a fault is a warning while one of them is down, for then
    it is not what was deployed that fails. Default: none, a fault is a fault."""

    within_ms: int | None = None
    """Milliseconds that the answer is to stay under; more is slow, and no fault. Default: any."""

    opens: bool = False
    """Whether it opens a WebSocket; `contains` is of its first message. Default: it does not."""


@dataclass(frozen=True)
class System(Generic[S, T]):
    """A system of the platform. Everything with a default may be left out."""

    name: str
    """Namespace of its block in `Pulumi.<stack>.yaml`; begins the names of its resources."""

    title: str
    """Its name for people."""

    settings: type[S]
    """Model of its keys that anyone may read."""

    secrets: type[T]
    """Model of its keys that nobody may."""

    plan: Callable[["PlatformConfig", Block], Planned]
    """Bundles, reads and plans; registers nothing. Raises `RefusedError`. Imports the SDK late."""

    workers: Callable[[S], Iterable[WorkerUse]] = nothing
    """Its workers, whose names and routes are claimed by themselves. Default: none."""

    claims: Callable[[S], Iterable[Claim]] = nothing
    """Names that it takes for itself alone, beside those of its workers. Default: none."""

    check: Callable[["PlatformConfig", Block], Iterable[Finding]] = lambda _config, _block: ()
    """Finds what does not fit together, by paths in the block. Default: nothing to find."""

    zone_rules: Callable[[S], Iterable[ZoneRule]] = nothing
    """What the edge does for its hosts: the platform makes one ruleset a phase. Default: none."""

    guards: Callable[[S], Iterable[Guarded]] = nothing
    """What of it Access stands before. Default: nothing, everybody may ask."""

    health_checks: Callable[[S], Iterable[HealthCheck]] = nothing
    """Health checks of its hosts, as far as the plans of their zones go. Default: none."""

    tls: Callable[[S], Iterable[HostTls]] = nothing
    """TLS of its hosts, where it is not that of their zone. Default: it is."""

    demand: Callable[[S], Demand] = lambda _: Demand()
    """What it is expected to use, beside the schedules of its workers. Default: nothing."""

    calls: Callable[[S], Calls] | None = None
    """What is counted as a call of it, whose cost `ops cost` shows. Default: nothing is."""

    issued: Issued | None = None
    """Ids that it gives to others, which `ops hardcoded-ids` looks for. Default: none."""

    rollouts: tuple[RolloutTrack, ...] = ()
    """What it rolls out by shares. Default: nothing."""

    rollbacks: Mapping[str, Rollback] = field(default_factory=dict)
    """Its ways back, by name. Default: none."""

    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    """What of it `ops rotate` changes for another, by name. Default: nothing."""

    chain: Chain | None = None
    """What it reads of another stack, which `ops verify` goes through link by link. Default:
    nothing."""

    generated: Mapping[str, Generated] = field(default_factory=dict)
    """Secrets that are made for development, by name. Default: none."""

    vaults: Path | None = None
    """YAML of vaults, items and tokens that the look-alike of 1Password Connect has in development.
    Default: none."""

    sidecar: Callable[[S], Sidecar | None] = lambda _: None
    """What runs beside the local Cloudflare for it in development. Default: nothing does."""

    doors: Callable[[S], Iterable[str]] = nothing
    """Hosts of it that other systems of the stack pass by a service token
    (`systems/access_hosts.py`): it is built before them. Default: none."""

    scopes: tuple[str, ...] = ()
    """What an API token of it may be allowed to do. Default: it takes no tokens."""

    account_keys: Callable[[S], AccountKeys] | None = None
    """Where API keys of its accounts are kept (`ops keys`). Default: it has no accounts."""

    object_copies: Callable[[S], Iterable[ObjectCopies]] = nothing
    """Its Durable Objects of which `ops backup` makes copies, those first that hand data on to
    others. Default: none, and it says so."""

    objects_left_out: Callable[[S], Iterable[ObjectsLeftOut]] = nothing
    """Those of which it makes none, for a reason that it says. Default: none."""

    smoke: tuple[Smoke, ...] = ()
    """What `ops verify` asks it, beside its health. Default: nothing."""

    load: Callable[[S], Load] | None = None
    """What `ops load` asks it. Default: it has no load test."""

    dashboards: Callable[[S], Iterable[Dashboard]] = nothing
    """Figures that are looked at together (`ops dashboard`). Default: none."""

    kpis: Callable[[S], Iterable[Figure]] = nothing
    """Figures that it has to reach (`ops kpis`, `ops verify`). Default: none."""

    def __post_init__(self) -> None:
        """Refuse a name that is a plain key and a secret, and a use of what is no secret."""
        secrets = self.secrets.model_fields.keys()
        used = self.generated.keys() | {each.bearer for each in self.smoke if each.bearer}
        used |= _rotated(self.rotations.values()) | _presented(self.chain)
        wrong = (secrets & self.settings.model_fields.keys()) | (used - secrets)
        if wrong:
            raise ValueError(
                f"{self.name}: {', '.join(sorted(wrong))}: a secret has one field, and that in "
                f"{self.secrets.__name__} alone; correct {self.settings.__name__}, `generated` or "
                f"`smoke`"
            )

    @property
    def tokens_secret(self) -> str | None:
        """Name of the secret that lists its API tokens; `None` where it takes none."""
        names = (n for n, kind in self.generated.items() if kind is Generated.API_TOKENS)
        return next(names, None)


def _rotated(rotations: Iterable[Rotation]) -> set[str]:
    found = [each for each in rotations if isinstance(each, SecretRotation)]
    names = ((it.secret, it.previous, it.each, it.previous_each) for it in found)
    return {name for several in names for name in several if name}


def _presented(chain: Chain | None) -> set[str]:
    if chain is None:
        return set()
    return {chain.bearer, chain.each, chain.client_id, chain.client_secret}


AnySystem = System[Any, Any]
