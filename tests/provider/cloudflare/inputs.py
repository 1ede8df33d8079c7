"""Inputs as the SDK sends them, one set a resource type."""

from typing import Any

Inputs = dict[str, Any]

ACCOUNT = "0" * 32
ZONE = "1" * 32
CANARY = "s3cr3t-canary"
CODE = (
    "import {DurableObject} from 'cloudflare:workers';"
    "export class SessionStateDO extends DurableObject{};"
    "export default {fetch(){return new Response('hi')}}"
)

NAMESPACE: Inputs = {"accountId": ACCOUNT, "title": "TOKEN_KV"}
BUCKET: Inputs = {"accountId": ACCOUNT, "name": "chittyconnect-documents"}
CORS: Inputs = {
    "accountId": ACCOUNT,
    "bucketName": "chittyconnect-documents",
    "rules": [
        {
            "id": "connect",
            "allowed": {
                "origins": ["https://connect.chitty.cc"],
                "methods": ["GET", "PUT", "POST", "DELETE"],
                "headers": ["*"],
            },
            "exposeHeaders": ["ETag"],
            "maxAgeSeconds": 3600,
        }
    ],
}
LIFECYCLE: Inputs = {
    "accountId": ACCOUNT,
    "bucketName": "chittyconnect-documents",
    "rules": [
        {
            "id": "delete-temp-files",
            "enabled": True,
            "conditions": {"prefix": "temp/"},
            "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 604800}},
        },
        {
            "id": "transition-old-files",
            "enabled": True,
            "conditions": {"prefix": "archive/"},
            "storageClassTransitions": [
                {
                    "condition": {"type": "Age", "maxAge": 7776000},
                    "storageClass": "InfrequentAccess",
                }
            ],
        },
    ],
}
TUNNEL: Inputs = {
    "accountId": ACCOUNT,
    "name": "1password-connect-chittyos",
    "configSrc": "cloudflare",
}
WEBHOOK: Inputs = {
    "accountId": ACCOUNT,
    "name": "slack",
    "url": "https://hooks.example.com/x",
    "secret": "abc",
}
ADDRESS_LIST: Inputs = {
    "accountId": ACCOUNT,
    "kind": "ip",
    "name": "watched",
    "description": "seen before",
    "items": [{"ip": "198.51.100.0/24"}, {"ip": "203.0.113.7", "comment": "a scanner"}],
}
MANAGED_DOMAIN: Inputs = {
    "accountId": ACCOUNT,
    "bucketName": "chittyconnect-documents",
    "enabled": False,
}
DATABASE: Inputs = {
    "accountId": ACCOUNT,
    "name": "chittyconnect",
    "readReplication": {"mode": "disabled"},
}
QUEUE: Inputs = {"accountId": ACCOUNT, "queueName": "events"}
SUBDOMAIN: Inputs = {
    "accountId": ACCOUNT,
    "scriptName": "chittyconnect",
    "enabled": False,
    "previewsEnabled": False,
}
WORKER: Inputs = {
    "accountId": ACCOUNT,
    "name": "superinstance-router",
    "observability": {"enabled": True},
    "subdomain": {"enabled": False, "previewsEnabled": False},
}
CUSTOM_DOMAIN: Inputs = {
    "accountId": ACCOUNT,
    "zoneId": ZONE,
    "hostname": "connect.chitty.cc",
    "service": "chittyconnect",
}
ROUTE: Inputs = {
    "zoneId": ZONE,
    "pattern": "api.chitty.cc/project-awareness/*",
    "script": "chittyconnect",
}
RULESET: Inputs = {
    "zoneId": ZONE,
    "kind": "zone",
    "name": "rl",
    "phase": "http_ratelimit",
    "rules": [
        {
            "ref": "all",
            "action": "block",
            "expression": '(http.host eq "project-awareness.chitty.cc")',
            "enabled": True,
            "ratelimit": {
                "characteristics": ["ip.src", "cf.colo.id"],
                "period": 60,
                "requestsPerPeriod": 2000,
                "mitigationTimeout": 60,
            },
        }
    ],
}
MONITOR: Inputs = {
    "accountId": ACCOUNT,
    "type": "https",
    "path": "/health",
    "expectedCodes": "200",
    "expectedBody": '"status":"healthy"',
    "interval": 60,
    "timeout": 5,
    "retries": 2,
}
HEALTH_CHECK: Inputs = {
    "zoneId": ZONE,
    "name": "project_awareness_health",
    "address": "project-awareness.chitty.cc",
    "type": "HTTPS",
    "interval": 60,
    "timeout": 5,
    "retries": 2,
    "checkRegions": ["WNAM", "ENAM", "WEU"],
    "httpConfig": {
        "path": "/health",
        "method": "GET",
        "expectedCodes": ["200"],
        "expectedBody": '"status":"healthy"',
    },
}
CRON_TRIGGER: Inputs = {
    "accountId": ACCOUNT,
    "scriptName": "chittyconnect",
    "schedules": [{"cron": "*/5 * * * *"}],
}
ZONE_SETTING: Inputs = {"zoneId": ZONE, "settingId": "ssl", "value": "strict"}
HSTS: Inputs = {
    "zoneId": ZONE,
    "settingId": "security_header",
    "value": {
        "strict_transport_security": {
            "enabled": True,
            "include_subdomains": True,
            "max_age": 31536000,
            "nosniff": True,
            "preload": True,
        }
    },
}
HOSTNAME_TLS: Inputs = {
    "zoneId": ZONE,
    "settingId": "min_tls_version",
    "hostname": "project-awareness.chitty.cc",
    "value": "1.3",
}
CERTIFICATE: Inputs = {
    "zoneId": ZONE,
    "certificateAuthority": "google",
    "hosts": ["chitty.cc", "project-awareness.chitty.cc"],
    "type": "advanced",
    "validationMethod": "txt",
    "validityDays": 90,
}
ACCOUNT_TOKEN: Inputs = {
    "accountId": ACCOUNT,
    "name": "preview",
    "policies": [
        {
            "effect": "allow",
            "permissionGroups": [{"id": "f" * 32}],
            "resources": f'{{"com.cloudflare.api.account.{ACCOUNT}":"*"}}',
        }
    ],
    "condition": {"requestIp": {"ins": ["203.0.113.0/24"]}},
    "expiresOn": "2027-11-21T00:00:00Z",
}


