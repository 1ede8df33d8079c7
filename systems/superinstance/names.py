"""Names that the workers of SuperInstance read: what their `env.ts` list."""

NAME = "superinstance"
"""Namespace of the block, and beginning of the names of its resources."""

BACKUP_KEY = "BACKUP_KEY"
"""Secret by which copies of objects are made."""

SCOPES = ("ask", "read", "topup", "sessions:read", "sessions:write")
"""What an API key of an account is good for: as `principal.ts` of the router has them."""

IMPORT_SCOPE = "usage:import"
"""What a key is good for that brings in usage of any account: none has it unless it is given."""

ROUTER = frozenset(
    {
        "BILLING",
        "SESSIONS",
        "API_KEYS",
        "RATE_LIMITS",
        "CALLS",
        "API_TOKENS",
        "ENVIRONMENT",
        "CORS_ORIGIN",
        "MODELS",
        "REQUESTS_PER_MINUTE",
        "PROVIDER_TIMEOUT_SECONDS",
        "ANSWER_SECONDS",
        "REQUIRE_BALANCE",
        "ANTHROPIC_URL",
        "OPENAI_URL",
    }
)
"""What the router reads, beside its secrets."""

BILLING = frozenset(
    {
        "BILLING_LEDGER",
        "DB",
        "ENVIRONMENT",
        "FLUSH_AT_NANO",
        "FLUSH_SECONDS",
        "SPENDING_BUDGET_NANO",
        "STRIPE_URL",
        "TOPUP_SUCCESS_URL",
        "TOPUP_CANCEL_URL",
        "TOPUP_LEAST_CENTS",
        "TOPUP_MOST_CENTS",
    }
)
"""What billing reads, beside its secrets."""

SESSION_STATE = frozenset(
    {"SESSION_STATE", "SESSIONS_PER_USER", "MESSAGES_PER_SESSION", "RECALLED_MESSAGES"}
)
"""What session-state reads; it has no secrets."""

SYNC = frozenset(
    {
        "SYNC_STATE",
        "DB",
        "KNOWLEDGE_STORE",
        "MODEL_CACHE",
        "ENVIRONMENT",
        "CORS_ORIGIN",
        "JWT_ISSUER",
        "JWT_AUDIENCE",
        "JWKS_URL",
        "REQUESTS_PER_MINUTE",
    }
)
"""What sync reads; it has no secrets."""
