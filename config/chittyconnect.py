"""What ChittyConnect is: the block `chittyconnect:` of the configuration."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    WithJsonSchema,
    model_validator,
)

from common.reasons import is_reason
from config.model import (
    BucketName,
    CompatibilityDate,
    Cron,
    DatabaseName,
    HostName,
    Moment,
    NamespaceTitle,
    Origin,
    Positive,
    QueueName,
    RoutePattern,
    ScriptName,
    Settings,
    Share,
    Url,
    VariableName,
    Whole,
)
from config.secrets import ChittyConnectSecrets
from planning.refusals import RefusedError

Location = Literal["apac", "eeur", "enam", "weur", "wnam", "oc"]

UPLOAD_DAYS = 6
"""How long the worker keeps an upload in parts open."""

LONGEST_DAYS = 36_500
"""A hundred years: longer than any rule by age means."""

PRESIGNED_DAYS = 7
"""How long it may take from a presigned address to the confirmation of its upload."""


def _outlasts_presigned(days: int) -> int:
    if days < PRESIGNED_DAYS:
        raise RefusedError(
            f"an upload to a presigned address lies under temp/ for up to {PRESIGNED_DAYS} days "
            f"until it is confirmed, and must be there then; set {PRESIGNED_DAYS} or more"
        )
    return days


def _outlasts_parts(days: int) -> int:
    if days <= UPLOAD_DAYS:
        raise RefusedError(
            f"an upload in parts stays open for {UPLOAD_DAYS} days, "
            f"which must be over before it is aborted; set {UPLOAD_DAYS + 1} or more"
        )
    return days


def _says_why(reason: str) -> str:
    if not is_reason(reason):
        raise RefusedError("says no reason; say in words why, for whoever reads it later")
    return reason


def _days(least: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": LONGEST_DAYS})


Days = Annotated[Whole, Field(le=LONGEST_DAYS)]
TemporaryDays = Annotated[Days, AfterValidator(_outlasts_presigned), _days(PRESIGNED_DAYS)]
PartsDays = Annotated[Days, AfterValidator(_outlasts_parts), _days(UPLOAD_DAYS + 1)]


class Observability(Settings):
    """Logs and traces of a worker."""

    sampling: Share = Decimal("1.00")
    """Share of requests that is logged. Default: every request."""

    traces: bool = False
    """Whether requests are traced. Default: they are not."""


class Worker(Settings):
    """A script and how it runs."""

    name: ScriptName
    """Name of the script in the account."""

    compatibility_date: CompatibilityDate
    """Day whose runtime behaviour the worker gets, in quotes; not after today, nor after the last
    that the pinned workerd runs."""

    compatibility_flags: tuple[str, ...] = ()
    """Behaviour beyond that day. Default: none. Refused is a flag that the day implies, that
    workerd does not know, or that another one here turns off."""

    variables: dict[VariableName, str] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": False}
    )
    """Plain variables beside those the system sets. Default: none. Not for secrets."""

    cpu_ms: Annotated[Positive, Field(le=300_000)] | None = None
    """Milliseconds of CPU a request may use; needs the paid plan. Default: the plan's limit."""

    subrequests: Annotated[Positive, Field(le=10_000)] | None = None
    """Requests that a request may make; needs the paid plan. Default: the plan's limit."""

    placement: Literal["smart"] | None = None
    """Where it runs. Default: close to the visitor; `smart`: close to what it talks to."""

    routes: tuple[RoutePattern, ...] = ()
    """Patterns it answers beside its host. Default: none."""

    crons: tuple[Cron, ...] = ()
    """When its `scheduled` handler runs, in UTC. Default: never."""

    observability: Observability = Observability()
    """Logs and traces. Default: logs of every request, no traces."""


class EarlierShare(Settings):
    """The share that held before the present one."""

    percentage: Share
    """That share."""

    since: Moment | None = None
    """When it was set, with time zone."""


class Rollout(Settings):
    """How many new sessions live in a Durable Object; the others live in KV."""

    everyone: bool = False
    """Whether all new sessions do. Default: only the share below."""

    percentage: Share = Decimal("0.10")
    """Share of new sessions, by a stable hash of the session id. Default: 0.10."""

    since: Moment | None = None
    """When this share was set, with time zone, never later than now. Needed where the next step
    has to wait."""

    previous: EarlierShare | None = None
    """The share before this one. Default: nobody, which allows the first step."""

    confirmed: Annotated[str, Field(min_length=8), AfterValidator(_says_why)] | None = None
    """Why a step may be larger or sooner than the rules have it, or come before staging has served
    everybody for 24 hours; two words or more. Default: it may not."""

    @property
    def share(self) -> Decimal:
        """The share that holds: 1.00 for everyone."""
        return Decimal("1.00") if self.everyone else self.percentage


