"""API keys of accounts: made here, kept in KV by their SHA-256 only (SI-2)."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ops.errors import OpsError
from ops.stack.workers_kv import Namespace

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}")
SHOWN = 12
"""Hexadecimal digits of the SHA-256 that are shown, and that logs of the worker show."""

LEAST_DIGITS = 8
UNKNOWN = "?"


@dataclass(frozen=True)
class Key:
    """A key as KV has it."""

    sha256: str
    key_id: str
    account_id: str
    scopes: tuple[str, ...] = ()
    expires: str | None = None
    requests_per_minute: int | None = field(default=None)


def digest(value: str) -> str:
    """Return what KV knows of the key *value*."""
    return hashlib.sha256(value.encode()).hexdigest()


def entry(key_id: str, account_id: str, scopes: Sequence[str], ends: str | None) -> dict[str, Any]:
    """Return what is kept of a key. Raises `OpsError` for a name that the worker would not read."""
    if not _ID.fullmatch(key_id):
        raise OpsError(f"{key_id!r} is no id of a key; it takes 1 to 64 letters, digits and . _ -")
    if not _ACCOUNT.fullmatch(account_id):
        raise OpsError(
            f"{account_id!r} is no account; it takes 1 to 128 letters, digits and . _ : @ -, and "
            "begins with a letter or digit"
        )
    return {"id": key_id, "account_id": account_id, "scopes": list(scopes), "expires": ends}


def known(keys: Namespace, limits: Namespace) -> list[Key]:
    """Return all keys by account and id; one that was written by hand shows as `?`."""
    own = {name: metadata.get("requests_per_minute") for name, metadata in limits.entries()}
    found = [
        Key(
            name,
            str(kept.get("id", UNKNOWN)),
            str(kept.get("account_id", UNKNOWN)),
            tuple(kept.get("scopes") or ()),
            kept.get("expires"),
            own.get(name),
        )
        for name, kept in keys.entries()
    ]
    return sorted(found, key=lambda key: (key.account_id, key.key_id, key.sha256))


def find(keys: Sequence[Key], named: str) -> Key:
    """Return the key *named* by its id, by `ACCOUNT/ID` or by how its SHA-256 begins.

    Raises `OpsError` where there is none, or more than one.
    """
    found = [key for key in keys if _is_named(key, named)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(f"{key.account_id}/{key.key_id}" for key in found)
        raise OpsError(
            f"{named!r} names several keys: {listed}; say ACCOUNT/ID, or how its SHA-256 begins"
        )
    listed = ", ".join(f"{key.account_id}/{key.key_id}" for key in keys[:20]) or "none"
    raise OpsError(f"there is no key {named!r}; the keys are: {listed}")


def _is_named(key: Key, named: str) -> bool:
    begins = len(named) >= LEAST_DIGITS and key.sha256.startswith(named)
    return begins or named in {key.key_id, f"{key.account_id}/{key.key_id}"}
