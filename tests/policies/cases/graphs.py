"""Stacks as they should be, and what breaks them."""

from harness.policy_pack import Node
from policies.pack import type_tokens as t
from tests.policies.support import ABSENT, StackCase

HOST = "1password-connect.chitty.cc"
SECRET = "k3Lw0-PqZ81n-x9"
APPLICATION = Node(t.ACCESS_APPLICATION, {"domain": HOST, "policies": []})
INGRESSES = [{"hostname": HOST, "service": "http://nginx"}, {"service": "http_status:404"}]
TUNNEL_CONFIG = Node(t.TUNNEL_CONFIG, {"tunnelId": "t1", "config": {"ingresses": INGRESSES}})
TUNNEL = Node(t.TUNNEL, {"id": "t1", "tunnelSecret": SECRET})

ACCESS = [
    StackCase(
        "graph-tunnel-behind-access",
        {
            "app": APPLICATION,
            "config": TUNNEL_CONFIG,
            "record": Node(
                t.DNS_RECORD, {"name": HOST, "content": "t1.cfargotunnel.com", "type": "CNAME"}
            ),
        },
        [
            ("app", ABSENT),
            ("app", "domain", "other.chitty.cc"),
            ("app", "domain", f"{HOST}/v1"),
            ("config", "config.ingresses[0].hostname", "other.chitty.cc"),
            ("record", "name", "other.chitty.cc"),
        ],
    ),
    StackCase(
        "graph-tunnel-behind-access",
        {
            "app": Node(t.ACCESS_APPLICATION, {"destinations": [{"uri": "*.chitty.cc"}]}),
            "tunnel": TUNNEL,
            "record": Node(t.DNS_RECORD, {"name": HOST, "content": "x"}, {"content": ["tunnel"]}),
        },
        [("app", "destinations[0].uri", "*.other.cc")],
        settings={"publicHostnames": ["status.chitty.cc"]},
    ),
    # Incident 16: a token of a year that nobody is told of before it ends.
    StackCase(
        "graph-machine-routes-have-tokens",
        {
            "token": Node(t.ACCESS_TOKEN, {"id": "s1"}),
            "policy": Node(
                t.ACCESS_POLICY,
                {
                    "decision": "non_identity",
                    "includes": [{"serviceToken": {"tokenId": "s1"}}],
                },
            ),
            "alarm": Node(t.NOTIFICATION, {"alertType": "expiring_service_token_alert"}),
        },
        [
            ("policy", "includes[0].serviceToken.tokenId", "s2"),
            ("policy", "includes", []),
            ("alarm", ABSENT),
            ("alarm", "alertType", "tunnel_health_event"),
        ],
    ),
    StackCase(
        "graph-machine-routes-have-tokens",
        {
            "token": Node(t.ACCESS_TOKEN, {"name": "workers"}),
            "policy": Node(
                t.ACCESS_POLICY,
                {
                    "decision": "non_identity",
                    "includes": [{"serviceToken": {"tokenId": "s1"}}],
                },
                sources={"includes": ["token"]},
            ),
            "alarm": Node(t.NOTIFICATION, {"alertType": "expiring_service_token_alert"}),
        },
        [("token", ABSENT), ("token", Node(t.ACCESS_TOKEN, {"id": "s2"}))],
    ),
    StackCase(
        "graph-bypass-shadow",
        {
            "app": APPLICATION,
            "open": Node(
                t.ACCESS_APPLICATION,
                {"domain": "status.chitty.cc", "policies": [{"decision": "bypass"}]},
            ),
        },
        [
            ("open", "domain", f"{HOST}/health"),
            ("app", "domain", "status.chitty.cc/inner"),
            ("twin", APPLICATION),
        ],
    ),
    StackCase(
        "graph-bypass-shadow",
        {
            "app": APPLICATION,
            "open": Node(
                t.ACCESS_APPLICATION,
                {"domain": f"{HOST}/health", "policies": [{"id": "b1", "precedence": 1}]},
            ),
            "reusable": Node(t.ACCESS_POLICY, {"id": "b1", "decision": "non_identity"}),
        },
        [("reusable", "decision", "bypass")],
    ),
    # Incident 20: Access by hostname, and previews of the worker are on.
    StackCase(
        "graph-worker-behind-access",
        {
            "app": Node(t.ACCESS_APPLICATION, {"destinations": [{"uri": "in.chitty.cc"}]}),
            "host": Node(t.WORKER_DOMAIN, {"hostname": "in.chitty.cc", "service": "inner"}),
            "door": Node(
                t.WORKER_SUBDOMAIN,
                {"scriptName": "inner", "enabled": False, "previewsEnabled": False},
            ),
        },
        [("door", "previewsEnabled", True), ("door", "enabled", True)],
    ),
    StackCase(
        "graph-worker-behind-access",
        {
            "app": Node(
                t.ACCESS_APPLICATION,
                {
                    "destinations": [
                        {"type": "public", "uri": "in.chitty.cc/admin"},
                        {"type": "worker", "workerId": "w1"},
                    ]
                },
                sources={"destinations": ["worker"]},
            ),
            "route": Node(t.WORKER_ROUTE, {"pattern": "in.chitty.cc/*", "script": "inner"}),
            "worker": Node(
                t.WORKER,
                {"name": "inner", "subdomain": {"enabled": False, "previewsEnabled": True}},
            ),
        },
        [
            ("app", "destinations[1]", {"type": "public", "uri": "other.chitty.cc"}),
            ("app", "destinations[1].type", "private"),
        ],
    ),
]