class Sessions(Settings):
    """Sessions and their store below the rollout."""

    namespace: NamespaceTitle
    """Title of the KV namespace."""

    ttl_seconds: Annotated[Whole, Field(ge=60, le=31_536_000)] = 86_400
    """Seconds a session lives without its own expiry. Default: a day."""

    max_bytes: Annotated[Whole, Field(ge=1_024, le=1_048_576)] = 131_072
    """Bytes of JSON a session may hold. Default: 128 KiB."""


class Lifecycle(Settings):
    """What happens to objects by age, in days."""

    delete_temporary: TemporaryDays = 7
    """Age at which objects under `temp/` are deleted. Default and least: 7."""

    archive_infrequent: Annotated[Days, Field(gt=0)] = 90
    """Age at which objects under `archive/` go to Infrequent Access. Default: 90."""

    abort_uploads: PartsDays = 7
    """Age at which incomplete multipart uploads are aborted. Default and least: 7."""


class Documents(Settings):
    """Documents: their bucket and what an owner may store."""

    bucket: BucketName
    """Name of the R2 bucket."""

    enabled: bool = True
    """Whether uploads are taken. Default: yes; without, reads and deletes go on."""

    location: Location | None = None
    """Where the bucket lies. Default: close to who creates it."""

    s3_endpoint: Url | None = None
    """Address of the S3 API that presigned URLs name; https:// outside development. Default: that
    of the account."""

    cors_origin: Origin | None = None
    """Page that may reach documents from a browser; on localhost in development only. Default: the
    host of the system."""

    quota_bytes: Positive = 1_073_741_824
    """Bytes an owner may store. Default: 1 GiB."""

    quota_documents: Positive = 10_000
    """Documents an owner may store. Default: 10,000."""

    max_upload_bytes: Annotated[Positive, Field(le=104_857_600)] = 104_857_600
    """Bytes of one upload through the worker. Default and most: 100 MiB, what a request takes."""

    lifecycle: Lifecycle = Lifecycle()
    """What happens by age. Default: 7, 90 and 7 days."""


class Database(Settings):
    """The D1 database of documents and quotas."""

    name: DatabaseName
    """Name of the database."""

    location: Location | None = None
    """Where its primary lies. Default: close to who creates it."""


class Queue(Settings):
    """The queue of document events and how the worker empties it."""

    name: QueueName
    """Name of the queue."""

    dead_letters: QueueName
    """Name of the queue that takes what failed too often."""

    batch_size: Annotated[Positive, Field(le=100)] = 10
    """Messages handed over at once. Default: 10."""

    max_wait_ms: Annotated[Whole, Field(ge=0, le=60_000)] = 5_000
    """Milliseconds to wait for a full batch. Default: 5 s."""

    max_retries: Annotated[Whole, Field(ge=0, le=100)] = 3
    """Tries after the first before a message is a dead letter. Default: 3."""

    retry_delay_seconds: Annotated[Whole, Field(ge=0, le=43_200)] = 30
    """Seconds between tries. Default: 30."""

    max_concurrency: Annotated[Positive, Field(le=250)] = 5
    """Batches worked on at the same time. Default: 5."""

    @model_validator(mode="after")
    def _two_queues(self) -> "Queue":
        if self.name == self.dead_letters:
            raise ValueError("dead_letters is the queue itself; name another queue")
        return self


class Credentials(Settings):
    """Where credentials are read from."""

    connect_url: Url | None = None
    """Address of 1Password Connect; https:// outside development. Default: none, the worker's own
    secrets are used."""


class ChittyConnectSettings(Settings):
    """The keys of the block that anyone may read."""

    host: HostName
    """Host the worker answers at."""

    worker: Worker
    """The script."""

    rollout: Rollout = Rollout()
    """Share of sessions in Durable Objects. Default: 0.10."""

    sessions: Sessions
    """Sessions in KV."""

    documents: Documents
    """Documents in R2."""

    database: Database
    """Documents and quotas in D1."""

    queue: Queue
    """Document events."""

    credentials: Credentials = Credentials()
    """1Password Connect. Default: none."""


class ChittyConnect(ChittyConnectSettings):
    """Sessions, documents and credentials for the other systems (CC-1 to CC-13)."""

    secrets: ChittyConnectSecrets
    """Values that are never shown; in the file each is a key of its own beside the settings."""
