"""Names that the worker of ChittyID reads: what its `env.ts` lists."""

NAME = "chittyid"
"""Namespace of the block, and beginning of the names of its resources."""

VARIABLES = frozenset({"ENVIRONMENT", "CORS_ORIGIN", "ENTITY_TYPES"})
"""Variables that are set from the rest of the configuration."""

BINDINGS = frozenset({"DB", "CHITTYID_KV", "API_TOKENS"})
"""Stores, and the secret that is made of the tokens of the configuration."""