BINDINGS = [
    {"type": "plain_text", "name": "MODE", "text": "production"},
    {"type": "secret_text", "name": "API_TOKENS", "text": SECRET},
]
SCRIPT = Node(t.WORKERS_SCRIPT, {"scriptName": "w", "bindings": BINDINGS})
RECORD = Node(t.DNS_RECORD, {"name": "a.cc", "type": "TXT", "content": "v=spf1 -all"})
CONTAINER = Node(
    t.CONTAINER,
    {"envs": ["MODE=production"], "command": ["run"], "labels": [{"label": "a", "value": "b"}]},
)
PASSWORD = Node("random:index/randomPassword:RandomPassword", {"result": SECRET})
SEALED = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "value": SECRET,
}

SECRETS = [
    StackCase(
        "graph-secret-lineage",
        {"script": SCRIPT, "record": RECORD, "container": CONTAINER, "password": PASSWORD},
        [
            ("script", "bindings[0].text", SECRET),
            ("script", "bindings[0]", {"type": "json", "json": f'{{"t": "{SECRET}"}}'}),
            ("record", "content", SEALED),
            ("container", "envs[0]", f"PASS={SECRET}"),
            ("container", "command[0]", SECRET),
            ("container", "labels[0].value", SECRET),
            ("entry", Node(t.KV_ENTRY, {"value": f"Bearer {SECRET}"})),
        ],
    ),
    *[
        StackCase(
            "graph-secret-lineage",
            {"maker": maker, "container": CONTAINER},
            [("container", "envs[0]", f"PASS={SECRET}")],
        )
        for maker in (
            PASSWORD,
            TUNNEL,
            Node(t.API_TOKEN, {"value": SECRET}),
            Node(t.ACCOUNT_TOKEN, {"value": SECRET}),
            Node(t.ACCESS_TOKEN, {"clientSecret": SECRET}),
        )
    ],
    StackCase(
        "graph-no-credential-outputs",
        {
            "root": Node(t.STACK, {"url": "https://a.cc", "password": SEALED}),
            "password": PASSWORD,
        },
        [
            ("root", "password", SECRET),
            ("root", "nested", {"deep": [SECRET]}),
            ("root", "token", "Zm9vYmFy0Qx7TnRkW3JpcHRl"),
        ],
        settings={"allowed": ["digest"]},
    ),
]

