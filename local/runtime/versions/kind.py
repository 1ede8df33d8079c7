"""Versions: what chooses among several of one script, by share, key or override.

A script with one version has none of this before it. Shares are told while workerd runs.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud, Split
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    EVENTS,
    VERSIONS,
    designator,
    json_binding,
    system_worker,
    told_binding,
    worker_service,
)

RUNTIME = Path(__file__).parents[1]
MODULES = (
    "versions/service/index.mjs",
    "versions/service/choice.mjs",
    "development_processes/stand_in/settle.mjs",
)
"""The main one, and what it imports, by the paths by which they find each other."""


def _bind(binding: Json, _: Context) -> Json:
    told = {name: binding.get(name, "") for name in ("id", "tag", "timestamp")}
    return json_binding(binding["name"], told)


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    if not cloud.splits:
        return []
    modules = [{"name": name, "esModule": Embed(RUNTIME / name)} for name in MODULES]
    bindings = [told_binding("SHARES", _shares(cloud)), *_targets(cloud)]
    return [system_worker("versions", modules, bindings, flags=[EVENTS])]


def _shares(cloud: Cloud) -> dict[str, list[Json]]:
    return {split.script: [asdict(share) for share in split.shares] for split in cloud.splits}


def _targets(cloud: Cloud) -> Iterator[Json]:
    """Bind every version, and of each the entrypoints that other workers are bound to."""
    for split in cloud.splits:
        for entrypoint in (None, *_entrypoints(cloud, split)):
            for share in split.shares:
                name = f"worker:{share.worker}#{entrypoint or ''}"
                service = designator(worker_service(share.worker), entrypoint=entrypoint)
                yield {"name": name, "service": service}


def _entrypoints(cloud: Cloud, split: Split) -> list[str]:
    bindings = [binding for worker in cloud.workers for binding in worker.bindings]
    named = (
        each.get("entrypoint")
        for each in bindings
        if each["type"] == "service" and each["service"] == split.script
    )
    return sorted({entrypoint for entrypoint in named if entrypoint})


def _told(cloud: Cloud, _account: Account) -> dict[str, object]:
    return {"/versions/shares": _shares(cloud)} if cloud.splits else {}


def _admin(cloud: Cloud) -> list[Json]:
    control = designator(VERSIONS, entrypoint="Control")
    return [{"name": "VERSIONS", "service": control}] if cloud.splits else []


KIND = RuntimeKind(
    bindings={"version_metadata": _bind}, services=_services, admin=_admin, told=_told
)
