"""What the worker of a system becomes, of what its configuration says of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from components.worker_args import (
    Attachments,
    Host,
    Limits,
    Observability,
    Route,
    Versions,
    WorkerArgs,
)
from config import PlatformConfig
from config.system_parts import Worker
from planning.durable_objects import Step
from planning.routes import route_host

VERSION = "CF_VERSION_METADATA"
"""Binding by which a worker that answers anywhere says, in a header of its health, which version
it is."""


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
    hosts = tuple(hosts)
    return WorkerArgs(
        script=worker.name,
        entry=entry,
        compatibility_date=worker.compatibility_date,
        compatibility_flags=worker.compatibility_flags,
        variables={**worker.variables, **variables},
        datasets=dict(worker.datasets),
        version_metadata=VERSION if hosts or worker.routes else None,
        history=history,
        limits=Limits(cpu_ms=worker.cpu_ms, subrequests=worker.subrequests),
        placement=worker.placement,
        observability=Observability(
            sampling=float(worker.observability.sampling), traces=worker.observability.traces
        ),
        attachments=_attachments(config, worker, hosts),
        retain=config.retain,
        **_model(worker),
    )


def _model(worker: Worker) -> dict[str, Any]:
    """Return what was chosen of how a worker is deployed; what was not stays out of the state."""
    chosen: dict[str, Any] = {}
    if worker.versions:
        chosen["versions"] = Versions(**worker.versions.model_dump())
    if worker.durable_objects != "migrations":
        chosen["lifecycle"] = worker.durable_objects
    return chosen


def _attachments(config: PlatformConfig, worker: Worker, hosts: Iterable[str]) -> Attachments:
    routes = [
        Route(pattern=pattern, zone_id=config.zone_id(route_host(pattern)))
        for pattern in worker.routes
    ]
    made = [Host(name=host, zone_id=config.zone_id(host)) for host in hosts]
    return Attachments(hosts=tuple(made), routes=tuple(routes), crons=worker.crons)
