"""A whole workerd configuration from a `Cloud`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.assembly import admin, division
from local.runtime.assembly.division import Group, Part
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

    groups: tuple[Group, ...] = ()
    """Workers that run in processes of their own. Default: all run in one."""

    group: Group | None = None
    """The one of *groups* whose process is meant. Default: the main process."""

    ways: Path | None = None
    """Folder of the sockets between processes; there has to be one where there are *groups*."""


def write(
    cloud: Cloud, account: Account, layout: Layout, path: Path, variant: Variant | None = None
) -> str:
    """Return the text of the configuration that will be read from *path*.

    Raises `RefusedError` for what is not emulated.
    """
    variant = variant or Variant()
    part = _part(cloud, account, layout, variant)
    content = {
        "services": part.services,
        "sockets": (*variant.sockets, *part.sockets),
        "logging": {"structuredLogging": True},
    }
    return f"{HEADER}{render(content, path.parent)};\n"


def essence(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> str:
    """Return the text of what workerd has to be started anew for when it changes.

    That is all but what it can be told, and what only the admin worker is bound to.
    """
    part = _part(cloud, account, layout, variant)
    services = [
        _without_told(service) for service in part.services if service["name"] != admin.SERVICE
    ]
    return render([services, part.sockets], layout.root)


def ways(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> tuple[str, ...]:
    """Name the sockets at which other processes reach the one that *variant* means."""
    return tuple(str(each["name"]) for each in _part(cloud, account, layout, variant).sockets)


def _part(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> Part:
    """Make what the process that *variant* means has to run."""
    services = _services(cloud, account, layout, variant)
    if variant.ways is None:
        return Part([*services, *variant.extra_services], ())
    parts = division.divide(services, variant.groups, variant.ways)
    place = variant.groups.index(variant.group) + 1 if variant.group else 0
    return parts[place]


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
    return [*disks, *system, admin.admin_worker(cloud), *users]
