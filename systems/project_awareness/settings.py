"""What Project Awareness is: the block `project_awareness:` of the configuration."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from config.access import Guard
from config.edge import Edge
from config.fields import (
    AddressListName,
    BucketName,
    HostName,
    ListedAddresses,
    NamespaceTitle,
    NotEmpty,
    Origin,
    Positive,
    Settings,
    Url,
    Whole,
)
from config.monitoring import SlackUrl
from config.secret_fields import BearerToken, Secret, api_tokens
from config.system_parts import Location
from config.system_parts import Worker as AnyWorker
from planning.origins import check_allowed_origin
from systems.project_awareness.metrics import Datasets, Thresholds
from systems.project_awareness.rates import Rates
from systems.project_awareness.refused_settings import (
    OF_A_BUCKET,
    OF_A_NAMESPACE,
    OF_A_WORKER,
    refuse,
)
from systems.project_awareness.watcher_settings import RoutingKey, Watch

SCOPES = ("projects:read", "projects:write", "sessions:read", "sessions:write")
"""What an API token may be allowed to do."""


Amount = Annotated[Whole, Field(ge=0, le=9_007_199_254_740_991)]
AnyOrigin = Annotated[str, AfterValidator(check_allowed_origin)]
Seconds = Annotated[Whole, Field(ge=60, le=86_400)]
Days = Annotated[Whole, Field(gt=0, le=36_500)]


class Worker(AnyWorker):
    """The script and how it runs."""

    _refused = refuse(OF_A_WORKER)


class Namespace(Settings):
    """A KV namespace with copies: near to whoever reads them, never the truth."""

    _refused = refuse(OF_A_NAMESPACE)

    namespace: NamespaceTitle
    """Title of the KV namespace."""


class Stores(Settings):
    """Copies in KV."""

    sessions: Namespace
    """Sessions, each for as long as it lives."""

    projects: Namespace
    """Projects of each owner, for a day."""

    sync: Namespace
    """What each platform told last, for half an hour."""


class ProjectData(Settings):
    """The bucket with the context that platforms hand on."""

    _refused = refuse(OF_A_BUCKET)

    bucket: BucketName
    """Name of the R2 bucket."""

    location: Location | None = None
    """Where it lies. Default: close to who creates it."""

    infrequent_after_days: Days = 30
    """Age in days at which objects go to Infrequent Access. Default: 30."""

    delete_after_days: Days = 90
    """Age in days at which objects are deleted. Default: 90."""


class Analytics(Settings):
    """The bucket with compressed events: Infrequent Access from the start, deleted by no rule."""

    _refused = refuse(OF_A_BUCKET)

    bucket: BucketName
    """Name of the R2 bucket."""

    location: Location | None = None
    """Where it lies. Default: close to who creates it."""


class Sessions(Settings):
    """How long sessions live, and how many an address may have."""

    timeout_seconds: Seconds = 3600
    """Seconds that a session lives after it was last registered. Default: an hour."""

    per_address: Positive = 25
    """Sessions that one address may have at a time. Default: 25."""


class Cache(Settings):
    """How long answers stay in the cache of a data centre, in seconds."""

    longest_seconds: Seconds = 1800
    """Most that anything stays. Default: 1,800."""

    sessions_seconds: Seconds = 300
    """What is about sessions. Default: 300."""


class Services(Settings):
    """Where other services answer."""

    registry_url: Url
    """Address of the registry."""

    chittychat_url: Url
    """Address of ChittyChat."""

    chittyid_url: Url
    """Address of ChittyID."""


class AwarenessEdge(Edge):
    """What the edge does for the host of the system, and the rules of the system itself there.

    Only the stack that owns the zone may; a development stack beside it (`pr-7`) leaves it out.
    """

    sync_origins: tuple[Origin, ...] = ()
    """Pages that may tell of a project. A POST to `/api/projects/sync` from any other, without a
    token, is challenged at the edge; the worker refuses it in any case. Default: no rule."""

    watched_addresses: ListedAddresses = ()
    """Addresses that are blocked at `/api/sessions/` where they show no token; the worker refuses
    them in any case. They become a list of the account. Default: no rule, and no list."""

    watched_list: AddressListName = "project_awareness_watched"
    """Name of that list, which other rules of the account may look into as well; the free plan has
    one list. Default: project_awareness_watched."""

    challenge_strangers: bool = False
    """Whether the edge challenges an address that asks `/api/` more than 100 times a minute, is no
    known assistant and shows no token; needs the Business plan. Default: the worker's own limit
    (`limits.strangers`) holds."""

    challenge_floods: bool = False
    """Whether the edge challenges an address that asks more than 1,000 times a minute; needs the
    Pro plan. Default: the worker's own limit (`limits.all`) holds."""


