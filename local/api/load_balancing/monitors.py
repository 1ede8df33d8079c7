"""Monitors: how origins of pools are asked whether they are well."""

from typing import Any, Literal
from uuid import uuid4

from pydantic import Field, field_validator, model_validator

from common.json_types import Json
from local.api.check_runner.codes import check_codes
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.load_balancing import errors
from local.api.load_balancing.changes import kept, merged, references
from local.records.records import Kind, Records

BELOW = "/accounts/{account_id}/load_balancers"
MONITORS = f"{BELOW}/monitors"
MONITOR = f"{MONITORS}/{{monitor_id}}"
RUN = "http, https and tcp are run, from here alone; other types, `probe_zone` and certificates not"
LEAST_INTERVAL, MOST_INTERVAL = 5, 3600
MOST_TIMEOUT = 10

family = Family("Load balancer monitors", errors.BODY)


class Monitor(Body):
    """A monitor as it is created or replaced. Times are whole seconds."""

    type: Literal["http", "https", "tcp", "udp_icmp", "icmp_ping", "smtp"] = "http"
    description: str = ""
    method: str = ""
    path: str = "/"
    header: dict[str, list[str]] | None = None
    port: int = Field(default=0, ge=0, le=65_535)
    timeout: int = Field(default=5, ge=1, le=MOST_TIMEOUT)
    retries: int = Field(default=2, ge=0, le=5)
    interval: int = Field(default=60, ge=LEAST_INTERVAL, le=MOST_INTERVAL)
    consecutive_up: int = Field(default=0, ge=0)
    consecutive_down: int = Field(default=0, ge=0)
    expected_codes: str = ""
    expected_body: str = ""
    follow_redirects: bool = False
    allow_insecure: bool = False
    probe_zone: str = ""

    @field_validator("expected_codes")
    @classmethod
    def _are_codes(cls, codes: str) -> str:
        return check_codes(codes)

    @model_validator(mode="after")
    def _fits(self) -> "Monitor":
        if self.timeout >= self.interval:
            raise ValueError(f"timeout is {self.timeout}; it is shorter than interval")
        if self.type in ("tcp", "smtp") and not self.port:
            raise ValueError(f"port is missing; type {self.type} needs one")
        return self


@family("GET", MONITORS)
async def list_monitors(call: Call) -> Any:
    return page(call.state.records.all(Kind.MONITOR), call.query)


@family("POST", MONITORS, extent="partial", note=RUN)
async def create_monitor(call: Call) -> Json:
    body = await call.read(Monitor)
    monitor_id = uuid4().hex

    def edit(records: Records) -> Json:
        return kept(records, Kind.MONITOR, {**said(body), "id": monitor_id}, call.state.now())

    return await call.state.change(edit)


@family("GET", MONITOR)
async def get_monitor(call: Call) -> Json:
    return find(call.state.records, call.params["monitor_id"])


@family("PUT", MONITOR, extent="partial", note=RUN)
async def replace_monitor(call: Call) -> Json:
    return await _change(call, await call.read(Monitor))


@family("PATCH", MONITOR, extent="partial", note=RUN)
async def change_monitor(call: Call) -> Json:
    former = find(call.state.records, call.params["monitor_id"])
    return await _change(call, call.parse(Monitor, merged(former, await call.json())))


@family("DELETE", MONITOR)
async def delete_monitor(call: Call) -> Json:
    monitor_id = call.params["monitor_id"]

    def edit(records: Records) -> Json:
        find(records, monitor_id)
        if pools_of(records, monitor_id):
            raise errors.referenced()
        records.remove(Kind.MONITOR, monitor_id)
        return {"id": monitor_id}

    return await call.state.change(edit)


@family("GET", f"{MONITOR}/references")
async def list_monitor_references(call: Call) -> list[Json]:
    find(call.state.records, call.params["monitor_id"])
    return references("pool", pools_of(call.state.records, call.params["monitor_id"]))


def find(records: Records, monitor_id: str) -> Json:
    found = records.get(Kind.MONITOR, monitor_id)
    if found is None:
        raise errors.not_found(f"monitor {monitor_id}")
    return found


def pools_of(records: Records, monitor_id: str) -> list[Json]:
    """List the pools that the monitor watches."""
    return [pool for pool in records.all(Kind.POOL) if pool.get("monitor") == monitor_id]


async def _change(call: Call, body: Monitor) -> Json:
    monitor_id = call.params["monitor_id"]

    def edit(records: Records) -> Json:
        former = find(records, monitor_id)
        made = {**said(body), "id": monitor_id}
        return kept(records, Kind.MONITOR, made, call.state.now(), former)

    return await call.state.change(edit)


def said(body: Monitor) -> Json:
    """Return what *body* says, with the defaults of its type."""
    whole = body.model_dump(exclude_none=True)
    if body.type not in ("http", "https"):
        return {**whole, "method": body.method or "connection_established"}
    codes = body.expected_codes or "200"
    return {**whole, "method": body.method or "GET", "expected_codes": codes}