STORES = [
    {"type": "kv_namespace", "name": "KV", "namespaceId": "k1"},
    {"type": "r2_bucket", "name": "R2", "bucketName": "docs"},
    {"type": "d1", "name": "DB", "id": "d1"},
    {"type": "queue", "name": "Q", "queueName": "events"},
    {"type": "service", "name": "S", "service": "other"},
]
OWNER = Node(
    t.WORKERS_SCRIPT,
    {
        "scriptName": "owner",
        "bindings": [{"type": "durable_object_namespace", "name": "R", "className": "Room"}],
    },
    parent="component",
)
USER = Node(
    t.WORKERS_SCRIPT,
    {
        "scriptName": "user",
        "bindings": [
            {
                "type": "durable_object_namespace",
                "name": "R",
                "className": "Room",
                "scriptName": "owner",
            }
        ],
        "migrations": {
            "newTag": "v1",
            "transferredClasses": [{"from": "Hall", "fromScript": "owner", "to": "Hall"}],
        },
    },
)
HISTORY = {"steps": [{"tag": "v1", "newSqliteClasses": ["Room", "Hall"]}]}
ROUTE = Node(t.WORKER_ROUTE, {"pattern": "api.chitty.cc/x/*", "script": "w", "zoneId": "z"})
OFF = Node(t.WORKER_SUBDOMAIN, {"scriptName": "w", "enabled": False})
API = Node(t.DNS_RECORD, {"name": "api.chitty.cc", "type": "CNAME", "proxied": True})
QUEUES = {
    "events": Node(t.QUEUE, {"queueName": "events", "queueId": "q1"}),
    "dead": Node(t.QUEUE, {"queueName": "events-dlq", "queueId": "q2"}),
    "consumer": Node(t.QUEUE_CONSUMER, {"queueId": "q1", "deadLetterQueue": "events-dlq"}),
    "reader": Node(t.QUEUE_CONSUMER, {"queueId": "q2"}),
}

WORKERS = [
    StackCase(
        "graph-no-crossed-environments",
        {
            "script": Node(t.WORKERS_SCRIPT, {"scriptName": "w", "bindings": STORES}),
            "kv": Node(t.KV_NAMESPACE, {"id": "k1"}),
            "bucket": Node(t.R2_BUCKET, {"name": "docs"}),
            "database": Node(t.D1_DATABASE, {"id": "d1"}),
            "queue": Node(t.QUEUE, {"queueName": "events"}),
            "other": Node(t.WORKERS_SCRIPT, {"scriptName": "other"}),
            "tunnel": TUNNEL,
            "config": TUNNEL_CONFIG,
        },
        [
            ("script", "bindings[0].namespaceId", "k2"),
            ("script", "bindings[1].bucketName", "docs-production"),
            ("script", "bindings[2].id", "d2"),
            ("script", "bindings[3].queueName", "events-production"),
            ("script", "bindings[4].service", "stranger"),
            ("config", "tunnelId", "t2"),
            ("bucket", ABSENT),
        ],
    ),
    StackCase(
        "graph-no-crossed-environments",
        {
            "script": Node(
                t.WORKERS_SCRIPT, {"bindings": STORES[:1]}, sources={"bindings": ["kv"]}
            ),
            "kv": Node(t.KV_NAMESPACE, {"title": "sessions"}),
        },
        [("kv", ABSENT), ("kv", Node(t.KV_NAMESPACE, {"id": "k2"}))],
    ),
    StackCase(
        "graph-do-ownership",
        {
            "component": Node(t.COMPONENT_WORKER, {"migrations": HISTORY}),
            "owner": OWNER,
            "user": USER,
        },
        [
            ("user", "bindings[0].scriptName", "stranger"),
            ("user", "bindings[0].className", "Attic"),
            ("owner", ABSENT),
            ("owner", "bindings[0].className", "Hall"),
            ("component", "migrations.steps[1]", {"tag": "v2", "deletedClasses": ["Room"]}),
        ],
    ),
    StackCase(
        "graph-route-integrity",
        {"script": SCRIPT, "route": ROUTE, "record": API, "off": OFF},
        [
            ("route", "script", "stranger"),
            ("route", "pattern", "www.chitty.cc/*"),
            ("record", "proxied", False),
            ("off", "enabled", True),
            ("off", ABSENT),
            (
                "again",
                Node(t.WORKER_ROUTE, {"pattern": "api.chitty.cc/x/*", "script": "v"}),
            ),
        ],
    ),
    StackCase(
        "graph-queue-dead-letters",
        QUEUES,
        [
            ("consumer", "deadLetterQueue", "events"),
            ("consumer", "deadLetterQueue", "nowhere"),
            ("dead", ABSENT),
            ("reader", ABSENT),
        ],
    ),
]

DOOR = Node(t.R2_MANAGED_DOMAIN, {"bucketName": "docs", "enabled": False})
LIFECYCLE = Node(
    t.R2_LIFECYCLE,
    {
        "bucketName": "tmp-files",
        "rules": [
            {
                "enabled": True,
                "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 604_800}},
                "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 1}},
            }
        ],
    },
)
LIFECYCLE_RULE = "rules[0]"

