"""Stores that were deleted behind the program: said before an `up`, never made again in silence.

The engine believes its state: it would bind workers to what is not there, or, once the state is
read again, make an empty store and call that success (incident 21).
"""

from collections.abc import Callable

from common.json_types import Json
from ops.cloudflare_api.client import environment_token
from ops.engine.resources import STATEFUL, describe, short_type, what_is_lost
from ops.errors import OpsError
from ops.stack import state
from ops.stack.resource_lookup import Found, finder, kind_of
from ops.stack.session import Session
from ops.stack.target import DEVELOPMENT

Find = Callable[[Json], Found | None]

FOUND_BY_ID = frozenset({"R2Bucket", "D1Database", "WorkersKvNamespace", "Queue"})
"""Stores whose id says whether one is the same, or another of its name."""


def refuse(session: Session, find: Find | None = None) -> None:
    """Raise `OpsError` where a store that the state has is not in the account any more.

    Development is not asked about: what it loses is `losses`' to mend. *find*: default, over the
    API of the stack.
    """
    if session.target.environment == DEVELOPMENT:
        return
    find = find or finder(session.target.api, environment_token())
    lost = [each for each in state.resources(session) if _is_store(each) and _is_gone(each, find)]
    if lost:
        raise OpsError(_refusal(session.target.name, lost))


def _is_store(resource: Json) -> bool:
    is_real = bool(resource.get("id")) and not (resource.get("delete") or resource.get("external"))
    known = STATEFUL.keys() & FOUND_BY_ID
    is_listed = short_type(resource["urn"]) in known and kind_of(resource) is not None
    return is_real and is_listed and not _is_elsewhere(resource)


def _is_elsewhere(resource: Json) -> bool:
    """Return whether it is in a jurisdiction, whose buckets are in no list of the others."""
    inputs = resource.get("inputs") or {}
    return inputs.get("jurisdiction") not in (None, "", "default")


def _is_gone(resource: Json, find: Find) -> bool:
    """Return whether it is not there, or another of its name is there in its place."""
    found = find(resource)
    return found is None or found.id != resource["id"]


def _refusal(stack: str, lost: list[Json]) -> str:
    listed = ", ".join(
        f"{describe(each['urn'])} ({what_is_lost(short_type(each['urn']))})" for each in lost
    )
    return (
        f"deleted behind the program, and lost: {listed}; nothing was changed, and nothing is made "
        f"anew in its place; to have it made, empty, agree to what is gone: python -m ops refresh "
        f"{stack}, then up and restore; see docs/runbooks.md#a-store-is-lost"
    )
