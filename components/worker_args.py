"""What a worker is, in plain values."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from components.args import Args
from planning.durable_objects import Step
from planning.version_shares import ALL


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


class Versions(Args):
    """Which versions answer, where they are rolled out one after the other."""

    percentage: Annotated[int, Field(ge=0, le=ALL)] = ALL
    """Requests of a hundred that the version of this code answers. Default: all."""

    stable: str | None = None
    """Id of the version that answers the rest. Default: none, so there is no rest."""


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

    version_metadata: str | None = None
    """Name of the binding by which it knows its own version. Default: it has none."""

    history: tuple[Step, ...] = ()
    """Durable Object migrations, append-only. Default: the worker has no objects."""

    lifecycle: Literal["migrations", "exports"] = "migrations"
    """How the account is told of the history: by the steps it lacks, or by all classes, declared.
    Default: by steps. Declared ones come with a version of the worker, deployed at once."""

    versions: Versions | None = None
    """Versions side by side, for a worker without Durable Objects. Default: it has one script."""

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

    def left_out(self) -> set[str]:
        """Name the choices that were not made, which a state does not have to show."""
        choices = ("lifecycle", "versions", "version_metadata")
        return {name for name in choices if name not in self.model_fields_set}