BUCKETS = [
    StackCase(
        "graph-r2-side-door",
        {
            "bucket": Node(t.R2_BUCKET, {"name": "docs"}),
            "domain": Node(t.R2_CUSTOM_DOMAIN, {"bucketName": "docs", "enabled": True}),
            "door": DOOR,
        },
        [("door", "enabled", True)],
    ),
    StackCase(
        "graph-r2-side-door",
        {
            "bucket": Node(t.R2_BUCKET, {"name": "docs"}),
            "script": Node(t.WORKERS_SCRIPT, {"bindings": STORES}),
            "door": Node(t.R2_MANAGED_DOMAIN, {"enabled": False}, {"bucketName": ["bucket"]}),
        },
        [("door", "enabled", True)],
    ),
    StackCase(
        "graph-temp-data-expires",
        {
            "bucket": Node(t.R2_BUCKET, {"name": "tmp-files"}),
            "lifecycle": LIFECYCLE,
            "primary": Node(t.R2_BUCKET, {"name": "docs"}),
            "lock": Node(t.R2_LOCK, {"bucketName": "docs"}),
        },
        [
            ("lifecycle", ABSENT),
            ("lifecycle", f"{LIFECYCLE_RULE}.enabled", False),
            (
                "lifecycle",
                f"{LIFECYCLE_RULE}.deleteObjectsTransition.condition.maxAge",
                100_000_000,
            ),
            ("lifecycle", f"{LIFECYCLE_RULE}.abortMultipartUploadsTransition", ABSENT),
            ("lock", ABSENT),
        ],
    ),
]

MANAGED, OWASP = "efb7b8c949ac4650a09736fc376e9aee", "4814384a9e5d4991b9815dcfc25d2f1f"


def setting(name: str) -> Node:
    return Node(t.ZONE_SETTING, {"zoneId": "z", "settingId": name})


def execute(*ruleset_ids: str) -> Node:
    rules = [
        {"action": "execute", "expression": "true", "actionParameters": {"id": each}}
        for each in ruleset_ids
    ]
    return Node(
        t.RULESET, {"zoneId": "z", "phase": "http_request_firewall_managed", "rules": rules}
    )


def cached(expression):
    rule = {
        "action": "set_cache_settings",
        "expression": expression,
        "actionParameters": {"cache": True},
    }
    return Node(t.RULESET, {"phase": "http_request_cache_settings", "rules": [rule]})


BEARER = Node(
    t.RULESET,
    {
        "phase": "http_request_firewall_custom",
        "rules": [
            {
                "action": "block",
                "expression": 'starts_with(http.request.uri.path, "/api/v1/")'
                ' and not has_key(http.request.headers, "authorization")',
            }
        ],
    },
)
BASELINE = {
    "ssl": setting("ssl"),
    "tls": setting("min_tls_version"),
    "https": setting("always_use_https"),
    "tls13": setting("tls_1_3"),
    "hsts": setting("security_header"),
    "dnssec": Node(t.DNSSEC, {"zoneId": "z"}),
}
LIMITS = {
    "phase": "http_ratelimit",
    "rules": [{"action": "block", "expression": 'http.host eq "connect.chitty.cc"'}],
}
SKIPS = {
    "phase": "http_request_firewall_custom",
    "rules": [
        {"action": "skip", "expression": 'http.host eq "connect.chitty.cc" and ip.src in $ci'}
    ],
}

