"""API tokens: made here, known to the worker by their hash only (CC-1)."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from config.secret_fields import check_api_tokens
from ops.errors import OpsError
from planning.refusals import RefusedError

PREFIX = "chitty_"
"""Begins every token, so that a search for leaked secrets can know one."""

Entry = dict[str, Any]

_ID = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")


def new_value() -> str:
    """Return the value of a new token, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def entry_of(  # noqa: PLR0913  # what a token may be given
    value: str,
    name: str,
    scopes: Iterable[str],
    known: Sequence[str],
    *,
    owners: Sequence[str] = (),
    ends: str | None = None,
) -> Entry:
    """Return what a worker keeps of the token *value*, called *name*: its hash and its *scopes*.

    *known* are the scopes that the system has. *owners* are those whose data it reaches; default:
    everybody's. *ends* is the time when it expires; default: never. Raises `OpsError` for a name
    that logs could not show and for a scope that is not known.
    """
    if not _ID.match(name):
        raise OpsError(f"{name!r} is no id of a token; it takes 1 to 64 letters, digits and . _ -")
    digest = hashlib.sha256(value.encode()).hexdigest()
    bound = {"owners": list(dict.fromkeys(owners))} if owners else {}
    scoped = {"id": name, "sha256": digest, "scopes": check_scopes(scopes, known)}
    return {**scoped, **bound, "expires": ends}


def end_after(days: int | None, now: datetime) -> str | None:
    """Return when a token ends that is made *now* and lives for *days*; `None`: never."""
    return (now + timedelta(days=days)).isoformat(timespec="seconds") if days else None


def check_scopes(scopes: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return *scopes* in the order of *known*; `OpsError` for one that is not known, or none."""
    wanted = {scope.strip() for scope in scopes if scope.strip()}
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        given = ", ".join(unknown) or "none"
        raise OpsError(f"unknown scopes: {given}; a token takes any of {', '.join(known)}")
    return [scope for scope in known if scope in wanted]


def parse(text: str | None, key: str) -> list[Entry]:
    """Read the tokens in the secret *key*, whose value is *text*; nothing set is an empty list."""
    if text is None:
        return []
    try:
        entries = json.loads(text)
    except ValueError:
        raise OpsError(f"{key} is not JSON; set it to a list") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise OpsError(f"{key} is not a list of {{id, sha256, scopes, expires}}")
    return entries


def add(entries: list[Entry], entry: Entry) -> list[Entry]:
    """Add *entry*; `OpsError` when its id is taken."""
    if any(known.get("id") == entry["id"] for known in entries):
        raise OpsError(f"there is a token {entry['id']!r} already; revoke it or take another id")
    return [*entries, entry]


def written(entries: list[Entry], key: str, known: Sequence[str]) -> str:
    """Return *entries* as the secret *key* holds them; *known* are the scopes of the system.

    Raises `OpsError` for what the worker would refuse.
    """
    try:
        return check_api_tokens(json.dumps(entries), known)
    except RefusedError as error:
        raise OpsError(f"{key} {error}; nothing was written") from None


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
