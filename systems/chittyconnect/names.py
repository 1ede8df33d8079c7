"""Names that the worker of ChittyConnect reads: what its `env.ts` lists."""

NAME = "chittyconnect"
"""Namespace of the block, and beginning of the names of its resources."""

VARIABLES = frozenset(
    {
        "ENVIRONMENT",
        "ENABLE_DURABLE_OBJECTS",
        "DO_ROLLOUT_PERCENTAGE",
        "ENABLE_R2_STORAGE",
        "ONEPASSWORD_CONNECT_URL",
        "SERVICE_VAULTS",
        "CORS_ORIGIN",
        "R2_S3_ENDPOINT",
        "R2_BUCKET_NAME",
        "QUOTA_BYTES",
        "QUOTA_DOCUMENTS",
        "MAX_UPLOAD_BYTES",
        "SESSION_TTL_SECONDS",
        "SESSION_MAX_BYTES",
    }
)
"""Variables that are set from the rest of the configuration."""

BINDINGS = frozenset({"SESSION_STATE", "TOKEN_KV", "DOCUMENT_STORAGE", "DB", "DOCUMENT_EVENTS"})
"""Stores and queues."""
