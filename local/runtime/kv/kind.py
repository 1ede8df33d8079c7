"""Workers KV: namespaces, kept by the KV worker that is part of workerd."""

from collections.abc import Iterator
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    bundled_worker,
    designator,
    namespace_binding,
    service_binding,
)
from local.runtime.configuration.storage import object_files, object_id, unique_key


def _bind(binding: Json, context: Context) -> Json:
    namespace = binding["namespace_id"]
    known = namespace in context.cloud.kv_namespaces
    context.need(binding, namespace, known, "KV namespace")
    return _binding(binding["name"], namespace)


def _binding(name: str, namespace: str) -> Json:
    return {"name": name, "kvNamespace": designator("system:kv", {"namespace": namespace})}


def _services(_cloud: Cloud, _account: Account) -> list[Json]:
    shard = namespace_binding("SHARD", "KVNamespace")
    return [
        bundled_worker("kv", "KVNamespace", [shard, service_binding("BLOBS", "disk:kv-values")])
    ]


def _admin(cloud: Cloud) -> list[Json]:
    return [_binding(f"kv:{name}", name) for name in cloud.kv_namespaces]


def _files(layout: Layout, namespace: str) -> Iterator[Path]:
    yield from object_files(layout, "kv", namespace)
    yield layout.disk("kv-values") / object_id(unique_key("kv"), namespace)


KIND = RuntimeKind(
    bindings={"kv_namespace": _bind},
    services=_services,
    disks=("kv", "kv-values"),
    admin=_admin,
    stored=lambda cloud: cloud.kv_namespaces,
    files=_files,
)
