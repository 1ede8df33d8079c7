"""The admin worker: the private way to everything that holds data."""

from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.assembly.registry import KINDS, RUNTIME
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.services import EVENTS, designator, system_worker

SOCKET: Json = {"name": "admin", "http": {}, "service": designator("system:admin")}
ROOM = "admin"
QUEUE_CODES = "queue_expose_error_codes"
"""Has a queue say by which code it refuses (from 2026-03-12 by itself)."""


def admin_worker(cloud: Cloud) -> Json:
    """Render the admin worker: its own modules, and what the kinds put beside them."""
    bindings = [binding for kind in KINDS.values() for binding in kind.admin(cloud)]
    return system_worker("admin", _modules(), bindings, flags=[EVENTS, QUEUE_CODES])


def _modules() -> list[Json]:
    """List modules by their path below `local/runtime`, so that they find each other as there."""
    own = [RUNTIME / ROOM / "index.mjs", RUNTIME / ROOM / "problem.mjs"]
    answering = [name for name in KINDS if (RUNTIME / name / "admin.mjs").is_file()]
    others = [path for name in answering for path in sorted((RUNTIME / name).glob("*.mjs"))]
    index = {"name": f"{ROOM}/kinds", "esModule": _index(answering)}
    return [*map(_module, own), index, *map(_module, others)]


def _module(path: Path) -> Json:
    return {"name": str(path.relative_to(RUNTIME)), "esModule": Embed(path)}


def _index(names: list[str]) -> str:
    """Write the module that knows who answers below which first part of a path."""
    imports = [f'import {{ serve as {name} }} from "../{name}/admin.mjs";' for name in names]
    return "\n".join([*imports, f"export const KINDS = {{ {', '.join(names)} }};"])
