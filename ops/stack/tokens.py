"""API tokens of ChittyConnect: made here, known to the worker by their hash only (CC-1)."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from config.secret_fields import check_api_tokens
from ops.errors import OpsError
from planning.refusals import RefusedError
from systems.chittyconnect.settings import SCOPES

PREFIX = "chitty_"
"""Begins every token, so that a search for leaked secrets can know one."""

Entry = dict[str, Any]

_ID = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")


def new_token(
    name: str,
    scopes: Iterable[str] = SCOPES,
    *,
    now: datetime,
    days: int | None = None,
) -> tuple[str, Entry]:
    """Make a token: its value, to be shown once, and what the worker keeps of it.

    *days* until it expires; default: it does not. Raises `OpsError` for a scope not known.
    """
    if not _ID.match(name):
        raise OpsError(f"{name!r} is no id of a token; it takes 1 to 64 letters, digits and . _ -")
    wanted = check_scopes(scopes)
    value = PREFIX + secrets.token_urlsafe(32)
    expires = (now + timedelta(days=days)).isoformat(timespec="seconds") if days else None
    digest = hashlib.sha256(value.encode()).hexdigest()
    return value, {"id": name, "sha256": digest, "scopes": wanted, "expires": expires}


def check_scopes(scopes: Iterable[str]) -> list[str]:
    """Return *scopes* in their usual order; `OpsError` for one that is not known, or none."""
    wanted = {scope.strip() for scope in scopes if scope.strip()}
    unknown = sorted(wanted - set(SCOPES))
    if unknown or not wanted:
        given = ", ".join(unknown) or "none"
        raise OpsError(f"unknown scopes: {given}; a token takes any of {', '.join(SCOPES)}")
    return [scope for scope in SCOPES if scope in wanted]


def parse(text: str | None) -> list[Entry]:
    """Read the secret `API_TOKENS`; nothing set is an empty list."""
    if text is None:
        return []
    try:
        entries = json.loads(text)
    except ValueError:
        raise OpsError("chittyconnect:API_TOKENS is not JSON; set it to a list") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise OpsError("chittyconnect:API_TOKENS is not a list of {id, sha256, scopes, expires}")
    return entries


def add(entries: list[Entry], entry: Entry) -> list[Entry]:
    """Add *entry*; `OpsError` when its id is taken."""
    if any(known.get("id") == entry["id"] for known in entries):
        raise OpsError(f"there is a token {entry['id']!r} already; revoke it or take another id")
    return [*entries, entry]


def written(entries: list[Entry]) -> str:
    """Write *entries* as the secret `API_TOKENS`; `OpsError` for what the worker would refuse."""
    try:
        return check_api_tokens(json.dumps(entries), SCOPES)
    except RefusedError as error:
        raise OpsError(f"chittyconnect:API_TOKENS {error}; nothing was written") from None


def remove(entries: list[Entry], name: str) -> list[Entry]:
    """Remove the token *name*; `OpsError` when there is none."""
    left = [entry for entry in entries if entry.get("id") != name]
    if len(left) == len(entries):
        known = ", ".join(str(entry.get("id")) for entry in entries) or "none"
        raise OpsError(f"there is no token {name!r}; the tokens are: {known}")
    return left


def expired(entry: Entry, now: datetime | None = None) -> bool:
    """Whether the worker refuses the token for its age; what is no time is not an age."""
    try:
        ends = datetime.fromisoformat(str(entry.get("expires")))
    except ValueError:
        return False
    return ends.tzinfo is not None and ends <= (now or datetime.now(UTC))
