"""What Workers KV takes as a key, a value, its metadata and its lifetime.

Everything is checked before anything is written, so that a refused request has written nothing.
Texts and limits are those of the service itself (rows W2 and W23 of what the runtime does).
"""

import json
from typing import Any
from urllib.parse import quote

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import MIB

KEY_LIMIT = 512
"""Bytes of a key in UTF-8."""

VALUE_LIMIT = 25 * MIB
METADATA_LIMIT = 1024
"""Bytes of metadata as JSON in UTF-8."""

METADATA_HEADER = "cf-kv-metadata"
LEAST_LIFETIME = 60
LATEST = 2**31 - 1
"""Seconds: the binding, which the API writes through, has 32 bits for them."""

ILLEGAL = ("", ".", "..")


def check_key(key: Any) -> str:
    """Return *key*, or refuse what is no name of a key."""
    if not isinstance(key, str) or key in ILLEGAL:
        raise ApiError(400, 10023, f"key name {key!r} is not allowed; give a text beside . and ..")
    length = len(key.encode())
    if length > KEY_LIMIT:
        raise ApiError(
            414,
            10030,
            f"UTF-8 encoded length of {length} exceeds key length limit of {KEY_LIMIT}.",
        )
    return key


def check_value(value: bytes) -> bytes:
    """Return *value*, or refuse one that is too long."""
    if len(value) > VALUE_LIMIT:
        raise ApiError(
            413, 10033, f"Value length of {len(value)} exceeds limit of {VALUE_LIMIT} bytes."
        )
    return value


def metadata_headers(metadata: Any) -> dict[str, str]:
    """Write *metadata* as the runtime is given it; `None` is none."""
    if metadata is None:
        return {}
    text = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    length = len(text.encode())
    if length > METADATA_LIMIT:
        raise ApiError(
            413, 10035, f"Metadata length of {length} exceeds limit of {METADATA_LIMIT} bytes."
        )
    return {METADATA_HEADER: quote(text, safe="")}


def lifetime(expiration: Any, ttl: Any, now: float) -> Json:
    """Write when a key expires as the runtime is given it. *ttl*, if there is one, decides.

    Both are whole numbers of seconds, from 1970 or from *now*, or their text in a query or a form.
    """
    if ttl is not None:
        return {"expiration_ttl": str(_seconds("expiration_ttl", ttl, LEAST_LIFETIME, ttl=True))}
    if expiration is not None:
        earliest = int(now) + LEAST_LIFETIME
        return {"expiration": str(_seconds("expiration", expiration, earliest, ttl=False))}
    return {}


def _seconds(name: str, given: Any, least: int, *, ttl: bool) -> int:
    text = str(given)
    if text.isascii() and text.isdecimal() and len(text) <= len(str(LATEST)):
        number = int(text)
        if least <= number <= LATEST:
            return number
    rule = (
        f"Expiration TTL must be at least {LEAST_LIFETIME}"
        if ttl
        else f"Expiration times must be at least {LEAST_LIFETIME} seconds in the future"
    )
    raise ApiError(400, 10034, f"Invalid {name} of {text[:32]}. {rule}, and at most {LATEST}.")
