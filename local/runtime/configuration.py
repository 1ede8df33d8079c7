"""A whole workerd configuration from a `Cloud`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local.model import Cloud, Json
from local.runtime import services
from local.runtime.account import Account
from local.runtime.bindings import Context
from local.runtime.capnp import render
from local.runtime.layout import DISKS, Layout
from local.runtime.workers import Fault, first_modules_of, service_of

HEADER = 'using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = '


@dataclass(frozen=True)
class Variant:
    """How a configuration differs from the plain one."""

    faults: tuple[Fault, ...] = ()
    """Durable Object classes that throw when they are constructed."""

    crons: bool = True
    """Whether cron triggers fire. A test start leaves them out."""

    sockets: tuple[Json, ...] = services.SOCKETS
    extra_services: tuple[Json, ...] = ()
    first_modules: Mapping[str, Json] = field(default_factory=dict)
    """Modules put before the main one, by worker."""


def write(
    cloud: Cloud, account: Account, layout: Layout, path: Path, variant: Variant | None = None
) -> str:
    """Render the configuration that will be read from *path*; answers its text.

    Raises `RefusedError` for what is not emulated.
    """
    variant = variant or Variant()
    content = {
        "services": _services(cloud, account, layout, variant),
        "sockets": variant.sockets,
        "logging": {"structuredLogging": True},
    }
    return f"{HEADER}{render(content, path.parent)};\n"


def _services(cloud: Cloud, account: Account, layout: Layout, variant: Variant) -> list[Json]:
    disks = [
        {"name": f"disk:{name}", "disk": {"path": str(layout.disk(name)), "writable": True}}
        for name in DISKS
    ]
    first = {**first_modules_of(cloud.workers, variant.faults), **variant.first_modules}
    users = [
        service_of(worker, Context(worker, cloud), first.get(worker.name))
        for worker in cloud.workers
    ]
    system = services.of(cloud, account, crons=variant.crons)
    return [*disks, *system, *users, *variant.extra_services]
