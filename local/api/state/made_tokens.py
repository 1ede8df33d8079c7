"""Tokens that were made here, found by their values. Only hashes are kept."""

import hashlib

from common.json_types import Json
from local.records.records import Kind, Records

ACTIVE = "active"

OWN_TOKEN_ID = "3" * 32
"""Id of the local Cloudflare's own token, which is no record."""


def digest(value: str) -> str:
    """Return what is kept in place of a token's value."""
    return hashlib.sha256(value.encode()).hexdigest()


def of_value(records: Records, value: str) -> Json | None:
    """Return the token with this value; `None` where none was made that has it."""
    wanted = digest(value)
    return next((each for each in records.all(Kind.TOKEN) if each["sha256"] == wanted), None)


def status_of(token: Json, now: str) -> str:
    """Return whether *token* can be used at *now*: `active`, `disabled` or `expired`."""
    if token.get("expires_on", "9") < now or token.get("not_before", "") > now:
        return "expired"
    return str(token["status"])