ZONES = [
    StackCase(
        "graph-zone-baseline",
        {
            "zone": Node(t.ZONE, {"id": "z"}),
            "ssl": setting("ssl"),
            "tls": setting("min_tls_version"),
            "https": setting("always_use_https"),
            "tls13": setting("tls_1_3"),
            "hsts": setting("security_header"),
            "dnssec": Node(t.DNSSEC, {"zoneId": "z"}),
            "waf": execute(MANAGED, OWASP),
        },
        [
            ("ssl", ABSENT),
            ("again", setting("ssl")),
            ("dnssec", ABSENT),
            ("waf", execute(MANAGED)),
            ("waf", "rules[1].enabled", False),
        ],
    ),
    # The plan decides: a free zone has no managed rulesets to run.
    StackCase(
        "graph-zone-baseline",
        {
            "plan": Node(t.ZONE_SETTINGS, {"zoneId": "z", "plan": "free"}),
            **BASELINE,
        },
        [
            ("plan", "plan", "pro"),
            ("hsts", ABSENT),
            ("dnssec", ABSENT),
            ("again", setting("ssl")),
        ],
    ),
    # Who sets rules for a zone owns it, and sets its baseline.
    StackCase(
        "graph-zone-baseline",
        {},
        [("waf", execute(MANAGED, OWASP))],
    ),
    # Incident 5: `/api/*` for an hour, and `/api/v1/*` needs a bearer.
    StackCase(
        "graph-cache-beside-bearer",
        {"cache": cached('starts_with(http.request.uri.path, "/static/")'), "waf": BEARER},
        [
            ("cache", cached('starts_with(http.request.uri.path, "/api/")')),
            ("cache", cached('starts_with(http.request.uri.path, "/api/v1/orders")')),
            ("cache", cached('http.host eq "a.chitty.cc"')),
            ("cache", cached("true")),
        ],
    ),
    StackCase(
        "graph-cache-beside-bearer",
        {
            "cache": cached('http.host eq "a.chitty.cc"'),
            "app": Node(t.ACCESS_APPLICATION, {"domain": "b.chitty.cc/admin"}),
        },
        [
            ("app", "domain", "a.chitty.cc/admin"),
            ("app", "destinations", [{"uri": "a.chitty.cc"}]),
        ],
        settings={"bearerPaths": ["c.chitty.cc"]},
    ),
    StackCase(
        "graph-cache-beside-bearer",
        {
            "cache": cached(
                'starts_with(http.request.uri.path, "/api/")'
                ' and not has_key(http.request.headers, "authorization")'
            ),
            "waf": BEARER,
        },
        [("cache", cached('starts_with(http.request.uri.path, "/api/")'))],
    ),
    StackCase(
        "graph-public-host-defended",
        {
            "host": Node(t.WORKER_DOMAIN, {"hostname": "connect.chitty.cc"}),
            "limits": Node(t.RULESET, LIMITS),
            "skips": Node(t.RULESET, SKIPS),
        },
        [
            ("limits", ABSENT),
            ("limits", "rules[0].enabled", False),
            ("limits", "rules[0].expression", 'http.host eq "other.chitty.cc"'),
            ("skips", "rules[0].expression", 'http.host eq "connect.chitty.cc"'),
            ("bucket", Node(t.R2_CUSTOM_DOMAIN, {"domain": "files.chitty.cc"})),
            ("balancer", Node(t.LOAD_BALANCER, {"name": "lb.chitty.cc"})),
            ("route", ROUTE),
            ("config", TUNNEL_CONFIG),
        ],
    ),
    StackCase(
        "graph-origin-sealed",
        {
            "pool": Node(t.POOL, {"origins": [{"address": "203.0.114.9"}]}),
            "record": Node(t.DNS_RECORD, {"content": "203.0.114.9", "proxied": True}),
            "pulls": Node(t.ORIGIN_PULLS, {"enabled": True}),
        },
        [
            ("record", "proxied", False),
            ("pulls", ABSENT),
            ("pulls", "enabled", False),
        ],
    ),
    StackCase(
        "graph-origin-sealed",
        {
            "pool": Node(
                t.POOL,
                {
                    "origins": [
                        {"address": "a1.cfargotunnel.com"},
                        {"address": "us-east.chitty.cc"},
                        {"address": "us-west.chitty.workers.dev"},
                    ]
                },
            ),
            "worker": Node(t.WORKER_DOMAIN, {"hostname": "us-east.chitty.cc"}),
        },
        [
            ("pool", "origins[0].address", "203.0.114.9"),
            ("worker", "hostname", "us-west.chitty.cc"),
        ],
    ),
    StackCase(
        "graph-origin-sealed",
        {
            "container": Node(t.CONTAINER, {"ports": [{"ip": "203.0.114.8"}]}),
            "record": Node(t.DNS_RECORD, {"content": "203.0.114.9", "proxied": False}),
        },
        [("record", "content", "203.0.114.8")],
    ),
]


def connect(repository: str, **more: object) -> Node:
    return Node(
        t.CONTAINER,
        {
            "image": f"1password/{repository}:1.7.3@sha256:{'0f' * 32}",
            "volumes": [{"volumeName": "data", "containerPath": "/home/opuser/.op/data"}],
            "networksAdvanced": [{"name": "connect"}],
            "uploads": [{"file": "/home/opuser/.op/1password-credentials.json"}],
            **more,
        },
    )


