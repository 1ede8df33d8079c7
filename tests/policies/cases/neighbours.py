"""What stands just beside a violation and is right, and the other ways to write what is wrong."""

from typing import Any

from policies.pack import type_tokens as t
from tests.policies.cases.access import APPLICATION, MACHINES, PEOPLE
from tests.policies.cases.containers import DIGEST, GOOD
from tests.policies.day import ahead
from tests.policies.support import Case, seal

CONNECT_API = f"1password/connect-api:1.7@{DIGEST}"


def right(rule: str, kind: str, props: dict[str, Any], **more: Any) -> Case:
    """Return a resource that the rule accepts."""
    return Case(rule, kind, props, [], **more)


def container(rule: str, **more: Any) -> Case:
    return right(rule, t.CONTAINER, {**GOOD, **more})


def plain(name: str, text: str) -> dict[str, Any]:
    return {"bindings": [{"type": "plain_text", "name": name, "text": text}]}


OBJECT = {"type": "durable_object_namespace", "name": "S", "className": "SessionState"}
NO_OBJECT = {"type": "service", "name": "S", "className": "SessionState", "service": "w"}
TWICE = {"newTag": "v2", "steps": [{"newSqliteClasses": ["A"]}, {"newSqliteClasses": ["B"]}]}
LIMIT = {
    "action": "managed_challenge",
    "ratelimit": {"characteristics": ["ip.src"], "period": 3600, "requestsPerPeriod": 180_000},
}
TOKEN = {
    "policies": [
        {
            "effect": "deny",
            "resources": '{"com.cloudflare.api.account.*": "*"}',
            "permissionGroups": [{"id": "p"}],
        }
    ],
    "expiresOn": f"{ahead(365)}T00:00:00Z",
    "condition": {"requestIp": {"ins": ["203.0.114.0/28"]}},
}
DELETE = {"deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 1}}}
DENY_ALL = {"decision": "deny", "includes": [{"everyone": {}}]}
SKIP = {"action": "skip", "expression": "ip.src eq 1.1.1.1"}
GROUPS = [{"id": str(number)} for number in range(25)]
DESTINATION = {"destinations": [{"type": "public", "uri": "a.chitty.cc"}]}

WORKERS = [
    right("secrets-no-placeholder", t.WORKERS_SCRIPT, plain("NOTE", "admin")),
    right("secrets-no-placeholder", t.CONTAINER, {"envs": ["A_TOKEN=k3Lw0", "MODE"]}),
    right("secrets-no-placeholder", t.CONTAINER, {"command": ["TOKEN=admin"]}),
    right(
        "sensitive-inputs-are-secret",
        t.WORKERS_SCRIPT,
        {"bindings": [{"type": "json", "name": "K", "keyJwk": "x", "text": "y"}]},
    ),
    right("sensitive-inputs-are-secret", t.CONTAINER, {"envs": ["API_TOKEN=", "API_TOKEN"]}),
    right("stateful-protected", t.WORKERS_SCRIPT, {"bindings": [NO_OBJECT]}, options={}),
    right(
        "worker-observability-on",
        t.WORKERS_SCRIPT,
        {"observability": {"enabled": True, "headSamplingRate": 0, "logs": {"enabled": False}}},
        settings={"logs": False, "minSamplingRate": 0},
    ),
    right(
        "worker-observability-on",
        t.WORKERS_SCRIPT,
        {"observability": {"enabled": True, "headSamplingRate": 0.01}},
        settings={"minSamplingRate": 0.01},
    ),
    right("worker-compat-date", t.WORKERS_SCRIPT, {"compatibilityDate": ahead(0)}),
    right("worker-compat-date", t.WORKERS_SCRIPT, {"compatibilityDate": ahead(-540)}),
    right(
        "worker-secrets-not-in-process-env",
        t.WORKERS_SCRIPT,
        {
            "bindings": [{"name": "PLAIN", "type": "plain_text", "text": "p"}],
            "compatibilityDate": "2026-11-01",
        },
    ),
    right(
        "worker-secrets-not-in-process-env",
        t.WORKERS_SCRIPT,
        {
            "bindings": [{"name": "TOKEN", "type": "secret_text", "text": "t"}],
            "compatibilityDate": "2025-03-31",
            "compatibilityFlags": ["nodejs_compat"],
        },
    ),
    right("worker-cpu-limit", t.WORKERS_SCRIPT, {"limits": {"cpuMs": 100_000}}),
    right(
        "queue-consumer-has-dlq",
        t.QUEUE_CONSUMER,
        {"deadLetterQueue": "q-dlq", "settings": {"maxRetries": 10}},
    ),
    Case(
        "queue-consumer-has-dlq",
        t.QUEUE_CONSUMER,
        {"deadLetterQueue": "q-dlq", "settings": {"maxRetries": 3}},
        [("deadLetterQueue", "")],
    ),
]

OBJECTS = [
    right(
        "do-binding-has-migration",
        t.WORKERS_SCRIPT,
        {"bindings": [OBJECT]},
        parent_type=t.COMPONENT_WORKER,
    ),
    right("do-binding-has-migration", t.WORKERS_SCRIPT, {"bindings": [NO_OBJECT]}),
    right(
        "do-binding-has-migration",
        t.WORKERS_SCRIPT,
        {"bindings": [{**OBJECT, "scriptName": "other"}]},
    ),
    Case(
        "do-binding-has-migration",
        t.WORKERS_SCRIPT,
        {"bindings": [{**OBJECT, "scriptName": "other"}]},
        [("bindings[0].scriptName", "")],
    ),
    right("do-migration-tags-move", t.WORKERS_SCRIPT, {"migrations": TWICE}),
    right("do-migration-tags-move", t.WORKERS_SCRIPT, {"bindings": [OBJECT]}),
    right("do-migration-tags-move", t.WORKERS_SCRIPT, {"migrations": {"oldTag": "v1"}}),
    Case(
        "do-migration-tags-move",
        t.WORKERS_SCRIPT,
        {"migrations": TWICE},
        [("migrations.newTag", "")],
    ),
]

BUCKETS = [
    right(
        "r2-no-wildcard-cors",
        t.R2_CORS,
        {"rules": [{"allowed": {"origins": ["http://localhost", "http://127.0.0.1:5173"]}}]},
    ),
    right("r2-lifecycle-not-total", t.R2_LIFECYCLE, {"rules": [{"enabled": False, **DELETE}]}),
    right("r2-lifecycle-not-total", t.R2_LIFECYCLE, {"rules": [{"enabled": True}]}),
    Case(
        "r2-lifecycle-not-total",
        t.R2_LIFECYCLE,
        {"rules": [{"conditions": {"prefix": "a/"}, **DELETE}]},
        [("rules[0].conditions.prefix", "")],
    ),
]

ACCESS = [
    right("access-app-has-policies", t.ACCESS_APPLICATION, {**DESTINATION, "policies": [PEOPLE]}),
    right("access-app-has-policies", t.ACCESS_APPLICATION, {"type": "saas"}),
    Case(
        "access-app-has-policies",
        t.ACCESS_APPLICATION,
        APPLICATION,
        [("domain", "")],
    ),
    Case(
        "access-app-has-policies",
        t.ACCESS_APPLICATION,
        {**DESTINATION, "policies": [PEOPLE]},
        [("destinations", [])],
    ),
    right(
        "access-session-bounded",
        t.ACCESS_APPLICATION,
        {"sessionDuration": "12h"},
        settings={"maxHours": 12},
    ),
    right("access-session-bounded", t.ACCESS_POLICY, {}, settings={"maxHours": 12}),
    right("access-service-token-expires", t.ACCESS_TOKEN, {"clientSecretVersion": 1}),
    right("access-service-token-expires", t.ACCESS_TOKEN, {"duration": "8760h"}),
    Case(
        "access-service-token-expires",
        t.ACCESS_TOKEN,
        {"clientSecretVersion": 2, "previousClientSecretExpiresAt": "2026-12-01T00:00:00Z"},
        [("previousClientSecretExpiresAt", "")],
    ),
    right(
        "access-cookie-and-cors",
        t.ACCESS_APPLICATION,
        {"corsHeaders": {"allowAllOrigins": True, "allowCredentials": False}},
    ),
    Case(
        "access-org-hardened",
        t.ORGANIZATION,
        {
            "isUiReadOnly": True,
            "denyUnmatchedRequests": True,
            "userSeatExpirationInactiveTime": "730h",
        },
        [("userSeatExpirationInactiveTime", "")],
    ),
    right(
        "access-no-everyone", t.ACCESS_POLICY, {"decision": "deny", "includes": [{"everyone": {}}]}
    ),
    right(
        "access-no-everyone",
        t.ACCESS_POLICY,
        {**PEOPLE, "includes": [{"geo": {"countryCode": "AT"}}, {"group": {"id": "g"}}]},
    ),
    right("access-no-everyone", t.ACCESS_POLICY, {"decision": "allow", "includes": []}),
    right("access-mfa", t.ACCESS_POLICY, PEOPLE, settings={"required": False}),
    right(
        "access-mfa",
        t.ACCESS_POLICY,
        PEOPLE,
        settings={"required": True, "organizationEnforces": True},
    ),
    right("access-mfa", t.ACCESS_POLICY, MACHINES, settings={"required": True}),
    right(
        "access-mfa",
        t.ACCESS_POLICY,
        {**MACHINES, "decision": "allow"},
        settings={"required": True},
    ),
    right(
        "access-mfa",
        t.ACCESS_APPLICATION,
        {"mfaConfig": {"allowedAuthenticators": ["totp"]}, "policies": [PEOPLE]},
        settings={"required": True},
    ),
    right(
        "access-mfa",
        t.ACCESS_APPLICATION,
        {"policies": [{**PEOPLE, "mfaConfig": {"allowedAuthenticators": ["totp"]}}]},
        settings={"required": True},
    ),
    right("access-mfa", t.ORGANIZATION, {"mfaRequiredForAllApps": False}),
    right("access-machine-service-auth", t.ACCESS_POLICY, PEOPLE),
    right("access-machine-service-auth", t.ACCESS_APPLICATION, {"policies": [{"id": "p1"}]}),
]

TUNNELS_AND_ZONES = [
    Case(
        "tunnel-catch-all-404",
        t.TUNNEL_CONFIG,
        {
            "config": {
                "ingresses": [
                    {"hostname": "a.cc", "service": "http://a"},
                    {"service": "http_status:404"},
                ]
            }
        },
        [("config.ingresses[0].hostname", "")],
    ),
    right(
        "tunnel-jwt-per-ingress",
        t.TUNNEL_CONFIG,
        {"config": {"ingresses": [{"hostname": "old.cc", "service": "http_status:410"}]}},
    ),
    right("tunnel-remote-managed", t.TUNNEL, {"configSrc": "cloudflare"}),
    right(
        "tunnel-remote-managed",
        t.TUNNEL,
        {"configSrc": "cloudflare", "tunnelSecret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
    ),
    *[
        right(rule, t.ZONE_SETTING, {"settingId": "brotli", "value": "off"})
        for rule in ("zone-ssl-strict", "zone-min-tls", "zone-hsts", "zone-https-only")
    ],
    right("zone-ssl-strict", t.ZONE_SETTING, {"settingId": "ssl", "value": "origin_pull"}),
    right("dns-proxied", t.DNS_RECORD, {"type": "TXT", "name": "a.cc", "content": "x"}),
    *[
        right("dns-proxied", t.DNS_RECORD, {"type": "CNAME", "name": name, "content": "x.net"})
        for name in ("mail.a.cc", "k1._domainkey.a.cc", "x._acme-challenge.a.cc")
    ],
    right(
        "dns-proxied",
        t.DNS_RECORD,
        {"type": "A", "name": "exact.a.cc", "content": "203.0.114.1"},
        settings={"unproxied": ["exact.a.cc"]},
    ),
    right("dns-no-internal-ip", t.DNS_RECORD, {"type": "TXT", "content": "10.0.0.1"}),
    right("dns-no-internal-ip", t.DNS_RECORD, {"type": "AAAA", "content": "2606:4700::1"}),
    right("dns-no-wildcard-or-dangling", t.DNS_RECORD, {"type": "TXT", "content": "a.r2.dev"}),
    right(
        "waf-rule-enforcing",
        t.RULESET,
        {"phase": "http_request_late_transform", "rules": [{"enabled": False, "action": "log"}]},
    ),
    right("waf-skip-scoped", t.RULESET, {"rules": [{"action": "block", "expression": "true"}]}),
    right("ratelimit-effective", t.RULESET, {"phase": "http_ratelimit", "rules": [LIMIT]}),
    right(
        "ratelimit-effective",
        t.RULESET,
        {
            "phase": "http_ratelimit",
            "rules": [{"action": "skip", "expression": "ip.src eq 1.1.1.1"}],
        },
    ),
    right(
        "ratelimit-effective",
        t.RULESET,
        {
            "phase": "http_ratelimit",
            "rules": [
                {
                    "action": "log",
                    "ratelimit": {
                        "characteristics": ['http.request.headers["x-key"]'],
                        "requestsPerPeriod": 10,
                        "mitigationTimeout": 60,
                    },
                }
            ],
        },
    ),
    right(
        "ratelimit-effective",
        t.RULESET,
        {"phase": "http_request_cache_settings", "rules": [{"ratelimit": {"period": 9_999}}]},
    ),
    right("lb-verified-and-proxied", t.POOL, {"monitorGroup": "g"}),
    Case("lb-verified-and-proxied", t.POOL, {"monitor": "m"}, [("monitor", "")]),
    Case("lb-verified-and-proxied", t.POOL, {"monitorGroup": "g"}, [("monitorGroup", "")]),
    right("lb-verified-and-proxied", t.MONITOR, {"type": "http"}, settings={"plainMonitors": True}),
]

ACCOUNT = [
    right("api-token-scoped", t.ACCOUNT_TOKEN, TOKEN),
    right(
        "api-token-scoped",
        t.ACCOUNT_TOKEN,
        {
            "policies": [
                {"effect": "allow", "permissionGroups": [{"id": str(n)} for n in range(25)]}
            ]
        },
    ),
    right("api-token-expires-and-bound", t.ACCOUNT_TOKEN, TOKEN),
    Case(
        "api-token-expires-and-bound",
        t.ACCOUNT_TOKEN,
        TOKEN,
        [("condition.requestIp.ins", [])],
    ),
    Case(
        "notification-deliverable",
        t.WEBHOOK,
        {"url": "https://hooks.chitty.cc/a", "secret": "k3Lw0-PqZ81n"},
        [("secret", "")],
    ),
    right(
        "docker-provider-secure-transport",
        t.DOCKER_PROVIDER,
        {"host": "tcp://10.0.0.1:2376", "certMaterial": seal("pem")},
    ),
    Case(
        "docker-provider-secure-transport",
        t.DOCKER_PROVIDER,
        {"host": "tcp://10.0.0.1:2376", "certPath": "/certs"},
        [("certPath", "")],
    ),
    Case(
        "docker-provider-secure-transport",
        t.DOCKER_PROVIDER,
        {"host": "tcp://10.0.0.1:2376", "certMaterial": "pem"},
        [("certMaterial", "")],
    ),
    right(
        "no-legacy-resources",
        t.ACCESS_RULE,
        {"mode": "block", "configuration": {"target": "country", "value": "AT"}},
    ),
]

CONTAINERS = [
    Case("docker-non-root", t.CONTAINER, GOOD, [("user", "")]),
    container("docker-resource-limits", cpus="", cpuShares=512),
    Case("docker-resource-limits", t.CONTAINER, {**GOOD, "cpus": "1"}, [("cpus", "")]),
    *[
        right(
            "docker-restart-policy",
            t.CONTAINER,
            {"restart": "on-failure", "maxRetryCount": retries},
        )
        for retries in (1, 5)
    ],
    right("docker-restart-policy", t.CONTAINER, {"restart": "always"}),
    right("docker-healthcheck", t.CONTAINER, {"image": CONNECT_API}),
    Case("docker-healthcheck", t.CONTAINER, GOOD, [("healthcheck.tests", [])]),
    right("docker-own-network", t.CONTAINER, {"networkMode": "none"}),
    right("docker-own-network", t.DOCKER_NETWORK, {"name": "front", "internal": False}),
    right("docker-log-rotation", t.CONTAINER, {"logDriver": "journald"}),
    Case("docker-log-rotation", t.CONTAINER, GOOD, [("logOpts.max-size", "")]),
    right(
        "docker-no-socket-mount",
        t.CONTAINER,
        {"mounts": [{"type": "tmpfs", "source": "/run/docker.sock", "target": "/x"}]},
    ),
    right(
        "docker-no-sensitive-host-paths",
        t.CONTAINER,
        {"volumes": [{"volumeName": "data", "containerPath": "/data"}]},
    ),
    Case(
        "docker-no-sensitive-host-paths",
        t.CONTAINER,
        {"volumes": [{"hostPath": "/srv/a", "readOnly": True}]},
        [("volumes[0].hostPath", "/srv/deploy/.ssh")],
    ),
    right(
        "docker-ports-bound",
        t.CONTAINER,
        {"name": "n", "ports": [{"internal": 1, "external": 1024, "ip": "127.0.0.1"}]},
        settings={"onlyDeclared": False},
    ),
    right("docker-no-secret-env", t.CONTAINER, {"labels": [{"label": "API_TOKEN", "value": ""}]}),
    right(
        "docker-upload-0600",
        t.CONTAINER,
        {"uploads": [{"file": "/etc/nginx/nginx.conf", "permissions": "0644"}]},
    ),
    right(
        "docker-upload-0600",
        t.CONTAINER,
        {"user": "0:0", "uploads": [{"file": "/token", "permissions": "0400"}]},
    ),
    right(
        "docker-upload-0600",
        t.CONTAINER,
        {"uploads": [{"file": "/token", "permissions": "0400"}]},
    ),
    Case(
        "docker-upload-0600",
        t.CONTAINER,
        {"user": "101", "uploads": [{"file": "/token", "permissions": "0400", "owner": "101"}]},
        [("uploads[0].owner", "")],
    ),
]

CASES = [*WORKERS, *OBJECTS, *BUCKETS, *ACCESS, *TUNNELS_AND_ZONES, *ACCOUNT, *CONTAINERS]
