"""ChittyConnect on a local Cloudflare of its own, once for all tests of this folder."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.bundle import ROOT, bundle
from harness.connect_host import sidecar_file
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from tests.workers.stack import ALL, EXPIRED, OTHER, OWNER, READER, ConnectStack

SCRIPT = "chittyconnect-test"
HOST = "connect-test.chitty.cc"
CONNECT_HOST = "1password-connect-test.chitty.cc"
BUCKET = "chittyconnect-documents-test"
QUEUE = "chittyconnect-documents-events-test"
DEAD_LETTERS = f"{QUEUE}-dead-letters"
ENTRY = "systems/chittyconnect/workers/connect/index.ts"
MIGRATIONS = ROOT / "systems/chittyconnect/migrations/chittyconnect"
VAULTS = ROOT / "systems/chittyconnect/vaults.yaml"
DAY = 86_400

VARIABLES = {
    "ENVIRONMENT": "development",
    "ENABLE_DURABLE_OBJECTS": "true",
    "DO_ROLLOUT_PERCENTAGE": "0.10",
    "ENABLE_R2_STORAGE": "true",
    "ONEPASSWORD_CONNECT_URL": "",
    "SERVICE_VAULTS": "",
    "CORS_ORIGIN": f"https://{HOST}",
    "R2_BUCKET_NAME": BUCKET,
    "QUOTA_BYTES": "50000000",
    "QUOTA_DOCUMENTS": "20",
    "MAX_UPLOAD_BYTES": "20000000",
    "SESSION_TTL_SECONDS": "3600",
    "SESSION_MAX_BYTES": "65536",
}
LIFECYCLE = [
    {
        "id": "delete-temp-files",
        "enabled": True,
        "conditions": {"prefix": "temp/"},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 7 * DAY}},
    },
    {
        "id": "transition-old-files",
        "enabled": True,
        "conditions": {"prefix": "archive/"},
        "storageClassTransitions": [
            {
                "condition": {"type": "Age", "maxAge": 90 * DAY},
                "storageClass": "InfrequentAccess",
            }
        ],
    },
    {
        "id": "abort-uploads",
        "enabled": True,
        "conditions": {"prefix": ""},
        "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 7 * DAY}},
    },
]


@pytest.fixture(scope="session")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectStack]:
    folder = tmp_path_factory.mktemp("connect")
    file = sidecar_file(folder, CONNECT_HOST)
    with local_cloudflare(folder / "cloudflare", vaults=VAULTS, sidecar=file) as cloud:
        yield deployed(cloud)


def deployed(cloud: LocalCloudflare) -> ConnectStack:
    """Deploy ChittyConnect with all that it is bound to, by the API."""
    stores = _stores(cloud)
    code = (ROOT / bundle(ENTRY, SCRIPT).path).read_text(encoding="utf-8")

    def deploy(migrations: Mapping[str, Any] | None = None, **variables: str) -> None:
        metadata: dict[str, Any] = {"bindings": _bindings(cloud, stores, variables)}
        if migrations is not None:
            metadata["migrations"] = migrations
        cloud.upload(SCRIPT, {"index.mjs": code}, **metadata)

    deploy({"new_tag": "v1", "new_sqlite_classes": ["SessionStateDO"]})
    _attach(cloud, stores["queue_id"])
    return ConnectStack(cloud, HOST, SCRIPT, bucket=BUCKET, redeploy=deploy, **stores)


def _stores(cloud: LocalCloudflare) -> dict[str, str]:
    """Create what holds data, with the rules and tables in it; their ids."""
    kv = cloud.result("POST", cloud.account("/storage/kv/namespaces"), json={"title": SCRIPT})
    database = cloud.result("POST", cloud.account("/d1/database"), json={"name": SCRIPT})
    queue = cloud.result("POST", cloud.account("/queues"), json={"queue_name": QUEUE})
    dead = cloud.result("POST", cloud.account("/queues"), json={"queue_name": DEAD_LETTERS})
    cloud.result("POST", cloud.account("/r2/buckets"), json={"name": BUCKET})
    rules = cloud.account(f"/r2/buckets/{BUCKET}/lifecycle")
    cloud.result("PUT", rules, json={"rules": LIFECYCLE})
    _migrate(cloud, database["uuid"], MIGRATIONS)
    return {
        "namespace_id": kv["id"],
        "database_id": database["uuid"],
        "queue_id": queue["queue_id"],
        "dead_letters_id": dead["queue_id"],
    }


def _migrate(cloud: LocalCloudflare, database_id: str, folder: Path) -> None:
    for file in sorted(folder.glob("*.sql")):
        path = cloud.account(f"/d1/database/{database_id}/query")
        cloud.result("POST", path, json={"sql": file.read_text(encoding="utf-8")})


def _bindings(
    cloud: LocalCloudflare, stores: Mapping[str, str], variables: Mapping[str, str]
) -> list[dict[str, str]]:
    key, secret = cloud.credentials()
    endpoint = f"http://127.0.0.1:{cloud.s3_port}"
    texts = {**VARIABLES, "R2_S3_ENDPOINT": endpoint, **variables}
    secrets = {
        "API_TOKENS": json.dumps(
            [token.record() for token in (ALL, READER, EXPIRED, OWNER, OTHER)]
        ),
        "R2_ACCESS_KEY_ID": key,
        "R2_SECRET_ACCESS_KEY": secret,
        "CHITTYID_SERVICE_TOKEN": "canary-chittyid-service-token",
    }
    return [
        {
            "type": "durable_object_namespace",
            "name": "SESSION_STATE",
            "class_name": "SessionStateDO",
        },
        {"type": "kv_namespace", "name": "TOKEN_KV", "namespace_id": stores["namespace_id"]},
        {"type": "r2_bucket", "name": "DOCUMENT_STORAGE", "bucket_name": BUCKET},
        {"type": "d1", "name": "DB", "id": stores["database_id"]},
        {"type": "queue", "name": "DOCUMENT_EVENTS", "queue_name": QUEUE},
        *({"type": "plain_text", "name": name, "text": text} for name, text in texts.items()),
        *({"type": "secret_text", "name": name, "text": text} for name, text in secrets.items()),
    ]


def _attach(cloud: LocalCloudflare, queue_id: str) -> None:
    """Give the worker its host and its queue."""
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": cloud.zone_id}
    domain["environment"] = "production"
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    consumer = {"type": "worker", "script_name": SCRIPT, "dead_letter_queue": DEAD_LETTERS}
    settings = {"batch_size": 10, "max_retries": 3, "max_wait_time_ms": 500, "retry_delay": 0}
    path = cloud.account(f"/queues/{queue_id}/consumers")
    cloud.result("POST", path, json={**consumer, "settings": settings})