def mounted(repository: str) -> Node:
    """Return a service of Connect whose credentials come by a volume."""
    plain = connect(repository)
    props = {key: plain.props[key] for key in ("image", "networksAdvanced")}
    mounts = [
        {"type": "volume", "source": "data", "target": "/home/opuser/.op/data"},
        {"type": "volume", "source": "credentials", "target": "/run", "readOnly": True},
    ]
    return Node(t.CONTAINER, {**props, "mounts": mounts})


ONE_MACHINE = {
    "decision": "non_identity",
    "includes": [{"serviceToken": {"tokenId": "s1"}}],
}
ENCLAVE = {
    "api": connect("connect-api"),
    "sync": connect("connect-sync"),
    "cloudflared": Node(
        t.CONTAINER,
        {"image": "cloudflare/cloudflared:1", "networksAdvanced": [{"name": "connect"}]},
    ),
    "app": Node(t.ACCESS_APPLICATION, {"domain": HOST, "policies": [ONE_MACHINE]}),
}
ALARMS = {
    "tunnel": TUNNEL,
    "balancer": Node(t.LOAD_BALANCER),
    "token": Node(t.ACCESS_TOKEN),
    "job": Node(t.LOGPUSH_JOB),
    "account": Node(t.ACCOUNT),
    "hook": Node(t.WEBHOOK, {"id": "h1"}),
}

OPERATIONS = [
    StackCase(
        "graph-connect-enclave",
        ENCLAVE,
        [
            ("api", "ports", [{"internal": 8080}]),
            ("api", "uploads", []),
            ("sync", "image", f"1password/connect-sync:1.7.2@sha256:{'0f' * 32}"),
            ("sync", "volumes[0].volumeName", "other"),
            ("cloudflared", "image", "nginx-exporter:1"),
            ("app", ABSENT),
            ("app", "policies[0].decision", "allow"),
            ("app", "policies[0].includes[1]", {"everyone": {}}),
        ],
        settings={"hostname": HOST},
    ),
    StackCase(
        "graph-connect-enclave",
        {
            **{name: mounted(f"connect-{name}") for name in ("api", "sync")},
            "seed": Node(
                t.CONTAINER,
                {
                    "image": f"python:3@sha256:{'0f' * 32}",
                    "mounts": [{"type": "volume", "source": "credentials", "target": "/seeded"}],
                    "uploads": [{"file": "/seeded/1password-credentials.json"}],
                },
            ),
        },
        [
            ("seed", ABSENT),
            ("seed", "uploads[0].file", "/seeded/other.json"),
            ("seed", "mounts[0].source", "elsewhere"),
            ("sync", "mounts[0].source", "other"),
            ("sync", "mounts[0].readOnly", True),
        ],
    ),
    StackCase(
        "graph-connect-enclave",
        {
            "image": Node(t.REMOTE_IMAGE, {"name": "1password/connect-api:1.7.3"}),
            "api": Node(
                t.CONTAINER,
                {
                    "image": f"sha256:{'0f' * 32}",
                    "uploads": [{"file": "/x/1password-credentials.json"}],
                },
                {"image": ["image"]},
            ),
        },
        [("api", "ports", [{"internal": 8080}])],
    ),
    StackCase(
        "graph-alarms-complete",
        {
            **ALARMS,
            **{
                alarm: Node(
                    t.NOTIFICATION,
                    {"alertType": alarm, "mechanisms": {"webhooks": [{"id": "h1"}]}},
                )
                for alarm in (
                    "tunnel_health_event",
                    "load_balancing_health_alert",
                    "expiring_service_token_alert",
                    "failing_logpush_job_disabled_alert",
                    "security_insights_alert",
                )
            },
        },
        [
            ("tunnel_health_event", ABSENT),
            ("load_balancing_health_alert", ABSENT),
            ("expiring_service_token_alert", ABSENT),
            ("failing_logpush_job_disabled_alert", ABSENT),
            ("security_insights_alert", ABSENT),
            ("security_insights_alert", "mechanisms.webhooks[0].id", "h2"),
        ],
    ),
]

