"""Workers of the runtime itself: what stands behind bindings, in front of workers, beside them."""

import json
from pathlib import Path

from local.model import Cloud, Consumer, Json, managed_host
from local.runtime.account import Account
from local.runtime.bindings import designator, kv_binding, queue_binding, worker_service
from local.runtime.capnp import Embed
from local.runtime.consumers import consumer_settings

SYSTEM = Path(__file__).parent / "system"
COMPATIBILITY_DATE = "2026-01-01"
EVENTS = "service_binding_extra_handlers"
"""Lets a system worker call `queue()` and `scheduled()` of another."""

CF_HEADERS_SET = {
    "cf-connecting-ip": "127.0.0.1",
    "cf-ipcountry": "XX",
    "cf-visitor": '{"scheme":"https"}',
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "https",
    "x-real-ip": "127.0.0.1",
}
CF_HEADERS_DROPPED = (
    "cf-access-authenticated-user-email",
    "cf-access-jwt-assertion",
    "cf-connecting-ipv6",
    "cf-ew-via",
    "cf-pseudo-ipv4",
    "cf-ray",
    "cf-worker",
    "true-client-ip",
)
"""What a client may not say of itself. workerd sets and drops these before any worker runs."""

SOCKETS: tuple[Json, ...] = (
    {
        "name": "edge",
        "http": {
            "injectRequestHeaders": [
                *({"name": name, "value": value} for name, value in CF_HEADERS_SET.items()),
                *({"name": name} for name in CF_HEADERS_DROPPED),
            ],
            "injectResponseHeaders": [{"name": "server", "value": "cloudflare"}],
        },
        "service": designator("system:entry"),
    },
    {"name": "s3", "http": {}, "service": designator("system:r2", entrypoint="S3")},
    {"name": "admin", "http": {}, "service": designator("system:admin")},
)


def of(cloud: Cloud, account: Account, *, crons: bool = True) -> list[Json]:
    """List every system worker that *cloud* needs. Without *crons* no schedule fires."""
    found = [
        _bundled("kv", "KVNamespace", _kv_bindings()),
        _bundled("d1", "D1Database", [_namespace("DATABASE", "D1Database")]),
        _bundled("queues", "QueueShard", _queue_bindings(cloud)),
        _r2(cloud, account),
        _worker("producer", _producer_bindings(cloud)),
        _worker("tail", []),
        _worker("outbound", _outbound_bindings(cloud, account)),
        _worker("entry", _entry_bindings(cloud, account)),
        _worker("admin", _admin_bindings(cloud), flags=[EVENTS]),
    ]
    if crons and any(worker.crons for worker in cloud.workers):
        found.append(_bundled("cron", "Schedule", _cron_bindings(cloud)))
    return found


def system_modules(name: str) -> list[Json]:
    """List the modules of the system worker *name*; the main one is `index.mjs`."""
    folder = SYSTEM / name
    paths = sorted(folder.glob("*.mjs"), key=lambda path: (path.name != "index.mjs", path.name))
    return [{"name": path.name, "esModule": Embed(path)} for path in paths]


def _worker(name: str, bindings: list[Json], flags: list[str] | None = None) -> Json:
    body = {
        "modules": system_modules(name),
        "compatibilityDate": COMPATIBILITY_DATE,
        "compatibilityFlags": flags or [],
        "bindings": bindings,
    }
    return {"name": f"system:{name}", "worker": body}


def _bundled(name: str, class_name: str, bindings: list[Json]) -> Json:
    """Render a worker whose source is part of workerd; its state is on the disk of its name."""
    body = {
        "modules": [{"name": f"{name}.js", "bundled": f"/workerd/{name}.js"}],
        "compatibilityDate": COMPATIBILITY_DATE,
        "compatibilityFlags": [EVENTS],
        "bindings": bindings,
        **_storage(class_name, name),
    }
    return {"name": f"system:{name}", "worker": body}


def _storage(class_name: str, disk: str) -> Json:
    namespace = {"className": class_name, "uniqueKey": f"local-{disk}", "enableSql": True}
    return {
        "durableObjectNamespaces": [namespace],
        "durableObjectStorage": {"localDisk": f"disk:{disk}"},
    }


def _namespace(binding: str, class_name: str) -> Json:
    return {"name": binding, "durableObjectNamespace": {"className": class_name}}


def _service(binding: str, service: str) -> Json:
    return {"name": binding, "service": designator(service)}


def _json(binding: str, value: object) -> Json:
    return {"name": binding, "json": json.dumps(value)}


