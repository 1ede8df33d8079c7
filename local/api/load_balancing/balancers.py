"""Load balancers: hosts of a zone whose requests go to the origins of pools."""

from typing import Any, Literal
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.load_balancing import errors
from local.api.load_balancing.changes import kept, merged
from local.api.load_balancing.pools import named_pools
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.records.records import Kind, Records

BALANCERS = "/zones/{zone_id}/load_balancers"
BALANCER = f"{BALANCERS}/{{balancer_id}}"
SERVED = (
    "each request is balanced, of an unproxied one too; `dynamic_latency` and `proximity` take the "
    "pools in order, `least_*` as `random`; rules, pool sets and networks are refused"
)
PoolMap = dict[str, list[str]]

family = Family("Load balancers", errors.BODY)


class Attributes(Body):
    """How long and by what a session stays with its origin."""

    samesite: Literal["Auto", "Lax", "None", "Strict"] | None = None
    secure: Literal["Auto", "Always", "Never"] | None = None
    drain_duration: int | float | None = None
    headers: list[str] | None = None
    require_all_headers: bool | None = None
    zero_downtime_failover: Literal["none", "temporary", "sticky"] | None = None


class Weights(Body):
    """How often each pool is drawn."""

    default_weight: int | float = Field(default=1, ge=0, le=1)
    pool_weights: dict[str, int | float] = Field(default_factory=dict)


class Balancer(Body):
    """A load balancer as it is created or replaced."""

    name: str = Field(min_length=1, max_length=253)
    default_pools: list[str] = Field(min_length=1)
    fallback_pool: str
    description: str = ""
    enabled: bool = True
    proxied: bool = False
    ttl: int | None = Field(default=None, ge=30, le=86_400)
    steering_policy: Literal[
        "off",
        "geo",
        "random",
        "dynamic_latency",
        "proximity",
        "least_outstanding_requests",
        "least_connections",
        "",
    ] = ""
    region_pools: PoolMap | None = None
    country_pools: PoolMap | None = None
    pop_pools: PoolMap | None = None
    random_steering: Weights | None = None
    adaptive_routing: dict[str, bool] | None = None
    location_strategy: dict[str, str] | None = None
    session_affinity: Literal["none", "cookie", "ip_cookie", "header", ""] = "none"
    session_affinity_ttl: int | None = Field(default=None, ge=30, le=604_800)
    session_affinity_attributes: Attributes | None = None
    rules: list[dict[str, Any]] | None = None
    pool_sets: list[dict[str, Any]] | None = None
    networks: list[str] | None = None


@family("GET", BALANCERS)
async def list_balancers(call: Call) -> Any:
    zone = zone_of(call)
    found = [b for b in call.state.records.all(Kind.BALANCER) if b["zone_id"] == zone.id]
    return page([_shown(each) for each in found], call.query)


@family("POST", BALANCERS, extent="partial", note=SERVED)
async def create_balancer(call: Call) -> Json:
    return await _put(call, uuid4().hex, await call.read(Balancer), must_exist=False)


@family("GET", BALANCER)
async def get_balancer(call: Call) -> Json:
    return _shown(_find(call.state.records, zone_of(call), call.params["balancer_id"]))


@family("PUT", BALANCER, extent="partial", note=SERVED)
async def replace_balancer(call: Call) -> Json:
    body = await call.read(Balancer)
    return await _put(call, call.params["balancer_id"], body, must_exist=True)


@family("PATCH", BALANCER, extent="partial", note=SERVED)
async def change_balancer(call: Call) -> Json:
    former = _find(call.state.records, zone_of(call), call.params["balancer_id"])
    body = call.parse(Balancer, merged(former, await call.json()))
    return await _put(call, call.params["balancer_id"], body, must_exist=True)


@family("DELETE", BALANCER)
async def delete_balancer(call: Call) -> Json:
    zone, balancer_id = zone_of(call), call.params["balancer_id"]

    def edit(records: Records) -> Json:
        _find(records, zone, balancer_id)
        records.remove(Kind.BALANCER, balancer_id)
        return {"id": balancer_id}

    return await call.state.change(edit)


def _find(records: Records, zone: Zone, balancer_id: str) -> Json:
    found = records.get(Kind.BALANCER, balancer_id)
    if found is None or found["zone_id"] != zone.id:
        raise errors.not_found(f"load balancer {balancer_id}")
    return found


async def _put(call: Call, balancer_id: str, body: Balancer, *, must_exist: bool) -> Json:
    zone = zone_of(call)
    for name in ("rules", "pool_sets", "networks"):
        if getattr(body, name):
            raise not_emulated(f"{name} of a load balancer")

    def edit(records: Records) -> Json:
        former = _find(records, zone, balancer_id) if must_exist else None
        made = {**body.model_dump(exclude_none=True), "name": body.name.lower()}
        _check(records, zone, balancer_id, made)
        place = {"id": balancer_id, "zone_id": zone.id}
        return _shown(kept(records, Kind.BALANCER, made | place, call.state.now(), former))

    return await call.state.change(edit)


def _check(records: Records, zone: Zone, balancer_id: str, made: Json) -> None:
    if not zone.holds(made["name"]):
        raise errors.invalid(f"name {made['name']} is no host of zone {zone.name}")
    others = [b for b in records.all(Kind.BALANCER) if b["id"] != balancer_id]
    if any(other["name"] == made["name"] for other in others):
        raise errors.not_unique(f"there is a load balancer {made['name']}")
    missing = sorted(p for p in named_pools(made) if records.get(Kind.POOL, p) is None)
    if missing:
        raise errors.invalid(f"pool {missing[0]} does not exist")
    headers = (made.get("session_affinity_attributes") or {}).get("headers")
    if made["session_affinity"] == "header" and not headers:
        raise errors.invalid("session_affinity_attributes.headers is missing; name a header")


def _shown(balancer: Json) -> Json:
    return {key: value for key, value in balancer.items() if key != "zone_id"}
