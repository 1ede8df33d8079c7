"""What SuperInstance is: the block `superinstance:` of the configuration."""

from typing import Annotated

from pydantic import AfterValidator, Field

from config.edge import Edge
from config.fields import (
    BucketName,
    HostName,
    NamespaceTitle,
    NotEmpty,
    Origin,
    Settings,
    Url,
    Whole,
)
from config.secret_fields import BearerToken
from config.system_parts import Database, Location, Worker
from systems.superinstance.expected_usage import Expected
from systems.superinstance.keys import AnthropicKey, NoticeUrl, OpenAiKey, SigningSecret, StripeKey
from systems.superinstance.models import LIVE, Model, distinct

NANO_A_DOLLAR = 1_000_000_000
NANO_A_CENT = 10_000_000
"""Parts of a cent that money is counted in: 10^-9 dollars."""

MOST_CENTS = 1_000_000
MOST_A_MINUTE = 10_000
"""Most requests in a minute that a key may be given."""

LONGEST_SECONDS = 86_400

Claim = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,255}$")]
"""What a claim of a token says, to the letter."""

LEAST_CENTS, DEAREST_CENTS = 50, 99_999_999
"""What Stripe takes of a card at once, in cents of US dollars."""

Cents = Annotated[Whole, Field(ge=LEAST_CENTS, le=DEAREST_CENTS)]


class Topups(Settings):
    """Pages of Stripe at which accounts pay; there are none without `STRIPE_SECRET_KEY` (SI-1)."""

    success_url: Url | None = None
    """Page that payers come back to. Default: `/paid` at `billing.host`."""

    cancel_url: Url | None = None
    """Page of those who do not pay. Default: `/canceled` at `billing.host`."""

    least_cents: Cents = 500
    """Least that is paid at once, in cents. Default: 500, $5."""

    most_cents: Cents = 100_000
    """Most that is paid at once, in cents. Default: 100,000, $1,000."""

    stripe_url: Url = "https://api.stripe.com"
    """Where Stripe is asked, without `/v1`. Default: itself."""


class Billing(Settings):
    """The ledgers of accounts, and the payments that Stripe tells of (SI-3, SI-6)."""

    host: HostName
    """Host that Stripe sends its events to, at `/topup`. Nothing else of billing answers there but
    `/health`; other workers are bound to it."""

    worker: Worker
    """The script."""

    flush_at_cents: Annotated[Whole, Field(ge=1, le=MOST_CENTS)] = 500
    """From how many cents on what is pending in a ledger goes to D1 at once. Default: 500."""

    flush_after_seconds: Annotated[Whole, Field(ge=1, le=LONGEST_SECONDS)] = 300
    """Seconds after which anything pending goes there. Default: 300."""

    topups: Topups = Topups()
    """Pages at which accounts pay. Default: from $5 to $1,000 at once."""


class Store(Settings):
    """A namespace of KV."""

    namespace: NamespaceTitle
    """Title of the KV namespace."""


class Router(Settings):
    """What callers ask: it asks the models of providers, and has billing told (SI-2)."""

    host: HostName
    """Host that it answers at."""

    worker: Worker
    """The script."""

    api_keys: Store
    """Keys of accounts, each by its SHA-256."""

    rate_limits: Store
    """Limits of keys that have one of their own, by the same."""

    models: Annotated[tuple[Model, ...], NotEmpty, AfterValidator(distinct)] = LIVE
    """Models, the preferred one first. Default: Claude Sonnet 5.5 and GPT-4.1."""

    requests_per_minute: Annotated[Whole, Field(ge=1, le=MOST_A_MINUTE)] = 100
    """Requests to models that a key may make in any 60 seconds, and as many of all other kinds
    together. Default: 100."""

    provider_timeout_seconds: Annotated[Whole, Field(ge=1, le=600)] = 120
    """Seconds that a provider may be silent, before its answer and within. Default: 120."""

    answers_kept_seconds: Annotated[Whole, Field(ge=0, le=LONGEST_SECONDS)] = LONGEST_SECONDS
    """How long an answer is kept for whoever asks again with its id. Default: a day; 0: not."""

    require_balance: bool = False
    """Whether an account has to have something left to ask: 402 where it has not. Default: no, what
    was answered is billed, and a balance may go below zero."""

    anthropic_url: Url = "https://api.anthropic.com"
    """Where Anthropic is asked, as a gateway before it, without `/v1`. Default: itself."""

    openai_url: Url = "https://api.openai.com"
    """Where OpenAI is asked, as a gateway before it, without `/v1`. Default: itself."""

    cors_origins: tuple[Origin, ...] = ()
    """Pages that may read answers. Default: none."""


