"""A user's script as a service of the configuration."""

from common.json_types import Json
from local.records.model import Cloud, Worker
from local.runtime.assembly.registry import BINDINGS
from local.runtime.configuration.bindings import Context, DanglingError
from local.runtime.configuration.modules import is_lost, placeholder, user_modules
from local.runtime.configuration.services import designator, worker_service
from local.runtime.edge import loopback


def service_of(worker: Worker, context: Context, first_module: Json | None = None) -> Json:
    """Render *worker*, with *first_module* (see `modules.wrapper`) before its main module."""
    modules = [first_module] if first_module else []
    if is_lost(worker):
        modules += placeholder(worker, _entrypoints(worker, context.cloud))
    else:
        modules += user_modules(worker)
    return {"name": worker_service(worker.name), "worker": _body(worker, modules, context)}


def _entrypoints(worker: Worker, cloud: Cloud) -> set[str]:
    """Name the entrypoints of *worker* that workers are bound to."""
    bindings = [binding for each in cloud.workers for binding in each.bindings]
    return {
        binding["entrypoint"]
        for binding in bindings
        if binding["type"] == "service"
        and binding["service"] == worker.name
        and binding.get("entrypoint")
    }


def render_binding(binding: Json, context: Context) -> Json:
    """Turn a binding of the API into one of the configuration.

    Raises `RefusedError` for a type that is not emulated and a field that is missing,
    `DanglingError` for a target that is not there.
    """
    form = BINDINGS.get(binding["type"])
    if form is None:
        raise context.refuse(binding, f"not emulated: binding type {binding['type']}")
    try:
        return form(binding, context)
    except KeyError as error:
        raise context.refuse(binding, f"{binding['type']} needs the field {error}") from error


def _body(worker: Worker, modules: list[Json], context: Context) -> Json:
    return {
        "modules": modules,
        "compatibilityDate": worker.compatibility_date,
        "compatibilityFlags": list(worker.compatibility_flags),
        "bindings": _bindings_of(worker, context),
        "globalOutbound": designator(
            "system:outbound", {"worker": worker.script, "reachable": loopback.declared(worker)}
        ),
        "cacheApiOutbound": designator("system:cache", {"worker": worker.script}),
        "durableObjectNamespaces": [
            {"className": each.class_name, "uniqueKey": each.unique_key, "enableSql": each.sqlite}
            for each in worker.durable_objects
        ],
        "durableObjectStorage": {"localDisk": "disk:objects"} if worker.durable_objects else None,
        "tails": [designator("system:tail", {"worker": worker.script})],
    }


def _bindings_of(worker: Worker, context: Context) -> list[Json]:
    """Render what the worker is bound to; what is gone meanwhile is left out, as on Cloudflare."""
    found = []
    for binding in worker.bindings:
        try:
            found.append(render_binding(binding, context))
        except DanglingError:
            continue
    return found
