"""How the engine writes a property: the marks for secrets, assets and values not known yet."""

from typing import Any

from pulumi_policy import deserialize, proxy

SIGNATURE = deserialize.SPECIAL_SIG_KEY
SECRET = deserialize.SPECIAL_SECRET_SIG
ASSETS = frozenset({deserialize.SPECIAL_ASSET_SIG, deserialize.SPECIAL_ARCHIVE_SIG})
REDACTED = "[secret]"
"""What the engine shows instead of a ciphertext that it cannot open offline."""

UNKNOWNS = frozenset(
    {
        proxy.UNKNOWN_BOOLEAN_VALUE,
        proxy.UNKNOWN_NUMBER_VALUE,
        proxy.UNKNOWN_STRING_VALUE,
        proxy.UNKNOWN_ARRAY_VALUE,
        proxy.UNKNOWN_ASSET_VALUE,
        proxy.UNKNOWN_ARCHIVE_VALUE,
        proxy.UNKNOWN_OBJECT_VALUE,
    }
)


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
