"""How the engine writes a property: the marks for secrets, assets and values not known yet."""

from typing import Any

from common.wire_marks import ARCHIVE, ASSET, SECRET, SIGNATURE, UNKNOWNS

__all__ = ["SECRET", "SIGNATURE", "UNKNOWNS", "is_asset", "is_unknown", "unwrap"]

ASSETS = frozenset({ASSET, ARCHIVE})
REDACTED = "[secret]"
"""What the engine shows instead of a ciphertext that it cannot open offline."""


def is_unknown(raw: Any) -> bool:
    """Whether *raw* stands for something only the update will know."""
    return isinstance(raw, str) and raw in UNKNOWNS


def is_asset(raw: Any) -> bool:
    """Whether *raw* is a file or an archive."""
    return isinstance(raw, dict) and raw.get(SIGNATURE) in ASSETS


def unwrap(raw: Any) -> tuple[Any, bool]:
    """Return the value inside *raw*, and whether it was marked as a secret."""
    secret = False
    while isinstance(raw, dict) and raw.get(SIGNATURE) == SECRET:
        raw, secret = raw.get("value"), True
    return raw, secret or raw == REDACTED
