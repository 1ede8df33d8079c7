"""The Cache API: what workers put into `caches`, kept for each zone by the worker in `service/`."""

from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    json_binding,
    modules_of,
    namespace_binding,
    stateful,
    system_worker,
    told_binding,
)

SERVICE = Path(__file__).parent / "service"
ZONE_BYTES = 256 * 1024 * 1024
"""What the answers of one zone take in all; beyond that the oldest ones go."""

ANSWER_BYTES = 32 * 1024 * 1024
"""What one answer takes; a larger one is not kept. Cloudflare keeps up to 512 MB."""

CONTROL: Json = {"name": "CACHE", "service": designator("system:cache", entrypoint="Control")}


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    bindings = [
        namespace_binding("CACHES", "ZoneCache"),
        told_binding("ZONES", cloud.zones()),
        json_binding("LIMITS", {"zone": ZONE_BYTES, "answer": ANSWER_BYTES}),
    ]
    return [stateful(system_worker("cache", modules_of(SERVICE), bindings), "ZoneCache", "cache")]


KIND = RuntimeKind(
    services=_services,
    disks=("cache",),
    is_disposable=True,
    admin=lambda _: [CONTROL],
    told=lambda cloud, _: {"/cache/zones": cloud.zones()},
)
