"""The words of a workerd configuration: services, bindings and system workers."""

import json
from pathlib import Path
from typing import Any

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.storage import unique_key

COMPATIBILITY_DATE = "2026-01-01"
EVENTS = "service_binding_extra_handlers"
"""Lets a system worker call `queue()` and `scheduled()` of another."""


VERSIONS = "system:versions"
"""Chooses among the versions of a script (`versions/`)."""


def designator(service: str, props: Json | None = None, entrypoint: str | None = None) -> Json:
    """Refer to a service, with what it finds in `ctx.props`."""
    return {
        "name": service,
        "entrypoint": entrypoint,
        "props": {"json": json.dumps(props)} if props is not None else None,
    }


def worker_service(name: str) -> str:
    """Return the name of the service that runs the script *name*."""
    return f"worker:{name}"


def reached(script: str, cloud: Cloud, entrypoint: str | None = None) -> Json:
    """Refer to what answers for *script*: itself, or what chooses among its versions."""
    if any(split.script == script for split in cloud.splits):
        return designator(VERSIONS, {"script": script, "entrypoint": entrypoint})
    return designator(worker_service(script), entrypoint=entrypoint)


def namespace_binding(name: str, class_name: str) -> Json:
    """Bind the Durable Objects of a class of the same worker."""
    return {"name": name, "durableObjectNamespace": {"className": class_name}}


def service_binding(name: str, service: str) -> Json:
    """Bind a service."""
    return {"name": name, "service": designator(service)}


def json_binding(name: str, value: object) -> Json:
    """Bind *value*, any JSON."""
    return {"name": name, "json": json.dumps(value)}


class Told(str):
    """JSON that a running worker can be told anew (`RuntimeKind.told`)."""

    __slots__ = ()


def told_binding(name: str, value: object) -> Json:
    """Bind *value*, any JSON, as it is when the worker starts."""
    return {"name": name, "json": Told(json.dumps(value))}


class ForAdmin(dict[str, Any]):
    """A binding of a system worker that nobody needs yet but the admin worker."""


def modules_of(folder: Path) -> list[Json]:
    """List the modules in *folder*; the main one is `index.mjs`."""
    paths = sorted(folder.glob("*.mjs"), key=lambda path: (path.name != "index.mjs", path.name))
    return [{"name": path.name, "esModule": Embed(path)} for path in paths]


def system_worker(
    name: str, modules: list[Json], bindings: list[Json], flags: list[str] | None = None
) -> Json:
    """Render a worker of the runtime's own, the service `system:<name>`."""
    body = {
        "modules": modules,
        "compatibilityDate": COMPATIBILITY_DATE,
        "compatibilityFlags": flags or [],
        "bindings": bindings,
    }
    return {"name": f"system:{name}", "worker": body}


def bundled_worker(name: str, class_name: str, bindings: list[Json]) -> Json:
    """Render a worker whose source is part of workerd; its state is on the disk of its name."""
    modules = [{"name": f"{name}.js", "bundled": f"/workerd/{name}.js"}]
    return stateful(system_worker(name, modules, bindings, flags=[EVENTS]), class_name, name)


def stateful(service: Json, class_name: str, disk: str) -> Json:
    """Give a system worker the Durable Object *class_name*, which keeps its data on *disk*."""
    namespace = {"className": class_name, "uniqueKey": unique_key(disk), "enableSql": True}
    storage = {
        "durableObjectNamespaces": [namespace],
        "durableObjectStorage": {"localDisk": f"disk:{disk}"},
    }
    return {**service, "worker": {**service["worker"], **storage}}
