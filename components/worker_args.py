"""What a worker is, in plain values."""

from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from components.args import Args
from planning.durable_objects import Step


class Host(Args):
    """A host that a worker answers at by itself; Cloudflare makes its record and certificate."""

    name: str
    zone_id: str


class Route(Args):
    """A pattern of a zone that a worker answers."""

    pattern: str
    zone_id: str


class Attachments(Args):
    """Where a worker answers and when it wakes."""

    hosts: tuple[Host, ...] = ()
    """Hosts of its own. Default: none."""

    routes: tuple[Route, ...] = ()
    """Patterns of zones. Default: none."""

    crons: tuple[str, ...] = ()
    """When its `scheduled` handler runs, in UTC. Default: never."""


class Limits(Args):
    """What one request may use."""

    cpu_ms: PositiveInt | None = None
    """Milliseconds of CPU. Default: the plan's limit."""

    subrequests: PositiveInt | None = None
    """Requests it may make. Default: the plan's limit."""


class Observability(Args):
    """Logs and traces."""

    sampling: NonNegativeFloat = 1.0
    """Share of requests that is logged. Default: all."""

    traces: bool = False
    """Whether requests are traced. Default: they are not."""


class WorkerArgs(Args):
    """What one worker is."""

    script: str
    """Its name in the account."""

    entry: str
    """Module that esbuild begins with, relative to the folder of the program, or a whole path."""

    compatibility_date: str
    """Day whose runtime behaviour it gets."""

    compatibility_flags: tuple[str, ...] = ()
    """Behaviour beyond that day. Default: none."""

    variables: dict[str, str] = Field(default_factory=dict)
    """Plain text bindings, readable by all. Default: none."""

    datasets: dict[str, str] = Field(default_factory=dict)
    """Datasets of Analytics Engine that it writes points to, by the name of the binding.
    Default: none."""

    history: tuple[Step, ...] = ()
    """Durable Object migrations, append-only. Default: the worker has no objects."""

    limits: Limits = Limits()
    """What one request may use. Default: the plan's limits."""

    placement: Literal["smart"] | None = None
    """Where it runs. Default: close to the visitor."""

    observability: Observability = Observability()
    """Logs and traces. Default: every request, no traces."""

    attachments: Attachments = Attachments()
    """Where it answers and when it wakes. Default: nowhere and never."""

    retain: bool = True
    """Whether a worker with Durable Objects is protected and stays. Default: it does."""
