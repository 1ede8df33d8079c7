"""What systems are made of: the parts that more than one of them has in its block."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from common.reasons import is_reason
from config.fields import (
    CompatibilityDate,
    Cron,
    DatabaseName,
    DatasetName,
    Moment,
    Positive,
    QueueName,
    RoutePattern,
    ScriptName,
    Settings,
    Share,
    VariableName,
    VersionId,
    Whole,
)
from planning import queues, version_shares
from planning.refusals import RefusedError

Location = Literal["apac", "eeur", "enam", "weur", "wnam", "oc"]
"""Where data lies, as Cloudflare names regions."""


def _says_why(reason: str) -> str:
    if not is_reason(reason):
        raise RefusedError("says no reason; say in words why, for whoever reads it later")
    return reason


class Observability(Settings):
    """Logs and traces of a worker."""

    sampling: Share = Decimal("1.00")
    """Share of requests that is logged. Default: every request."""

    traces: bool = False
    """Whether requests are traced. Default: they are not."""


class Versions(Settings):
    """Which versions of a worker answer, while a new one comes in."""

    percentage: Annotated[Whole, Field(ge=0, le=version_shares.ALL)] = version_shares.ALL
    """Requests of a hundred that the version of the present code answers. Default: all; 0 goes
    back to `stable`."""

    stable: VersionId | None = None
    """Id of the version that answers the rest. Default: none, and then the present one answers
    all; `python -m ops verify` and the account's deployments say which one serves."""

    @model_validator(mode="after")
    def _nobody_is_left(self) -> "Versions":
        version_shares.check(self.percentage, self.stable)
        return self


class Worker(Settings):
    """A script and how it runs."""

    name: ScriptName
    """Name of the script in the account."""

    compatibility_date: CompatibilityDate
    """Day whose runtime behaviour the worker gets, in quotes; not after today, nor after the last
    that the pinned workerd runs."""

    compatibility_flags: tuple[str, ...] = ()
    """Behaviour beyond that day. Default: none. Refused is a flag that the day or another one here
    implies, that workerd does not know, or that another one turns off. From 2026-08-04 on every
    secret stands in `process.env`; `nodejs_compat_do_not_populate_process_env` keeps them out."""

    variables: dict[VariableName, str] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": False}
    )
    """Plain variables beside those the system sets. Default: none. Not for secrets."""

    datasets: dict[VariableName, DatasetName] = Field(
        default_factory=dict, json_schema_extra={"additionalProperties": False}
    )
    """Datasets of Analytics Engine that it writes points to, by the names of their bindings.
    Default: none."""

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

    versions: Versions | None = None
    """Several versions side by side, by shares; only for a worker without Durable Objects, and
    chosen before its first deployment. Default: every upload answers all requests."""

    durable_objects: Literal["migrations", "exports"] = "migrations"
    """How the account is told of its Durable Object classes: by the migrations that it lacks, or
    all of them declared; chosen before its first deployment. Default: migrations."""


class EarlierShare(Settings):
    """The share that held before the present one."""

    percentage: Share
    """That share."""

    since: Moment | None = None
    """When it was set, with time zone."""


class Rollout(Settings):
    """How much of something new goes the new way; the rest goes the old one."""

    everyone: bool = False
    """Whether all of it does. Default: only the share below."""

    percentage: Share = Decimal("0.10")
    """Share of it, by a stable hash of its id. Default: 0.10."""

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


class Database(Settings):
    """A D1 database."""

    name: DatabaseName
    """Name of the database."""

    location: Location | None = None
    """Where its primary lies. Default: close to who creates it."""


Delay = Annotated[Whole, Field(ge=0, le=queues.LONGEST_DELAY_SECONDS)]
"""Seconds that Cloudflare can hold a message back."""


class Queue(Settings):
    """A queue and how a worker empties it."""

    name: QueueName
    """Name of the queue."""

    dead_letters: QueueName
    """Name of the queue that takes what failed too often."""

    batch_size: Annotated[Positive, Field(le=queues.MOST_BATCH_SIZE)] = queues.BATCH_SIZE
    """Messages handed over at once. Default: 10."""

    max_wait_ms: Annotated[Whole, Field(ge=0, le=queues.MOST_WAIT_MS)] = queues.MAX_WAIT_MS
    """Milliseconds to wait for a full batch. Default: 5 s."""

    max_retries: Annotated[Whole, Field(ge=0, le=queues.MOST_RETRIES)] = queues.MAX_RETRIES
    """Tries after the first before a message is a dead letter. Default: 3."""

    retry_delay_seconds: Delay = queues.RETRY_DELAY_SECONDS
    """Seconds between tries. Default: 30."""

    max_concurrency: Annotated[Positive, Field(le=queues.MOST_CONCURRENCY)] = queues.MAX_CONCURRENCY
    """Batches worked on at the same time. Default: 5."""

    @model_validator(mode="after")
    def _two_queues(self) -> "Queue":
        if self.name == self.dead_letters:
            raise ValueError("dead_letters is the queue itself; name another queue")
        return self