def _kv_bindings() -> list[Json]:
    return [_namespace("SHARD", "KVNamespace"), _service("BLOBS", "disk:kv-values")]


def delivering(cloud: Cloud) -> list[Consumer]:
    """List the consumers that get messages: their worker is there, their queue is not paused."""
    names = {worker.name for worker in cloud.workers}
    paused = {queue.name for queue in cloud.queues if queue.settings.get("delivery_paused")}
    return [
        consumer
        for consumer in cloud.consumers
        if consumer.worker in names and consumer.queue not in paused
    ]


def _queue_bindings(cloud: Cloud) -> list[Json]:
    consumers = delivering(cloud)
    settings = {consumer.queue: consumer_settings(consumer) for consumer in consumers}
    workers = sorted({consumer.worker for consumer in consumers})
    return [
        _namespace("SHARD", "QueueShard"),
        _json("CONSUMERS", settings),
        *(_service(f"worker:{name}", worker_service(name)) for name in workers),
    ]


def _producer_bindings(cloud: Cloud) -> list[Json]:
    return [
        {
            "name": f"queue:{queue.name}",
            "service": designator("system:queues", {"queue": queue.name}),
        }
        for queue in cloud.queues
        if queue.settings.get("delivery_delay")
    ]


def _cron_bindings(cloud: Cloud) -> list[Json]:
    workers = [worker for worker in cloud.workers if worker.crons]
    return [
        _namespace("SCHEDULE", "Schedule"),
        _json("CRONS", {worker.name: worker.crons for worker in workers}),
        *(_service(worker.name, worker_service(worker.name)) for worker in workers),
    ]


def _r2(cloud: Cloud, account: Account) -> Json:
    buckets = {
        bucket.name: {
            "cors": bucket.cors,
            "lifecycle": bucket.lifecycle,
            "storageClass": bucket.storage_class,
            "public": bucket.managed_domain,
        }
        for bucket in cloud.buckets
    }
    keys = {account.credentials.access_key_id: account.credentials.secret_access_key}
    bindings = [
        _namespace("STORE", "Bucket"),
        _service("BLOBS", "disk:r2-blobs"),
        _json("BUCKETS", buckets),
        _json("KEYS", keys),
    ]
    service = _worker("r2", bindings, flags=["nodejs_compat"])
    return {**service, "worker": {**service["worker"], **_storage("Bucket", "r2")}}


def _entry_bindings(cloud: Cloud, account: Account) -> list[Json]:
    names = {worker.name for worker in cloud.workers}
    routes = [
        {"pattern": route.pattern, "kind": route.kind, "worker": route.worker}
        for route in cloud.routes
        if route.worker is None or route.worker in names
    ]
    public = _public_hosts(cloud, account)
    used = sorted({route["worker"] for route in routes if route["worker"]})
    return [
        _json("ROUTES", routes),
        _json("PUBLIC", public),
        _json("PORT", account.edge_port),
        *(_service(f"worker:{name}", worker_service(name)) for name in used),
        *(
            {
                "name": f"bucket:{bucket}",
                "service": designator("system:r2", {"bucket": bucket}, "Public"),
            }
            for bucket in public.values()
        ),
    ]


def _outbound_bindings(cloud: Cloud, account: Account) -> list[Json]:
    domains = [route.pattern for route in cloud.routes if route.kind == "domain"]
    return [
        _json("HOSTS", [*domains, *_public_hosts(cloud, account)]),
        _json("S3_HOSTS", account.s3_hosts),
        {"name": "ORIGIN", "service": designator("system:entry", entrypoint="Origin")},
        {"name": "S3", "service": designator("system:r2", entrypoint="S3")},
        _service("INTERNET", "internet"),
    ]


def _public_hosts(cloud: Cloud, account: Account) -> dict[str, str]:
    """Map the hosts of public buckets to the buckets."""
    return {
        managed_host(account.id, bucket.name): bucket.name
        for bucket in cloud.buckets
        if bucket.managed_domain
    }


def _admin_bindings(cloud: Cloud) -> list[Json]:
    databases = (
        {"name": f"d1:{name}", "service": designator("system:d1", {"database": name})}
        for name in cloud.databases
    )
    return [
        *(kv_binding(f"kv:{name}", name) for name in cloud.kv_namespaces),
        *databases,
        *(queue_binding(f"queue:{queue.name}", queue) for queue in cloud.queues),
        *(_service(f"worker:{each.name}", worker_service(each.name)) for each in cloud.workers),
        {"name": "R2", "service": designator("system:r2", entrypoint="Admin")},
        _service("TAIL", "system:tail"),
    ]
