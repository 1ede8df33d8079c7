"""A whole workerd configuration from a `Cloud`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.assembly import admin
from local.runtime.assembly.registry import DISKS, KINDS
from local.runtime.assembly.workers import service_of
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.capnp import render
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.services import ForAdmin, Told

HEADER = 'using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = '
SOCKETS = (*(socket for kind in KINDS.values() for socket in kind.sockets), admin.SOCKET)


@dataclass(frozen=True)
class Variant:
    """How a configuration differs from the plain one."""

    sockets: tuple[Json, ...] = SOCKETS
    extra_services: tuple[Json, ...] = ()
    first_modules: Mapping[str, Json] = field(default_factory=dict)
    """Modules put before the main one, by worker."""


def write(
    cloud: Cloud, account: Account, layout: Layout, path: Path, variant: Variant | None = None
) -> str:
    """Return the text of the configuration that will be read from *path*.

    Raises `RefusedError` for what is not emulated.
    """
    variant = variant or Variant()
    content = {
        "services": _services(cloud, account, layout, variant),
        "sockets": variant.sockets,
        "logging": {"structuredLogging": True},
    }
    return f"{HEADER}{render(content, path.parent)};\n"


def essence(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> str:
    """Return the text of what workerd has to be started anew for when it changes.

    That is all but what it can be told, and what only the admin worker is bound to.
    """
    services = [
        _without_told(service)
        for service in _services(cloud, account, layout, variant)
        if service["name"] != admin.SERVICE
    ]
    return render(services, layout.root)


def _without_told(service: Json) -> Json:
    worker = service.get("worker")
    if worker is None:
        return service
    kept = [
        each
        for each in worker["bindings"]
        if not isinstance(each, ForAdmin) and not isinstance(each.get("json"), Told)
    ]
    return {**service, "worker": {**worker, "bindings": kept}}


def _services(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> list[Json]:
    disks = [
        {"name": f"disk:{name}", "disk": {"path": str(layout.disk(name)), "writable": True}}
        for name in DISKS
    ]
    system = [service for kind in KINDS.values() for service in kind.services(cloud, account)]
    users = [
        service_of(worker, Context(worker, cloud), variant.first_modules.get(worker.name))
        for worker in cloud.workers
    ]
    return [*disks, *system, admin.admin_worker(cloud), *users, *variant.extra_services]
