"""R2: buckets, kept and served (binding, S3, public hosts) by the worker in `service/`."""

from collections.abc import Iterator
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    json_binding,
    modules_of,
    namespace_binding,
    service_binding,
    stateful,
    system_worker,
    told_binding,
)
from local.runtime.configuration.storage import object_files, object_id, unique_key

SERVICE = Path(__file__).parent / "service"


def _bind(binding: Json, context: Context) -> Json:
    bucket = binding["bucket_name"]
    known = any(bucket == other.name for other in context.cloud.buckets)
    context.need(binding, bucket, known, "R2 bucket")
    return {"name": binding["name"], "r2Bucket": designator("system:r2", {"bucket": bucket})}


def _settings(cloud: Cloud) -> dict[str, Json]:
    return {
        bucket.name: {
            "cors": bucket.cors,
            "lifecycle": bucket.lifecycle,
            "storageClass": bucket.storage_class,
            "public": bucket.managed_domain,
        }
        for bucket in cloud.buckets
    }


def _services(cloud: Cloud, account: Account) -> list[Json]:
    keys = {account.credentials.access_key_id: account.credentials.secret_access_key}
    bindings = [
        namespace_binding("STORE", "Bucket"),
        service_binding("BLOBS", "disk:r2-blobs"),
        told_binding("BUCKETS", _settings(cloud)),
        json_binding("KEYS", keys),
    ]
    service = system_worker("r2", modules_of(SERVICE), bindings, flags=["nodejs_compat"])
    return [stateful(service, "Bucket", "r2")]


def _files(layout: Layout, bucket: str) -> Iterator[Path]:
    yield from object_files(layout, "r2", bucket)
    yield layout.disk("r2-blobs") / object_id(unique_key("r2"), bucket)


KIND = RuntimeKind(
    bindings={"r2_bucket": _bind},
    services=_services,
    sockets=({"name": "s3", "http": {}, "service": designator("system:r2", entrypoint="S3")},),
    disks=("r2", "r2-blobs"),
    admin=lambda _: [{"name": "R2", "service": designator("system:r2", entrypoint="Admin")}],
    stored=lambda cloud: [bucket.name for bucket in cloud.buckets],
    files=_files,
    told=lambda cloud, _: {"/r2/settings": _settings(cloud)},
)