def pair(namespace: str) -> Inputs:
    return {"accountId": ACCOUNT, "namespaceId": namespace, "keyName": "api:1", "value": "v"}


def consumer(queue: str) -> Inputs:
    return {
        "accountId": ACCOUNT,
        "queueId": queue,
        "scriptName": "chittyconnect",
        "type": "worker",
        "deadLetterQueue": "dlq",
        "settings": {"batchSize": 10, "maxRetries": 3},
    }


def script(database: str = "d" * 32, namespace: str = "n" * 32) -> Inputs:
    return {
        "accountId": ACCOUNT,
        "scriptName": "chittyconnect",
        "mainModule": "worker.mjs",
        "content": CODE,
        "compatibilityDate": "2026-11-01",
        "compatibilityFlags": ["nodejs_compat"],
        "migrations": {"newTag": "v1", "newSqliteClasses": ["SessionStateDO"]},
        "observability": {"enabled": True},
        "bindings": [
            {"name": "DB", "type": "d1", "id": database},
            {
                "name": "DOCUMENT_STORAGE",
                "type": "r2_bucket",
                "bucketName": "chittyconnect-documents",
            },
            {"name": "EVENTS", "type": "queue", "queueName": "events"},
            {"name": "SECRET", "type": "secret_text", "text": CANARY},
            {
                "name": "SESSION_STATE",
                "type": "durable_object_namespace",
                "className": "SessionStateDO",
            },
            {"name": "TOKEN_KV", "type": "kv_namespace", "namespaceId": namespace},
        ],
    }


