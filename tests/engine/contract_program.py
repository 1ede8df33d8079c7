"""The part of the recorded program that this project's resource families make.

`mig` off drops the block of migrations that was applied, as the recording did between its two ups.
"""

import pulumi

from components.sdk import cloudflare

ACCOUNT = "0" * 32
ZONE = "1" * 32
CANARY = "s3cr3t-canary"
CODE = (
    "import {DurableObject} from 'cloudflare:workers';"
    "export class SessionStateDO extends DurableObject{};"
    "export default {fetch(){return new Response('hi')},queue(){},scheduled(){}}"
)


def program() -> None:
    """Declare one resource of every type of the table."""
    namespace = cloudflare.WorkersKvNamespace("kv", account_id=ACCOUNT, title="TOKEN_KV")
    cloudflare.WorkersKv(
        "seed", account_id=ACCOUNT, namespace_id=namespace.id, key_name="api:1", value="v"
    )
    bucket = _bucket()
    database = cloudflare.D1Database(
        "db",
        account_id=ACCOUNT,
        name="chittyconnect",
        read_replication={"mode": "disabled"},
    )
    queue = cloudflare.Queue("events", account_id=ACCOUNT, queue_name="events")
    dead = cloudflare.Queue("dlq", account_id=ACCOUNT, queue_name="dlq")
    script = _script(namespace, bucket, database, queue)
    cloudflare.QueueConsumer(
        "consumer",
        account_id=ACCOUNT,
        queue_id=queue.queue_id,
        script_name=script.script_name,
        type="worker",
        dead_letter_queue=dead.queue_name,
        settings={"batch_size": 10, "max_retries": 3},
    )
    _attachments(script)
    _balanced()
    pulumi.export("kv", namespace.id)


def _bucket() -> cloudflare.R2Bucket:
    bucket = cloudflare.R2Bucket("docs", account_id=ACCOUNT, name="chittyconnect-documents")
    cloudflare.R2ManagedDomain(
        "docs-public", account_id=ACCOUNT, bucket_name=bucket.name, enabled=False
    )
    cloudflare.R2BucketCors(
        "docs-cors",
        account_id=ACCOUNT,
        bucket_name=bucket.name,
        rules=[
            {
                "id": "connect",
                "allowed": {
                    "origins": ["https://connect.chitty.cc"],
                    "methods": ["GET", "PUT", "POST", "DELETE"],
                    "headers": ["*"],
                },
                "expose_headers": ["ETag"],
                "max_age_seconds": 3600,
            }
        ],
    )
    cloudflare.R2BucketLifecycle(
        "docs-lifecycle",
        account_id=ACCOUNT,
        bucket_name=bucket.name,
        rules=[
            {
                "id": "delete-temp-files",
                "enabled": True,
                "conditions": {"prefix": "temp/"},
                "delete_objects_transition": {"condition": {"type": "Age", "max_age": 604800}},
            },
            {
                "id": "transition-old-files",
                "enabled": True,
                "conditions": {"prefix": "archive/"},
                "storage_class_transitions": [
                    {
                        "condition": {"type": "Age", "max_age": 7776000},
                        "storage_class": "InfrequentAccess",
                    }
                ],
            },
        ],
    )
    return bucket


def _script(
    namespace: cloudflare.WorkersKvNamespace,
    bucket: cloudflare.R2Bucket,
    database: cloudflare.D1Database,
    queue: cloudflare.Queue,
) -> cloudflare.WorkersScript:
    applied = pulumi.Config().get("mig") == "off"
    migrations: cloudflare.WorkersScriptMigrationsArgsDict = {
        "new_tag": "v1",
        "new_sqlite_classes": ["SessionStateDO"],
    }
    return cloudflare.WorkersScript(
        "worker",
        account_id=ACCOUNT,
        script_name="chittyconnect",
        main_module="worker.mjs",
        content=CODE,
        compatibility_date="2026-11-01",
        compatibility_flags=["nodejs_compat"],
        migrations=None if applied else migrations,
        observability={"enabled": True},
        bindings=[
            {"name": "DB", "type": "d1", "id": database.id},
            {"name": "DOCUMENT_STORAGE", "type": "r2_bucket", "bucket_name": bucket.name},
            {"name": "EVENTS", "type": "queue", "queue_name": queue.queue_name},
            {"name": "SECRET", "type": "secret_text", "text": pulumi.Output.secret(CANARY)},
            {
                "name": "SESSION_STATE",
                "type": "durable_object_namespace",
                "class_name": "SessionStateDO",
            },
            {"name": "TOKEN_KV", "type": "kv_namespace", "namespace_id": namespace.id},
        ],
    )


def _attachments(script: cloudflare.WorkersScript) -> None:
    cloudflare.WorkersScriptSubdomain(
        "workers-dev",
        account_id=ACCOUNT,
        script_name=script.script_name,
        enabled=False,
        previews_enabled=False,
    )
    cloudflare.WorkersCustomDomain(
        "domain",
        account_id=ACCOUNT,
        zone_id=ZONE,
        hostname="connect.chitty.cc",
        service=script.script_name,
    )
    cloudflare.WorkersRoute(
        "route",
        zone_id=ZONE,
        pattern="api.chitty.cc/project-awareness/*",
        script=script.script_name,
    )
    cloudflare.WorkersCronTrigger(
        "cron",
        account_id=ACCOUNT,
        script_name=script.script_name,
        schedules=[{"cron": "*/5 * * * *"}],
    )


def _balanced() -> None:
    host = "project-awareness{}.chitty.cc"
    healthy = '"status":"healthy"'
    monitor = cloudflare.LoadBalancerMonitor(
        "mon",
        account_id=ACCOUNT,
        type="https",
        path="/health",
        expected_codes="200",
        expected_body=healthy,
        interval=60,
        timeout=5,
        retries=2,
    )
    pool = cloudflare.LoadBalancerPool(
        "pool",
        account_id=ACCOUNT,
        name="primary_workers",
        monitor=monitor.id,
        origins=[
            {"name": "us-east", "address": host.format(""), "enabled": True, "weight": 1},
            {"name": "us-west", "address": host.format("-west"), "enabled": True, "weight": 1},
        ],
    )
    cloudflare.LoadBalancer(
        "lb",
        zone_id=ZONE,
        name=host.format(""),
        default_pools=[pool.id],
        fallback_pool=pool.id,
        proxied=True,
        steering_policy="geo",
        region_pools={"WNAM": [pool.id]},
    )
    cloudflare.Healthcheck(
        "hc",
        zone_id=ZONE,
        name="project_awareness_health",
        address=host.format(""),
        type="HTTPS",
        interval=60,
        timeout=5,
        retries=2,
        check_regions=["WNAM", "ENAM", "WEU"],
        http_config={
            "path": "/health",
            "method": "GET",
            "expected_codes": ["200"],
            "expected_body": healthy,
        },
    )