CASES = [*ACCESS, *SECRETS, *WORKERS, *BUCKETS, *ZONES, *OPERATIONS]

OTHER_OBJECT = {"type": "service", "name": "S", "service": "x", "className": "Hall"}
HALL = {"type": "durable_object_namespace", "name": "H", "className": "Hall"}
GIVEN_AWAY = {"fromScript": "owner", "from": "Hall", "to": "Hall"}

RIGHT: list[tuple[str, dict[str, Node], dict[str, object]]] = [
    (
        "graph-tunnel-behind-access",
        {"config": TUNNEL_CONFIG},
        {"publicHostnames": [HOST]},
    ),
    (
        "graph-tunnel-behind-access",
        {"record": Node(t.DNS_RECORD, {"name": "a.cc", "content": "b.cc", "type": "CNAME"})},
        {},
    ),
    (
        "graph-machine-routes-have-tokens",
        {
            "policy": Node(
                t.ACCESS_POLICY,
                {"decision": "non_identity", "includes": [{"serviceToken": {"tokenId": "s9"}}]},
            )
        },
        {"externalTokens": ["s9"]},
    ),
    (
        "graph-machine-routes-have-tokens",
        {"policy": Node(t.ACCESS_POLICY, {"decision": "allow", "includes": [{"group": {}}]})},
        {},
    ),
    (
        "graph-bypass-shadow",
        {
            "one": Node(t.ACCESS_APPLICATION, {"domain": "a.cc/x", "policies": []}),
            "two": Node(t.ACCESS_APPLICATION, {"domain": "a.cc/y", "policies": []}),
        },
        {},
    ),
    (
        "graph-bypass-shadow",
        {
            name: Node(
                t.ACCESS_APPLICATION,
                {"domain": f"a.cc/{name}", "policies": [{"decision": "bypass"}]},
            )
            for name in ("one", "two")
        },
        {},
    ),
    (
        "graph-secret-lineage",
        {"password": Node(PASSWORD.type, {"result": "short"}), "container": CONTAINER},
        {},
    ),
    ("graph-no-credential-outputs", {"root": Node(t.STACK, {"nested": {"a": SEALED}})}, {}),
    (
        "graph-no-credential-outputs",
        {"root": Node(t.STACK, {"digest": "Zm9vYmFy0Qx7TnRkW3JpcHRl"})},
        {"allowed": ["digest"]},
    ),
    (
        "graph-no-crossed-environments",
        {"script": Node(t.WORKERS_SCRIPT, {"bindings": STORES[:1]})},
        {"external": ["k1"]},
    ),
    (
        "graph-do-ownership",
        {"user": USER},
        {"externalScripts": ["owner"]},
    ),
    (
        "graph-do-ownership",
        {
            "owner": Node(t.WORKERS_SCRIPT, {"scriptName": "owner", "bindings": [OTHER_OBJECT]}),
            "user": Node(
                t.WORKERS_SCRIPT,
                {
                    "bindings": [{**OTHER_OBJECT, "scriptName": "nobody"}],
                    "migrations": {"transferredClasses": [GIVEN_AWAY]},
                },
            ),
        },
        {},
    ),
    (
        "graph-do-ownership",
        {
            "owner": Node(
                t.WORKERS_SCRIPT,
                {"scriptName": "owner", "bindings": [{**HALL, "scriptName": "elsewhere"}]},
            ),
            "user": Node(t.WORKERS_SCRIPT, {"migrations": {"transferredClasses": [GIVEN_AWAY]}}),
        },
        {"externalScripts": ["elsewhere"]},
    ),
    (
        "graph-do-ownership",
        {
            "owner": Node(t.WORKERS_SCRIPT, {"scriptName": "owner", "bindings": [HALL]}),
            "user": Node(t.WORKERS_SCRIPT, {"bindings": [{**HALL, "scriptName": "owner"}]}),
        },
        {},
    ),
    (
        "graph-do-ownership",
        {
            "system": Node("chittyos:system:ChittyConnect"),
            "owner": Node(
                t.WORKERS_SCRIPT,
                {
                    "scriptName": "owner",
                    "migrations": {
                        "newSqliteClasses": ["Attic"],
                        "renamedClasses": [{"from": "Attic", "to": "Hall"}],
                    },
                },
                parent="system",
            ),
            "user": Node(t.WORKERS_SCRIPT, {"bindings": [{**HALL, "scriptName": "owner"}]}),
        },
        {},
    ),
    (
        "graph-route-integrity",
        {"script": SCRIPT, "route": ROUTE, "off": OFF},
        {"externalHosts": ["api.chitty.cc"]},
    ),
    (
        "graph-route-integrity",
        {
            "script": SCRIPT,
            "route": ROUTE,
            "off": OFF,
            "domain": Node(t.WORKER_DOMAIN, {"hostname": "api.chitty.cc"}),
            "unset": Node(t.WORKER_ROUTE, {"pattern": "api.chitty.cc/x/*"}),
        },
        {},
    ),
    (
        "graph-r2-side-door",
        {"bucket": Node(t.R2_BUCKET, {"name": "alone"}), "door": Node(t.R2_MANAGED_DOMAIN, {})},
        {},
    ),
    (
        "graph-r2-side-door",
        {
            "bucket": Node(t.R2_BUCKET, {"name": "alone"}),
            "door": Node(t.R2_MANAGED_DOMAIN, {"bucketName": "alone", "enabled": True}),
            "script": Node(t.WORKERS_SCRIPT, {"bindings": STORES}),
        },
        {},
    ),
    ("graph-temp-data-expires", {"bucket": Node(t.R2_BUCKET, {"name": "a"})}, {"backedUp": ["a"]}),
    (
        "graph-temp-data-expires",
        {
            "bucket": Node(t.R2_BUCKET, {"name": "tmp-files"}),
            "lifecycle": LIFECYCLE,
        },
        {"maxDays": 7},
    ),
    (
        "graph-zone-baseline",
        {
            "other": Node(t.ZONE, {"id": "y"}),
            **{
                name: Node(t.ZONE_SETTING, {"zoneId": "y", "settingId": name})
                for name in (
                    "ssl",
                    "min_tls_version",
                    "always_use_https",
                    "tls_1_3",
                    "security_header",
                )
            },
            "dnssec": Node(t.DNSSEC, {"zoneId": "y"}),
        },
        {"managedRulesets": False},
    ),
    (
        "graph-public-host-defended",
        {"host": Node(t.WORKER_DOMAIN, {"hostname": "connect.chitty.cc"})},
        {"undefended": ["connect.chitty.cc"]},
    ),
    (
        "graph-public-host-defended",
        {
            "host": Node(t.WORKER_DOMAIN, {"hostname": "connect.chitty.cc"}),
            "limits": Node(
                t.RULESET,
                {"phase": "http_ratelimit", "rules": [{"expression": 'http.method eq "POST"'}]},
            ),
        },
        {},
    ),
    ("graph-connect-enclave", {"api": ENCLAVE["api"]}, {}),
    ("graph-connect-enclave", {"cloudflared": ENCLAVE["cloudflared"]}, {"hostname": HOST}),
    ("graph-alarms-complete", {"script": SCRIPT}, {}),
]
"""Stacks that stand beside a violation and are right."""