class Expected(Settings):
    """What it is expected to do, for limits and cost."""

    requests_month: Amount = 3_000_000
    """Requests to the worker. Default: 3 million."""

    object_requests_month: Amount = 800_000
    """Requests to Durable Objects; most reads are answered by the cache. Default: 800,000."""

    sockets: Amount = 100
    """WebSockets that are open at a time, on average. Default: 100."""

    socket_messages_day: Amount = 2_880
    """Messages that each of them says a day. Default: 2,880, a ping every 30 seconds."""

    kv_reads_day: Amount = 20_000
    """Reads of KV: where the cache has no answer. Default: 20,000."""

    kv_writes_day: Amount = 2_000
    """Writes of KV: a copy for each change, once a second at most. Default: 2,000."""

    stored_bytes: Amount = 5_000_000_000
    """Bytes of context in R2. Default: 5 GB."""


class ProjectAwareness(Settings):
    """Projects and sessions of assistants, on all platforms of one owner (PA-1 to PA-18)."""

    host: HostName
    """Host the worker answers at. On a host of others it answers below `/project-awareness/`:
    `worker.routes`."""

    worker: Worker
    """The script."""

    cors_origins: Annotated[tuple[AnyOrigin, ...], NotEmpty]
    """Pages that may read answers; `*` is every page, never in production."""

    services: Services
    """Other services that `/api/info` names."""

    stores: Stores
    """Copies in KV."""

    project_data: ProjectData
    """Context of projects in R2."""

    analytics: Analytics
    """Events in R2."""

    datasets: Datasets
    """What happens, as points of Analytics Engine."""

    thresholds: Thresholds = Thresholds()
    """From where on figures of dashboards are marked. Default: a p95 above 100 ms, 1 % of errors,
    100 requests an hour that are refused."""

    sessions: Sessions = Sessions()
    """Sessions. Default: an hour, 25 an address."""

    limits: Rates = Rates()
    """Limits of an address that the worker holds. Default: 2,000 requests a minute in all."""

    cache: Cache = Cache()
    """Answers in the cache of a data centre. Default: five minutes what is about sessions."""

    edge: AwarenessEdge = AwarenessEdge()
    """What the edge does for `host`: rules, limits, headers, health checks. Default: nothing."""

    access: tuple[Guard, ...] = ()
    """What of it Access stands before: the worker, or paths. Default: nothing; assistants show a
    token of their own, and could not log in."""

    expected: Expected = Expected()
    """What it is expected to do: held against the plan and the budget of KV, and priced. Default:
    3 million requests a month."""

    watch: Watch | None = None
    """The worker that checks it every minute and tells of alerts. Default: none."""


class ProjectAwarenessSecrets(Settings):
    """What only the worker of Project Awareness may know, and of tokens only the hashes."""

    API_TOKENS: Annotated[SecretStr, api_tokens(SCOPES)]
    """Bearer tokens: JSON list of {id, sha256, scopes, owners, expires}, at least one of them
    valid."""

    SERVICE_TOKEN: BearerToken
    """Token of other services and of `ops verify`, with every scope and data of its own. The worker
    gets its SHA-256."""

    SIGNING_KEY: BearerToken
    """What cookies are signed with."""

    BACKUP_KEY: BearerToken | None = None
    """Key by which `ops backup` and `ops restore` reach projects and sessions, at
    `/admin/objects` of `host`. Default: none, nobody reaches them, and no copy is made."""

    LOAD_TEST_KEY: BearerToken | None = None
    """What credentials of load tests are signed with, which lift limits. Default: none is taken.
    Never in production."""

    ANALYTICS_TOKEN: Secret | None = None
    """API token of the account that may read Analytics and nothing else: the watcher judges by what
    datasets say. Default: nothing is judged, and nobody is told of anything."""

    PAGERDUTY_API_KEY: RoutingKey | None = None
    """Integration key of a service of PagerDuty, of its Events API v2. Default: nobody is paged."""

    SLACK_WEBHOOK_URL: SlackUrl | None = None
    """Address of an incoming webhook of Slack, which is for one channel: `#chittyos-alerts`.
    Default: no channel is told."""