class SessionState(Settings):
    """Sessions of users: what was said, and what is known beside (SI-4).

    The worker has no host: the router answers for it below `/v1/sessions`.
    """

    worker: Worker
    """The script."""

    sessions_per_user: Annotated[Whole, Field(ge=1, le=1_000)] = 1_000
    """Sessions that an account may have; one more is refused. Default: 1,000."""

    messages_per_session: Annotated[Whole, Field(ge=2, le=10_000)] = 1_000
    """Messages that a session keeps; the oldest go for newer ones, and beyond 8 MB as well.
    Default: 1,000."""

    recalled_messages: Annotated[Whole, Field(ge=2, le=1_000)] = 40
    """Newest messages of a session that a model is told before a question in it, of at most
    200 KB: each of them is paid for again. Default: 40."""


class Bucket(Settings):
    """A bucket of R2, which nobody but the worker reaches."""

    bucket: BucketName
    """Name of the R2 bucket."""

    location: Location | None = None
    """Where it lies. Default: close to who creates it."""


class Sync(Settings):
    """What users have on several devices: settings, knowledge, adapters, history (SI-5)."""

    host: HostName
    """Host that it answers at, below `/sync`."""

    worker: Worker
    """The script."""

    knowledge: Bucket
    """Where knowledge lies."""

    models: Bucket
    """Where LoRA adapters lie."""

    jwt_issuer: Claim
    """Who gives access tokens: their `iss`, to the letter."""

    jwt_audience: Claim | None = None
    """What access tokens are for: among their `aud`. Default: `https://` and the host."""

    jwks_url: Url
    """Where the public keys of the issuer are, as a JWK Set. Whoever can change what is there can
    sign for every user."""

    requests_per_minute: Annotated[Whole, Field(ge=1, le=MOST_A_MINUTE)] = 600
    """Requests that a user may make in any 60 seconds, on all devices together. More than the
    router's, for each file is one and a first pull has many pages. Default: 600."""

    cors_origins: tuple[Origin, ...] = ()
    """Pages that may read answers. Default: none."""

    @property
    def audience(self) -> str:
        """Return what access tokens are for."""
        return self.jwt_audience or f"https://{self.host}"


class SuperInstance(Settings):
    """Language models of several providers, and what each account has used of them (SI-1)."""

    database: Database
    """Usage and payments in D1."""

    router: Router
    """What callers ask."""

    billing: Billing
    """Ledgers and payments."""

    session_state: SessionState
    """Sessions of users."""

    sync: Sync
    """What users have on several devices."""

    edge: Edge = Edge()
    """What the edge does for its hosts: rules, limits, headers, health checks. Default: nothing."""

    expected: Expected = Expected()
    """What it is expected to do: held against the plan, and priced. Default: a million requests."""


class SuperInstanceSecrets(Settings):
    """What only the workers of SuperInstance may know."""

    ANTHROPIC_API_KEY: AnthropicKey
    """Key of Anthropic, which pays for what is asked of it."""

    OPENAI_API_KEY: OpenAiKey
    """Key of OpenAI, which pays for what is asked of it."""

    SPENDING_WEBHOOK_URL: NoticeUrl | None = None
    """Address of an incoming webhook (Slack's, or what takes `{"text"}` as those do), which is told
    once a month that providers were paid more than `chittyos:budgets.models`. Default: none; the
    log of billing says it alone."""

    SERVICE_KEY: BearerToken
    """API key of the platform itself, whose account is `platform`: `ops verify` looks with it."""

    BACKUP_KEY: BearerToken | None = None
    """Key by which `ops backup` and `ops restore` reach ledgers, journals of calls and sessions, at
    `/admin/objects` of `billing.host` and `router.host`. Default: none, nobody reaches them, and no
    copy is made."""

    STRIPE_SECRET_KEY: StripeKey | None = None
    """Key of Stripe's API (`sk_…`, or `rk_…` that may write Checkout Sessions), of which accounts
    get pages to pay at. Default: none; `/v1/topups` says so."""

    STRIPE_WEBHOOK_SECRET: SigningSecret
    """What Stripe signs its events with (`whsec_…`, of the endpoint at `billing.host`)."""

    STRIPE_WEBHOOK_SECRET_PREVIOUS: SigningSecret | None = None
    """That secret before this one, still taken. Default: none; set it for the time of a
    rotation, in which Stripe signs with both."""
