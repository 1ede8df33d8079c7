"""Pools: origins that share the requests of a load balancer."""

from typing import Any, Literal
from uuid import uuid4

from pydantic import Field, field_validator

from common.json_types import Json
from local.api.errors import not_emulated
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.load_balancing import errors, monitors
from local.api.load_balancing.changes import kept, merged, references
from local.records.records import Kind, Records

POOLS = f"{monitors.BELOW}/pools"
POOL = f"{POOLS}/{{pool_id}}"
SERVED = (
    "origins are hosts that live here, tunnels and servers of this machine; of origin steering "
    "`random` and `hash` act; load shedding, coordinates and networks are only kept"
)

family = Family("Load balancer pools", errors.BODY)

Name = Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")


class Origin(Body):
    """A server that requests go to."""

    name: str = Name
    address: str = Field(min_length=1, max_length=253)
    enabled: bool = True
    weight: int | float = Field(default=1, ge=0, le=1)
    port: int = Field(default=0, ge=0, le=65_535)
    header: dict[str, list[str]] | None = None
    flatten_cname: bool = True
    virtual_network_id: str | None = None

    @field_validator("header")
    @classmethod
    def _is_host(cls, header: dict[str, list[str]] | None) -> dict[str, list[str]] | None:
        if header and {name.lower() for name in header} != {"host"}:
            raise ValueError("an origin takes the header Host only")
        return header


class Steering(Body):
    """How requests are shared."""

    policy: Literal["random", "hash", "least_outstanding_requests", "least_connections"] = "random"


class Pool(Body):
    """A pool as it is created or replaced."""

    name: str = Field(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9_-]+$")
    origins: list[Origin] = Field(min_length=1)
    monitor: str | None = None
    monitor_group: str | None = None
    description: str = ""
    enabled: bool = True
    minimum_origins: int = Field(default=1, ge=0)
    check_regions: list[str] | None = None
    origin_steering: Steering | None = None
    load_shedding: dict[str, Any] | None = None
    notification_email: str = ""
    notification_filter: dict[str, Any] | None = None
    latitude: int | float | None = Field(default=None, ge=-90, le=90)
    longitude: int | float | None = Field(default=None, ge=-180, le=180)


@family("GET", POOLS)
async def list_pools(call: Call) -> Any:
    monitor = call.query.get("monitor")
    found = [p for p in call.state.records.all(Kind.POOL) if monitor in (None, p.get("monitor"))]
    return page(found, call.query)


@family("POST", POOLS, extent="partial", note=SERVED)
async def create_pool(call: Call) -> Json:
    return await _put(call, uuid4().hex, await call.read(Pool), must_exist=False)


@family("GET", POOL)
async def get_pool(call: Call) -> Json:
    return find(call.state.records, call.params["pool_id"])


@family("PUT", POOL, extent="partial", note=SERVED)
async def replace_pool(call: Call) -> Json:
    return await _put(call, call.params["pool_id"], await call.read(Pool), must_exist=True)


@family("PATCH", POOL, extent="partial", note=SERVED)
async def change_pool(call: Call) -> Json:
    former = find(call.state.records, call.params["pool_id"])
    body = call.parse(Pool, merged(former, await call.json()))
    return await _put(call, call.params["pool_id"], body, must_exist=True)


@family("DELETE", POOL)
async def delete_pool(call: Call) -> Json:
    pool_id = call.params["pool_id"]

    def edit(records: Records) -> Json:
        find(records, pool_id)
        if balancers_of(records, pool_id):
            raise errors.referenced()
        records.remove(Kind.POOL, pool_id)
        if records.get(Kind.HEALTH, pool_id):
            records.remove(Kind.HEALTH, pool_id)
        return {"id": pool_id}

    return await call.state.change(edit)


@family("GET", f"{POOL}/references")
async def list_pool_references(call: Call) -> list[Json]:
    find(call.state.records, call.params["pool_id"])
    return references("load_balancer", balancers_of(call.state.records, call.params["pool_id"]))


def find(records: Records, pool_id: str) -> Json:
    found = records.get(Kind.POOL, pool_id)
    if found is None:
        raise errors.not_found(f"pool {pool_id}")
    return found


def balancers_of(records: Records, pool_id: str) -> list[Json]:
    """List the load balancers that lead to the pool."""
    return [each for each in records.all(Kind.BALANCER) if pool_id in named_pools(each)]


def named_pools(balancer: Json) -> set[str]:
    """Return the ids of all pools that *balancer* names."""
    maps = (balancer.get(f"{each}_pools") or {} for each in ("region", "country", "pop"))
    mapped = {pool for each in maps for pools in each.values() for pool in pools}
    return {*balancer["default_pools"], balancer["fallback_pool"], *mapped}


async def _put(call: Call, pool_id: str, body: Pool, *, must_exist: bool) -> Json:
    if body.monitor_group:
        raise not_emulated("monitor_group of a pool")

    def edit(records: Records) -> Json:
        former = find(records, pool_id) if must_exist else None
        _check(records, pool_id, body)
        made = {**body.model_dump(exclude_none=True), "id": pool_id}
        return kept(records, Kind.POOL, made, call.state.now(), former)

    return await call.state.change(edit)


def _check(records: Records, pool_id: str, body: Pool) -> None:
    if any(p["name"] == body.name and p["id"] != pool_id for p in records.all(Kind.POOL)):
        raise errors.not_unique(f"there is a pool {body.name}")
    names = [origin.name for origin in body.origins]
    if len(set(names)) < len(names):
        raise errors.invalid("two origins have one name")
    if body.monitor and records.get(Kind.MONITOR, body.monitor) is None:
        raise errors.invalid(f"monitor {body.monitor} does not exist")