def version(worker: str = "w") -> Inputs:
    """Give a version of a worker with one module."""
    module = {
        "name": "index.mjs",
        "contentType": "application/javascript+module",
        "contentBase64": "ZXhwb3J0IGRlZmF1bHQge2ZldGNoKCl7cmV0dXJuIG5ldyBSZXNwb25zZSgnaGknKX19",
    }
    return {
        "accountId": ACCOUNT,
        "workerId": worker,
        "mainModule": "index.mjs",
        "compatibilityDate": "2026-11-01",
        "compatibilityFlags": [],
        "bindings": [{"name": "SECRET", "type": "secret_text", "text": CANARY}],
        "modules": [module],
    }


def deployment(version_id: str = "v") -> Inputs:
    """Give a deployment of one version to all requests."""
    return {
        "accountId": ACCOUNT,
        "scriptName": "superinstance-router",
        "strategy": "percentage",
        "versions": [{"versionId": version_id, "percentage": 100}],
    }


def pool(monitor_id: str) -> Inputs:
    """Give a pool that a monitor watches."""
    host = "project-awareness{}.chitty.cc"
    return {
        "accountId": ACCOUNT,
        "name": "primary_workers",
        "monitor": monitor_id,
        "origins": [
            {"name": "us-east", "address": host.format(""), "enabled": True, "weight": 1},
            {"name": "us-west", "address": host.format("-west"), "enabled": True, "weight": 1},
        ],
    }


def balancer(pool_id: str) -> Inputs:
    """Give the balancer of a pool."""
    return {
        "zoneId": ZONE,
        "name": "project-awareness.chitty.cc",
        "defaultPools": [pool_id],
        "fallbackPool": pool_id,
        "proxied": True,
        "steeringPolicy": "geo",
        "regionPools": {"WNAM": [pool_id]},
    }


def notification(webhook_id: str) -> Inputs:
    """Give a policy that is sent to a webhook."""
    return {
        "accountId": ACCOUNT,
        "name": "Service Down",
        "alertType": "health_check_status_notification",
        "enabled": True,
        "filters": {"newHealths": ["Unhealthy"]},
        "mechanisms": {"webhooks": [{"id": webhook_id}]},
    }


def tunnel_configuration(tunnel_id: str) -> Inputs:
    """Give the configuration of a tunnel with one host."""
    host = {"hostname": "1password-connect.chitty.cc", "service": "http://nginx:8080"}
    ingresses = [host, {"service": "http_status:404"}]
    return {"accountId": ACCOUNT, "tunnelId": tunnel_id, "config": {"ingresses": ingresses}}


def dns_record(tunnel_id: str) -> Inputs:
    """Give the record that points at a tunnel."""
    return {
        "zoneId": ZONE,
        "name": "1password-connect.chitty.cc",
        "type": "CNAME",
        "content": f"{tunnel_id}.cfargotunnel.com",
        "proxied": True,
        "ttl": 1,
    }


ACCESS_GROUP: Inputs = {
    "accountId": ACCOUNT,
    "name": "infra",
    "includes": [{"ip": {"ip": "203.0.113.0/24"}}],
}
ACCESS_POLICY: Inputs = {
    "accountId": ACCOUNT,
    "name": "ChittyOS Services Only",
    "decision": "allow",
    "includes": [{"ip": {"ip": "203.0.113.0/24"}}],
}
ACCESS_TOKEN: Inputs = {"accountId": ACCOUNT, "name": "workers", "duration": "8760h"}


def access_application(policy_id: str) -> Inputs:
    """Give an application with one policy."""
    return {
        "accountId": ACCOUNT,
        "name": "1Password Connect API",
        "domain": "1password-connect.chitty.cc",
        "type": "self_hosted",
        "sessionDuration": "24h",
        "policies": [{"id": policy_id, "precedence": 1}],
    }
