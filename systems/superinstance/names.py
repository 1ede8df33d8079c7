"""Names that the workers of SuperInstance read: what their `env.ts` list."""

NAME = "superinstance"
"""Namespace of the block, and beginning of the names of its resources."""

BILLING = frozenset({"BILLING_LEDGER", "DB", "ENVIRONMENT", "FLUSH_AT_NANO", "FLUSH_SECONDS"})
"""What billing reads, beside its secrets."""
