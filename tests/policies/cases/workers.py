"""Workers, their routes and consumers as they should be, and what breaks them."""

from policies.pack.type_tokens import (
    QUEUE,
    QUEUE_CONSUMER,
    SCRIPTS,
    WORKER,
    WORKER_ROUTE,
    WORKER_SUBDOMAIN,
    WORKERS_SCRIPT,
)
from tests.policies.day import ahead
from tests.policies.support import ABSENT, Case

OBSERVED = {
    "observability": {
        "enabled": True,
        "headSamplingRate": 1,
        "logs": {"enabled": True, "headSamplingRate": 0.5},
    }
}
LOGGED = {"logs": True, "minSamplingRate": 0.01}
ROUTE = {"pattern": "api.chitty.cc/project-awareness/*", "zoneId": "1" * 32, "script": "p"}
CONSUMER = {"queueId": "q", "deadLetterQueue": "q-dlq", "settings": {"maxRetries": 3}}

CASES = [
    *[
        Case(
            "worker-observability-on",
            kind,
            OBSERVED,
            [
                ("observability.enabled", False),
                ("observability", ABSENT),
                ("observability.logs.enabled", False),
                ("observability.headSamplingRate", 0.001),
                ("observability.logs.headSamplingRate", 0.001),
            ],
            settings=LOGGED,
        )
        for kind in (WORKERS_SCRIPT, WORKER)
    ],
    Case(
        "worker-workers-dev-off",
        WORKER_SUBDOMAIN,
        {"enabled": False, "previewsEnabled": False},
        [("enabled", True), ("previewsEnabled", True)],
    ),
    Case(
        "worker-workers-dev-off",
        WORKER,
        {"subdomain": {"enabled": False, "previewsEnabled": False}},
        [("subdomain.enabled", True), ("subdomain.previewsEnabled", True)],
    ),
    *[
        Case(
            "worker-compat-date",
            kind,
            {"compatibilityDate": ahead(-170)},
            [
                ("compatibilityDate", "2024-08-29"),
                ("compatibilityDate", ahead(2)),
                ("compatibilityDate", "soon"),
                ("compatibilityDate", ABSENT),
            ],
        )
        for kind in SCRIPTS
    ],
    *[
        Case(
            "worker-secrets-not-in-process-env",
            kind,
            {
                "bindings": [{"name": "TOKEN", "type": "secret_text", "text": "t"}],
                "compatibilityDate": "2026-11-01",
                "compatibilityFlags": ["nodejs_compat_do_not_populate_process_env"],
            },
            [
                ("compatibilityFlags", ABSENT),
                ("compatibilityFlags", ["nodejs_compat_v2"]),
                ("compatibilityFlags[0]", "no_nodejs_compat_v2"),
            ],
        )
        for kind in SCRIPTS
    ],
    Case(
        "worker-secrets-not-in-process-env",
        WORKERS_SCRIPT,
        {
            "bindings": [{"name": "TOKEN", "type": "secret_text", "text": "t"}],
            "compatibilityDate": "2024-08-29",
            "compatibilityFlags": ["nodejs_compat"],
        },
        [
            ("compatibilityDate", "2025-04-01"),
            ("compatibilityFlags[1]", "nodejs_compat_populate_process_env"),
        ],
    ),
    *[
        Case(
            "worker-cpu-limit",
            kind,
            {"limits": {"cpuMs": 50}},
            [("limits.cpuMs", 300_000), ("limits", ABSENT)],
        )
        for kind in SCRIPTS
    ],
    Case(
        "worker-route-scoped",
        WORKER_ROUTE,
        ROUTE,
        [
            ("zoneId", ""),
            ("script", ABSENT),
            ("pattern", "*/x"),
            ("pattern", "https://*.chitty.cc/*"),
        ],
        settings={"wildcards": ["*.agents.chitty.cc/*"]},
    ),
    Case(
        "worker-route-scoped",
        WORKER_ROUTE,
        {**ROUTE, "pattern": "*.agents.chitty.cc/*"},
        [("pattern", "*.chitty.cc/*")],
        settings={"wildcards": ["*.agents.chitty.cc/*"]},
    ),
    Case(
        "queue-consumer-has-dlq",
        QUEUE_CONSUMER,
        CONSUMER,
        [
            ("deadLetterQueue", ABSENT),
            ("settings.maxRetries", 50),
            ("settings", ABSENT),
        ],
    ),
    Case(
        "queue-delivers",
        QUEUE,
        {"settings": {"deliveryPaused": False, "messageRetentionPeriod": 345_600}},
        [("settings.deliveryPaused", True), ("settings.messageRetentionPeriod", 60)],
    ),
]
