"""The health of pools, as their monitors found it, and previews of monitors."""

from common.json_types import Json
from local.api.check_runner.plan import of_pool
from local.api.check_runner.previews import PLACE, preview, shown
from local.api.check_runner.verdicts import is_healthy, verdict
from local.api.http.call import Call
from local.api.http.routing import Family
from local.api.load_balancing import errors
from local.api.load_balancing.monitors import BELOW, MONITOR, Monitor, find, pools_of, said
from local.api.load_balancing.pools import POOL
from local.api.load_balancing.pools import find as find_pool
from local.records.records import Kind

UNASKED = {"failure_reason": "", "response_code": 0, "rtt": 0}
HERE = "from one place"

family = Family("Health of pools", errors.BODY)


@family("GET", f"{POOL}/health", extent="partial", note=HERE)
async def get_health(call: Call) -> Json:
    records = call.state.records
    pool = find_pool(records, call.params["pool_id"])
    monitor = records.get(Kind.MONITOR, pool.get("monitor") or "")
    origins = []
    for check in of_pool(pool, monitor) if monitor else ():
        streak = call.state.checks.streaks.get(check.key)
        found = (streak.found if streak else None) or UNASKED
        healthy = verdict(records, check) is not False
        origins.append({check.address: shown(found, healthy=healthy)})
    place = {"healthy": is_healthy(records, pool), "origins": origins}
    return {"pool_id": pool["id"], "pop_health": {PLACE: place}}


@family("POST", f"{POOL}/preview", extent="partial", note=HERE)
async def preview_pool(call: Call) -> Json:
    body = await call.read(Monitor)
    pool = find_pool(call.state.records, call.params["pool_id"])
    return await _preview(call, [pool], body)


@family("POST", f"{MONITOR}/preview", extent="partial", note=HERE)
async def preview_monitor(call: Call) -> Json:
    body = await call.read(Monitor)
    find(call.state.records, call.params["monitor_id"])
    return await _preview(call, pools_of(call.state.records, call.params["monitor_id"]), body)


@family("GET", f"{BELOW}/preview/{{preview_id}}")
async def get_preview(call: Call) -> Json:
    found = call.state.checks.previews.get(call.params["preview_id"])
    if found is None:
        raise errors.not_found(f"preview {call.params['preview_id']}")
    return found


async def _preview(call: Call, pools: list[Json], body: Monitor) -> Json:
    monitor = {**said(body), "id": ""}
    checks = [check for pool in pools for check in of_pool(pool, monitor)]
    preview_id, _ = await preview(call.state, checks)
    return {"pools": {pool["id"]: pool["name"] for pool in pools}, "preview_id": preview_id}
