"""What an upload of a script holds, before it meets the records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from common.json_types import Json
from common.user_agents import DEVELOPMENT
from local.api.errors import not_emulated
from local.api.http.call import Body, Call, parse
from local.api.http.json_body import read_json
from local.api.http.multipart import Part
from local.api.state import development_scripts
from local.api.workers import class_errors, errors
from local.api.workers.code import Code, write_code
from local.api.workers.exports import Export, declared
from local.api.workers.migrations import Migrations

SCRIPT_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}")
SECRET_TYPES = ("secret_text",)
OLDEST_COMPATIBILITY_DATE = "2021-11-02"
REFUSED = {
    "body_part": "service worker syntax (body_part); upload an ES module as main_module",
    "assets": "static assets of a Worker",
    "containers": "containers of a Worker",
}


class ScriptSettings(Body):
    """Settings that belong to the script and not to a version."""

    logpush: bool | None = None
    observability: Json | None = None
    tags: tuple[str, ...] | None = None
    tail_consumers: tuple[dict[str, str | None], ...] | None = None


class VersionSettings(Body):
    """Settings of one version. What an upload leaves out falls back to the default."""

    bindings: tuple[Json, ...] | None = None
    compatibility_date: str | None = None
    compatibility_flags: tuple[str, ...] | None = None
    limits: Json | None = None
    placement: Json | None = None
    usage_model: str | None = None
    annotations: dict[str, str | None] | None = None
    migrations: Migrations | None = None


class Metadata(ScriptSettings, VersionSettings):
    """The part `metadata` of an upload."""

    main_module: str | None = None
    body_part: str | None = None
    keep_bindings: tuple[str, ...] | None = None
    """Types of bindings that stay when they are not declared. `None`: secrets, if none is."""

    assets: Json | None = None
    containers: tuple[Json, ...] | None = None
    exports: dict[str, Export] | None = None

    def kept_types(self) -> tuple[str, ...]:
        """Name the types that stay: `wrangler deploy` names none and counts on its secrets."""
        if self.keep_bindings is not None:
            return self.keep_bindings
        declared = any(b.get("type") in SECRET_TYPES for b in self.bindings or ())
        return () if declared else SECRET_TYPES


@dataclass(frozen=True)
class Upload:
    """An upload for *name*; its *code* lies on disk already, its *metadata* is unchecked."""

    name: str
    code: Code
    metadata: Metadata
    strict: bool = False
    patch: bool = False
    """Whether its bindings change those that are there, instead of taking their place."""

    source: str = "api"
    nonce: str = field(default_factory=lambda: uuid4().hex)


async def read_upload(call: Call) -> Upload:
    """Read the form of an upload: part `metadata`, and a part for every module."""
    name = script_name(call)
    parts = await call.form()
    metadata = read_metadata(part_json(parts, "metadata"))
    modules = [part for part in parts if part.name not in ("metadata", "settings")]
    return Upload(
        name=name,
        code=write_code(call.state.scripts, main_module(metadata), modules),
        metadata=metadata,
        strict=call.query.get("bindings_inherit") == "strict",
        source=source_of(call.header("user-agent")),
    )


def source_of(agent: str) -> str:
    """Say where an upload comes from."""
    if DEVELOPMENT in agent:
        return development_scripts.SOURCE
    return "wrangler" if "wrangler" in agent else "api"


def script_name(call: Call) -> str:
    """Read the name of the script in the path, and check it."""
    name = call.params["script_name"]
    if not SCRIPT_NAME.fullmatch(name):
        raise errors.invalid_script_name(name)
    return name


def part_json(parts: Sequence[Part], name: str) -> Any:
    for part in parts:
        if part.name == name:
            return read_json(part.body, errors.BODY)
    raise errors.invalid_script(f"the form has no part `{name}`")


def code_of(version: Json) -> Code:
    """Name the code that a version has."""
    return Code(version["code"], version["main_module"], tuple(version["modules"]))


def unchanged(script: Json, version: Json) -> Json:
    """Metadata that repeats what a script has, for uploads that change one thing only."""
    kept = {
        "main_module": version["main_module"],
        "keep_bindings": (),
        "bindings": [{"type": "inherit", "name": b["name"]} for b in version["bindings"]],
    }
    own = {name: version[name] for name in VersionSettings.model_fields if name in version}
    return {name: script.get(name) for name in ScriptSettings.model_fields} | own | kept


def read_metadata(given: Any) -> Metadata:
    """Check what an upload says of itself; refused is what is not emulated."""
    metadata = parse(Metadata, given, errors.BODY)
    for name, what in REFUSED.items():
        if getattr(metadata, name):
            raise not_emulated(what)
    if metadata.migrations and declared(metadata.exports):
        raise class_errors.exports_and_migrations()
    return metadata


def main_module(metadata: Metadata) -> str:
    """Name the module that the upload begins with; refused where it names none."""
    if not metadata.main_module:
        raise errors.invalid_script("metadata must have a valid `main_module` specified")
    return metadata.main_module
