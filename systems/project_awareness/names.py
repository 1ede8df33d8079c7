"""Names that the worker of Project Awareness reads: what its `env.ts` lists."""

NAME = "project_awareness"
"""Namespace of the block, and beginning of the names of its resources."""

SHARED_PATH = "/project-awareness/"
"""Where the worker answers on a host of others; it takes it off before it looks at a path."""

VARIABLES = frozenset(
    {
        "ENVIRONMENT",
        "OWN_ORIGIN",
        "CHITTY_REGISTRY_URL",
        "CHITTYCHAT_API_URL",
        "CHITTYID_API_URL",
        "CORS_ORIGIN",
        "SESSION_TIMEOUT",
        "MAX_SESSIONS_PER_IP",
        "MAX_SOCKETS_PER_IP",
        "RATE_LIMIT_RPM",
        "RATE_LIMITS",
        "CACHE_TTL",
        "EDGE_CACHE_TTL",
    }
)
"""Variables that are set from the rest of the configuration."""

BINDINGS = frozenset(
    {
        "PROJECT_AWARENESS_DO",
        "SESSION_SYNC_DO",
        "ADDRESS_GUARD_DO",
        "SESSION_STORE",
        "PROJECT_STORE",
        "CROSS_PLATFORM_SYNC",
        "PROJECT_DATA_BUCKET",
        "ANALYTICS_BUCKET",
        "USAGE_ANALYTICS",
        "PERFORMANCE_METRICS",
        "SECURITY_EVENTS",
    }
)
"""Stores, objects and datasets."""

WATCH_NAMES = frozenset(
    {
        "WATCH_STATE_DO",
        "HEALTH_CHECKS",
        "ENVIRONMENT",
        "OWN_ORIGIN",
        "OTHER_ORIGINS",
        "ACCOUNT_ID",
        "USAGE_DATASET",
        "CHECKS_DATASET",
        "HEALTH_SECONDS",
        "ALERTS",
    }
)
"""What the watcher gets, secrets aside: what its `env.ts` lists."""
