"""What checks come to: which origins, pools and health checks are healthy, by the records."""

from collections.abc import Iterable
from dataclasses import dataclass

from common.json_types import Json
from local.api.check_runner.plan import Check
from local.api.state.edge_balancing import origin_key, verdict_of
from local.records.records import Kind, Records

OF_POOLS = "load_balancing_health_alert"
OF_CHECKS = "health_check_status_notification"
Event = tuple[str, Json]
"""An alert type, and what it is about by the names of filters."""


@dataclass(frozen=True)
class Change:
    """A verdict that is another now. *before* `None`: nothing was known."""

    check: Check
    before: bool | None
    after: bool
    found: Json


def verdict(records: Records, check: Check) -> bool | None:
    """Return whether what *check* asks counts as healthy; `None`: not known."""
    if check.kind is Kind.HEALTH_CHECK:
        known = records.get(Kind.HEALTH, check.owner)
        return None if known is None or known["key"] != check.key else bool(known["healthy"])
    pool = records.get(Kind.POOL, check.owner)
    origins = pool["origins"] if pool else ()
    origin = next((each for each in origins if origin_key(each) == check.origin), None)
    return verdict_of(records, pool, origin) if pool and origin else None


def is_healthy(records: Records, pool: Json) -> bool:
    """Return whether *pool* serves: as many origins as it needs are not known to be ill."""
    well = [
        each
        for each in pool["origins"]
        if each["enabled"] and verdict_of(records, pool, each) is not False
    ]
    return bool(pool["enabled"] and well and len(well) >= pool["minimum_origins"])


def keep(records: Records, changes: Iterable[Change], now: str) -> list[Event]:
    """Write *changes* down; return what is to be told of them."""
    events: list[Event] = []
    for change in changes:
        if change.check.kind is Kind.HEALTH_CHECK:
            events += _keep_check(records, change, now)
        else:
            events += _keep_origin(records, change)
    return events


def _keep_check(records: Records, change: Change, now: str) -> list[Event]:
    check = records.get(Kind.HEALTH_CHECK, change.check.owner)
    if check is None:
        return []  # it was deleted while it was asked
    reason = change.found["failure_reason"]
    records.put(
        Kind.HEALTH,
        check["id"],
        {"key": change.check.key, "healthy": change.after, "failure_reason": reason, "since": now},
    )
    about = {
        "health_check_id": check["id"],
        "name": check["name"],
        "status": _word(healthy=change.after),
        "failure_reason": reason,
    }
    return [(OF_CHECKS, about)] if _is_news(change) else []


def _keep_origin(records: Records, change: Change) -> list[Event]:
    pool = records.get(Kind.POOL, change.check.owner)
    if pool is None:
        return []
    served = is_healthy(records, pool)
    known = records.get(Kind.HEALTH, pool["id"])
    former = known["origins"] if known and known["monitor"] == pool.get("monitor") else {}
    present = {origin_key(each) for each in pool["origins"]}
    origins = {key: healthy for key, healthy in former.items() if key in present}
    origins[change.check.origin] = change.after
    body = {"monitor": pool.get("monitor"), "origins": origins}
    records.put(Kind.HEALTH, pool["id"], body)
    events = [_event(pool, "origin", change)] if _is_news(change) else []
    serves = is_healthy(records, pool)
    return events if serves is served else [*events, _event(pool, "pool", change, serves=serves)]


def _event(pool: Json, source: str, change: Change, *, serves: bool | None = None) -> Event:
    healthy = change.after if serves is None else serves
    about = {
        "pool_id": pool["id"],
        "name": pool["name"],
        "event_source": source,
        "new_health": _word(healthy=healthy),
        "origin": change.check.address,
        "failure_reason": change.found["failure_reason"],
    }
    return OF_POOLS, about


def _is_news(change: Change) -> bool:
    """Whether anybody wants to hear it: not that what is new is well."""
    return change.before is not None or not change.after


def _word(*, healthy: bool) -> str:
    return "Healthy" if healthy else "Unhealthy"
