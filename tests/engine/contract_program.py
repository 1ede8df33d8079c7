"""The part of the recorded program that this project's resource families make.

`mig` off drops the block of migrations that was applied, as the recording did between its two ups.
"""

import base64
from typing import Any

import pulumi

from components.sdk import cloudflare

ACCOUNT = "0" * 32
ZONE = "1" * 32
ROUTER = b"export default {fetch(){return new Response('hi')}}"
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
    _access()
    _by_versions(namespace)
    _zone()
    _token()
    _balanced()
    _listed()
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


def _access() -> None:
    """Put what the recording has of Access before a host that nothing else has."""
    ours: list[Any] = [{"ip": {"ip": "203.0.113.0/24"}}]
    cloudflare.ZeroTrustAccessGroup("grp", account_id=ACCOUNT, name="infra", includes=ours)
    cloudflare.ZeroTrustAccessServiceToken(
        "st", account_id=ACCOUNT, name="workers", duration="8760h"
    )
    policy = cloudflare.ZeroTrustAccessPolicy(
        "pol",
        account_id=ACCOUNT,
        name="ChittyOS Services Only",
        decision="allow",
        includes=ours,
    )
    cloudflare.ZeroTrustAccessApplication(
        "app",
        account_id=ACCOUNT,
        name="1Password Connect API",
        domain="1password-connect.chitty.cc",
        type="self_hosted",
        session_duration="24h",
        policies=[{"id": policy.id, "precedence": 1}],
    )


def _by_versions(namespace: cloudflare.WorkersKvNamespace) -> None:
    worker = cloudflare.Worker(
        "router",
        account_id=ACCOUNT,
        name="superinstance-router",
        observability={"enabled": True},
        subdomain={"enabled": False, "previews_enabled": False},
    )
    version = cloudflare.WorkerVersion(
        "router-version",
        account_id=ACCOUNT,
        worker_id=worker.id,
        main_module="index.mjs",
        compatibility_date="2026-11-01",
        compatibility_flags=[],
        bindings=[{"name": "RATE_LIMITS", "type": "kv_namespace", "namespace_id": namespace.id}],
        modules=[
            {
                "name": "index.mjs",
                "content_type": "application/javascript+module",
                "content_base64": base64.b64encode(ROUTER).decode(),
            }
        ],
    )
    cloudflare.WorkersDeployment(
        "router-deployment",
        account_id=ACCOUNT,
        script_name=worker.name,
        strategy="percentage",
        versions=[{"version_id": version.id, "percentage": 100}],
    )


def _zone() -> None:
    header = {
        "enabled": True,
        "max_age": 31536000,
        "include_subdomains": True,
        "preload": True,
        "nosniff": True,
    }
    settings = {
        "ssl": "strict",
        "security_header": {"strict_transport_security": header},
        "min_tls_version": "1.3",
    }
    for name, value in settings.items():
        cloudflare.ZoneSetting(f"zone-{name}", zone_id=ZONE, setting_id=name, value=value)
    cloudflare.ZoneDnssec("dnssec", zone_id=ZONE, status="active")
    cloudflare.UniversalSslSetting("universal", zone_id=ZONE, enabled=True)
    tiers = cloudflare.ArgoTieredCaching("tiers", zone_id=ZONE, value="on")
    smart = pulumi.ResourceOptions(depends_on=[tiers])
    cloudflare.TieredCache("smart", zone_id=ZONE, value="on", opts=smart)
    cloudflare.HostnameTlsSetting(
        "host-tls",
        zone_id=ZONE,
        hostname="project-awareness.chitty.cc",
        setting_id="min_tls_version",
        value="1.3",
    )
    cloudflare.CertificatePack(
        "cert",
        zone_id=ZONE,
        certificate_authority="google",
        type="advanced",
        validation_method="txt",
        validity_days=90,
        hosts=["chitty.cc", "project-awareness.chitty.cc"],
    )
    _rules()


def _rules() -> None:
    year: Any = {"mode": "override_origin", "default": 31536000}
    cloudflare.Ruleset(
        "cache",
        zone_id=ZONE,
        kind="zone",
        name="cache",
        phase="http_request_cache_settings",
        rules=[
            {
                "ref": "static",
                "action": "set_cache_settings",
                "expression": '(starts_with(http.request.uri.path, "/static/"))',
                "enabled": True,
                "action_parameters": {"cache": True, "edge_ttl": year, "browser_ttl": year},
            }
        ],
    )
    cloudflare.Ruleset(
        "managed",
        zone_id=ZONE,
        kind="zone",
        name="managed",
        phase="http_request_firewall_managed",
        rules=[
            {
                "ref": "owasp",
                "action": "execute",
                "expression": "true",
                "enabled": True,
                "action_parameters": {
                    "id": "4814384a9e5d4991b9815dcfc25d2f1f",
                    "overrides": {
                        "rules": [{"id": "6179ae15870a4bb7b2d480d4843b323c", "action": "log"}]
                    },
                },
            }
        ],
    )


def _token() -> None:
    cloudflare.AccountToken(
        "token",
        account_id=ACCOUNT,
        name="preview",
        policies=[
            {
                "effect": "allow",
                "permission_groups": [{"id": "f" * 32}],
                "resources": f'{{"com.cloudflare.api.account.{ACCOUNT}":"*"}}',
            }
        ],
        expires_on="2027-11-21T00:00:00Z",
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


def _listed() -> None:
    """Declare a list and a rule that names it, which has to come later and go before."""
    watched = cloudflare.List(
        "watched",
        account_id=ACCOUNT,
        kind="ip",
        name="watched",
        items=[{"ip": "198.51.100.0/24"}, {"ip": "203.0.113.7", "comment": "a scanner"}],
    )
    rule = cloudflare.RulesetRuleArgs(
        ref="watched", expression="ip.src in $watched", action="block"
    )
    cloudflare.Ruleset(
        "watches",
        zone_id=ZONE,
        kind="zone",
        name="watches",
        phase="http_request_firewall_custom",
        rules=[rule],
        opts=pulumi.ResourceOptions(depends_on=[watched]),
    )
