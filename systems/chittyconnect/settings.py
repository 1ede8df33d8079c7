"""What ChittyConnect is: the block `chittyconnect:` of the configuration."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, WithJsonSchema

from config.access import Guard
from config.edge import Edge
from config.fields import (
    BucketName,
    HostName,
    NamespaceTitle,
    Origin,
    Positive,
    Settings,
    Share,
    Url,
    Whole,
)
from config.secret_fields import BearerToken, R2Key, R2KeyId, Secret, api_tokens
from config.system_parts import Database, Location, Queue, Rollout, Worker
from planning.refusals import RefusedError
from systems.chittyconnect.credentials import Credentials, TokensOfServices

SCOPES = (
    "sessions:read",
    "sessions:write",
    "documents:read",
    "documents:write",
    "credentials:read",
    "metrics:read",
)
"""What an API token may be allowed to do."""

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


def _days(least: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "integer", "minimum": least, "maximum": LONGEST_DAYS})


Amount = Annotated[Whole, Field(ge=0, le=9_007_199_254_740_991)]
Days = Annotated[Whole, Field(le=LONGEST_DAYS)]
TemporaryDays = Annotated[Days, AfterValidator(_outlasts_presigned), _days(PRESIGNED_DAYS)]
PartsDays = Annotated[Days, AfterValidator(_outlasts_parts), _days(UPLOAD_DAYS + 1)]


class SessionRollout(Rollout):
    """How many new sessions live in a Durable Object; the others live in KV."""

    everyone: bool = False
    """Whether all new sessions do. Default: only the share below."""

    percentage: Share = Decimal("0.10")
    """Share of new sessions, by a stable hash of the session id. Default: 0.10."""


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


class Expected(Settings):
    """What it is expected to do, for limits and cost. Defaults: the volumes of CC-14."""

    object_requests_month: Amount = 500_000
    """Requests to Durable Objects a month."""

    object_stored_bytes: Amount = 500_000_000
    """Bytes that Durable Objects keep."""

    document_stored_bytes: Amount = 5_000_000_000
    """Bytes of documents in R2."""

    uploads_month: Amount = 50_000
    """Documents stored a month: operations of class A."""

    downloads_month: Amount = 200_000
    """Documents read a month: operations of class B."""

    kv_reads_day: Amount = 1_000
    """Sessions read from KV a day."""

    kv_writes_day: Amount = 500
    """Sessions written to KV a day."""


class ChittyConnect(Settings):
    """Sessions, documents and credentials for the other systems (CC-1 to CC-13)."""

    host: HostName
    """Host the worker answers at."""

    worker: Worker
    """The script."""

    rollout: SessionRollout = SessionRollout()
    """Share of sessions in Durable Objects. Default: 0.10."""

    sessions: Sessions
    """Sessions in KV."""

    documents: Documents
    """Documents in R2."""

    database: Database
    """Documents and quotas in D1."""

    queue: Queue
    """Document events."""

    edge: Edge = Edge()
    """What the edge does for `host`: rules, limits, headers, health checks. Default: nothing."""

    access: tuple[Guard, ...] = ()
    """What of it Access stands before: the worker, or paths. Default: nothing."""

    credentials: Credentials = Credentials()
    """1Password Connect. Default: none."""

    expected: Expected = Expected()
    """What it is expected to do: held against the plan, and priced. Default: the volumes of the
    deployment guide."""


class ChittyConnectSecrets(Settings):
    """What only the worker of ChittyConnect may know."""

    API_TOKENS: Annotated[SecretStr, api_tokens(SCOPES)]
    """Bearer tokens: JSON list of {id, sha256, scopes, owners, expires}, at least one of them
    valid."""

    R2_ACCESS_KEY_ID: R2KeyId
    """Id of the R2 key that presigned URLs are signed with: 32 hexadecimal digits."""

    R2_SECRET_ACCESS_KEY: R2Key
    """The R2 key itself: 64 hexadecimal digits."""

    ONEPASSWORD_CONNECT_TOKEN: Secret | None = None
    """Token for 1Password Connect. Default: none; needed with credentials.connect_url."""

    ONEPASSWORD_CONNECT_TOKENS: TokensOfServices | None = None
    """Tokens that see the vaults of one service only: JSON, {"chittyid": "…"}, of services of
    credentials.services. Default: each is asked for with ONEPASSWORD_CONNECT_TOKEN."""

    ONEPASSWORD_CONNECT_TOKEN_PREVIOUS: Secret | None = None
    """The token before ONEPASSWORD_CONNECT_TOKEN, asked with where that one is refused: while a
    server is changed for another, each knows one of both. `ops rotate` sets it. Default: none."""

    ONEPASSWORD_CONNECT_TOKENS_PREVIOUS: TokensOfServices | None = None
    """The same of ONEPASSWORD_CONNECT_TOKENS. Default: none."""

    ONEPASSWORD_ACCESS_CLIENT_ID: Secret | None = None
    """Id of the service token that Access before 1Password Connect lets in. Default: none, nothing
    stands before it; needed with ONEPASSWORD_ACCESS_CLIENT_SECRET."""

    ONEPASSWORD_ACCESS_CLIENT_SECRET: Secret | None = None
    """Its other half. Default: none; needed with ONEPASSWORD_ACCESS_CLIENT_ID."""

    BACKUP_KEY: BearerToken | None = None
    """Key by which `ops backup` and `ops restore` reach sessions, at `/admin/objects` of
    `host`. Default: none, nobody reaches them, and no copy is made."""

    CHITTYID_SERVICE_TOKEN: Secret | None = None
    """What `services/chittyid/service_token` answers while there is no 1Password Connect.
    Default: none, the answer is 404."""