CASES += [StackCase(rule, nodes, [], settings) for rule, nodes, settings in RIGHT]
CASES += [
    StackCase(
        "graph-temp-data-expires",
        {"bucket": Node(t.R2_BUCKET, {"name": "scratch"}), "lock": Node(t.R2_LOCK)},
        [("bucket", "name", "week")],
        {"temporary": ["week"], "backedUp": ["scratch"]},
    ),
    StackCase(
        "graph-route-integrity",
        {"script": SCRIPT, "route": ROUTE, "off": OFF, "record": API},
        [("again", Node(t.WORKER_ROUTE, {"pattern": "api.chitty.cc/x/*", "script": "v2"}))],
    ),
]
CASES += [
    StackCase(
        "graph-secret-lineage",
        {"script": SCRIPT},
        [("script", "bindings[0].text", SECRET)],
    ),
    StackCase(
        "graph-route-integrity",
        {
            "script": SCRIPT,
            "off": OFF,
            "route": ROUTE,
            "record": API,
            "second": Node(t.WORKERS_SCRIPT, {"scriptName": "v"}),
            "second-off": Node(t.WORKER_SUBDOMAIN, {"scriptName": "v", "enabled": False}),
            "again": Node(t.WORKER_ROUTE, {"pattern": "api.chitty.cc/x/*", "script": "w"}),
        },
        [("again", "script", "v")],
    ),
]
