"""The modules of a user's script in the form of the configuration."""

import json
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from common.json_types import Json
from local.records.model import Module, RefusedError, Worker
from local.runtime.configuration.capnp import Embed

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

PLACEHOLDER = Path(__file__).parent / "placeholder" / "index.mjs"
SOURCE_MAPS = ("application/source-map",)
WRAPPER = "local-wrapper.mjs"


def is_lost(worker: Worker) -> bool:
    """Whether the code of *worker* was deleted, of which all else is there."""
    return not all(module.path.is_file() for module in worker.modules)


def placeholder(worker: Worker, entrypoints: Iterable[str]) -> list[Json]:
    """Render what stands in for lost code, so that others run on and no data is taken for gone.

    It answers 503, has the classes that data and bindings (*entrypoints*) belong to, and puts
    alarms off.
    """
    objects = {each.class_name for each in worker.durable_objects}
    lines = [PLACEHOLDER.read_text(encoding="utf-8")]
    lines += [f"export class {name} extends LostObject {{}}" for name in sorted(objects)]
    others = sorted(set(entrypoints) - objects)
    lines += [f"export class {name} extends LostEntrypoint {{}}" for name in others]
    return [{"name": worker.main_module, "esModule": "\n".join(lines)}]


def user_modules(worker: Worker) -> list[Json]:
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
