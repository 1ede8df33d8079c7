"""A user's script as a service of the configuration."""

import json
from dataclasses import dataclass
from pathlib import PurePosixPath

from local.model import Json, Module, RefusedError, Worker
from local.runtime.bindings import (
    Context,
    DanglingError,
    designator,
    render_binding,
    worker_service,
)
from local.runtime.capnp import Embed

MODULE_KINDS = {
    "application/javascript+module": "esModule",
    "text/javascript+module": "esModule",
    "application/javascript": "commonJsModule",
    "text/javascript": "commonJsModule",
    "application/json": "json",
    "application/wasm": "wasm",
    "application/octet-stream": "data",
    "text/plain": "text",
    "text/html": "text",
}
"""Media types of the upload API and what they are in the configuration."""

SOURCE_MAPS = ("application/source-map",)
WRAPPER = "local-wrapper.mjs"


@dataclass(frozen=True)
class Fault:
    """A Durable Object class that cannot be reached: its constructor throws."""

    worker: str
    class_name: str


def service_of(worker: Worker, context: Context, first_module: Json | None = None) -> Json:
    """Render *worker*, with *first_module* (see `wrapper`) before its main module."""
    modules = [first_module] if first_module else []
    modules += modules_of(worker)
    return {"name": worker_service(worker.name), "worker": _body(worker, modules, context)}


def first_modules_of(workers: tuple[Worker, ...], faults: tuple[Fault, ...]) -> dict[str, Json]:
    """Make the modules that break the classes named in *faults*, by worker."""
    broken: dict[str, list[str]] = {}
    for fault in faults:
        broken.setdefault(fault.worker, []).append(fault.class_name)
    return {
        worker.name: wrapper(worker, _throwing(broken[worker.name]))
        for worker in workers
        if worker.name in broken
    }


def _body(worker: Worker, modules: list[Json], context: Context) -> Json:
    return {
        "modules": modules,
        "compatibilityDate": worker.compatibility_date,
        "compatibilityFlags": list(worker.compatibility_flags),
        "bindings": bindings_of(worker, context),
        "globalOutbound": "system:outbound",
        "durableObjectNamespaces": [
            {"className": each.class_name, "uniqueKey": each.unique_key, "enableSql": each.sqlite}
            for each in worker.durable_objects
        ],
        "durableObjectStorage": {"localDisk": "disk:objects"} if worker.durable_objects else None,
        "tails": [designator("system:tail", {"worker": worker.name})],
    }


def bindings_of(worker: Worker, context: Context) -> list[Json]:
    """Render what the worker is bound to; what is gone meanwhile is left out, as on Cloudflare."""
    found = []
    for binding in worker.bindings:
        try:
            found.append(render_binding(binding, context))
        except DanglingError:
            continue
    return found


def modules_of(worker: Worker) -> list[Json]:
    """Render the modules, the main one first. Raises `RefusedError` for what cannot run."""
    main = [module for module in worker.modules if module.name == worker.main_module]
    others = [module for module in worker.modules if module.name != worker.main_module]
    if not main:
        names = ", ".join(module.name for module in worker.modules) or "none"
        raise RefusedError(
            f"worker {worker.name}: main module {worker.main_module} is not among "
            f"the modules ({names})"
        )
    if MODULE_KINDS.get(main[0].content_type) != "esModule":
        raise RefusedError(
            f"worker {worker.name}: not emulated: main module of type {main[0].content_type}; "
            "send an ES module as application/javascript+module"
        )
    kept = (module for module in others if module.content_type not in SOURCE_MAPS)
    return [_module_form(worker, module) for module in (*main, *kept)]


def _module_form(worker: Worker, module: Module) -> Json:
    kind = MODULE_KINDS.get(module.content_type)
    if kind is None:
        raise RefusedError(
            f"worker {worker.name}: not emulated: module {module.name} of type "
            f"{module.content_type}"
        )
    return {"name": module.name, kind: Embed(module.path)}


def wrapper(worker: Worker, source: str) -> Json:
    """Make a first module beside the main one that passes all of it on and adds *source*.

    *source* sees the worker's exports as `worker`; what it exports hides the worker's own.
    """
    main = PurePosixPath(worker.main_module)
    specifier = json.dumps(f"./{main.name}")
    lines = (
        f"import * as worker from {specifier};",
        f"export * from {specifier};",
        "export default worker.default ?? {};",
        source,
    )
    return {"name": str(main.with_name(WRAPPER)), "esModule": "\n".join(lines)}


def _throwing(classes: list[str]) -> str:
    """Classes that hide the worker's own and cannot be constructed."""
    definitions = ['import { DurableObject } from "cloudflare:workers";']
    definitions += [
        f"export class {name} extends DurableObject {{ constructor(...given) {{ super(...given); "
        f'throw new Error("fault injected: {name} cannot be reached"); }} }}'
        for name in classes
    ]
    return "\n".join(definitions)
