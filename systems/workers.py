"""What the worker of a system becomes, of what its configuration says of it."""

from collections.abc import Iterable, Mapping

from components.worker_args import (
    Attachments,
    Host,
    Limits,
    Observability,
    Route,
    WorkerArgs,
)
from config import PlatformConfig
from config.parts import Worker
from planning.durable_objects import Step
from planning.routes import route_host


def worker_args(  # noqa: PLR0913 - each comes from another place of the configuration
    config: PlatformConfig,
    worker: Worker,
    entry: str,
    *,
    hosts: Iterable[str],
    variables: Mapping[str, str],
    history: tuple[Step, ...] = (),
) -> WorkerArgs:
    """Return the arguments of a worker whose module is *entry*, relative to the project.

    *variables* come after those of the configuration. *history*: its Durable Objects; default:
    it has none.
    """
    return WorkerArgs(
        script=worker.name,
        entry=entry,
        compatibility_date=worker.compatibility_date,
        compatibility_flags=worker.compatibility_flags,
        variables={**worker.variables, **variables},
        datasets=dict(worker.datasets),
        history=history,
        limits=Limits(cpu_ms=worker.cpu_ms, subrequests=worker.subrequests),
        placement=worker.placement,
        observability=Observability(
            sampling=float(worker.observability.sampling), traces=worker.observability.traces
        ),
        attachments=_attachments(config, worker, hosts),
        retain=config.retain,
    )


def _attachments(config: PlatformConfig, worker: Worker, hosts: Iterable[str]) -> Attachments:
    routes = [
        Route(pattern=pattern, zone_id=config.zone_id(route_host(pattern)))
        for pattern in worker.routes
    ]
    made = [Host(name=host, zone_id=config.zone_id(host)) for host in hosts]
    return Attachments(hosts=tuple(made), routes=tuple(routes), crons=worker.crons)
