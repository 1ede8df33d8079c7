"""Health checks of a zone: run from here, with the status and the reason that they find."""

from typing import Any, Literal
from uuid import uuid4

from pydantic import Field, field_validator, model_validator

from common.json_types import Json
from local.api.check_runner.codes import check_codes
from local.api.check_runner.plan import of_health_check
from local.api.check_runner.previews import preview
from local.api.check_runner.verdicts import verdict
from local.api.health_checks import errors
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.records.records import Kind, Records

CHECKS = "/zones/{zone_id}/healthchecks"
CHECK = f"{CHECKS}/{{health_check_id}}"
PREVIEWS = f"{CHECKS}/preview"
RUN = "run from here alone, against hosts that live here and servers of this machine"
LEAST_INTERVAL, MOST_INTERVAL = 5, 3600
MOST_TIMEOUT = 10

family = Family("Health checks", errors.BODY)


class Http(Body):
    """What is asked, and what has to come."""

    method: Literal["GET", "HEAD"] = "GET"
    port: int | None = Field(default=None, ge=1, le=65_535)
    path: str = "/"
    expected_codes: list[str] | None = None
    expected_body: str = ""
    follow_redirects: bool = False
    allow_insecure: bool = False
    header: dict[str, list[str]] | None = None

    @field_validator("expected_codes")
    @classmethod
    def _are_codes(cls, codes: list[str] | None) -> list[str] | None:
        return [check_codes(code) for code in codes] if codes else codes


class Tcp(Body):
    """Where a connection is opened."""

    method: Literal["connection_established"] = "connection_established"
    port: int | None = Field(default=None, ge=1, le=65_535)


class HealthCheck(Body):
    """A health check as it is created or replaced. Times are whole seconds."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")
    address: str = Field(min_length=1, max_length=253)
    type: Literal["HTTP", "HTTPS", "TCP"] = "HTTP"
    description: str = ""
    suspended: bool = False
    check_regions: list[str] | None = None
    interval: int = Field(default=60, ge=LEAST_INTERVAL, le=MOST_INTERVAL)
    retries: int = Field(default=2, ge=0, le=5)
    timeout: int = Field(default=5, ge=1, le=MOST_TIMEOUT)
    consecutive_fails: int = Field(default=1, ge=1)
    consecutive_successes: int = Field(default=1, ge=1)
    http_config: Http | None = None
    tcp_config: Tcp | None = None

    @model_validator(mode="after")
    def _fits(self) -> "HealthCheck":
        if self.timeout >= self.interval:
            raise ValueError(f"timeout is {self.timeout}; it is shorter than interval")
        return self


@family("GET", CHECKS)
async def list_checks(call: Call) -> Any:
    zone, records = zone_of(call), call.state.records
    found = [each for each in records.all(Kind.HEALTH_CHECK) if each["zone_id"] == zone.id]
    return page([_shown(records, each) for each in found], call.query, 25)


@family("POST", CHECKS, extent="partial", note=RUN)
async def create_check(call: Call) -> Json:
    return await _put(call, uuid4().hex, await call.read(HealthCheck), must_exist=False)


@family("POST", PREVIEWS, extent="partial", note=RUN)
async def preview_check(call: Call) -> Json:
    body, zone = await call.read(HealthCheck), zone_of(call)
    made = {**body.model_dump(exclude_none=True), "id": uuid4().hex, "zone_id": zone.id}
    preview_id, results = await preview(call.state, [of_health_check(made)])
    status, reason = _previewed_status(results.get(made["id"]))
    kept = {**made, "id": preview_id, "status": status, "failure_reason": reason}
    call.state.checks.previews[preview_id] = kept
    return _without_zone(kept)


@family("GET", f"{PREVIEWS}/{{preview_id}}")
async def get_preview(call: Call) -> Json:
    return _without_zone(_previewed(call))


@family("DELETE", f"{PREVIEWS}/{{preview_id}}")
async def delete_preview(call: Call) -> Json:
    preview_id = _previewed(call)["id"]
    del call.state.checks.previews[preview_id]
    return {"id": preview_id}


@family("GET", CHECK)
async def get_check(call: Call) -> Json:
    records = call.state.records
    return _shown(records, _find(records, zone_of(call), call.params["health_check_id"]))


@family("PUT", CHECK, extent="partial", note=RUN)
async def replace_check(call: Call) -> Json:
    body = await call.read(HealthCheck)
    return await _put(call, call.params["health_check_id"], body, must_exist=True)


@family("PATCH", CHECK, extent="partial", note=RUN)
async def change_check(call: Call) -> Json:
    check_id = call.params["health_check_id"]
    former, changes = _find(call.state.records, zone_of(call), check_id), await call.json()
    body = call.parse(HealthCheck, {**former, **(changes if isinstance(changes, dict) else {})})
    return await _put(call, check_id, body, must_exist=True)


@family("DELETE", CHECK)
async def delete_check(call: Call) -> Json:
    zone, check_id = zone_of(call), call.params["health_check_id"]

    def edit(records: Records) -> Json:
        _find(records, zone, check_id)
        records.remove(Kind.HEALTH_CHECK, check_id)
        if records.get(Kind.HEALTH, check_id):
            records.remove(Kind.HEALTH, check_id)
        return {"id": check_id}

    return await call.state.change(edit)


def _find(records: Records, zone: Zone, check_id: str) -> Json:
    found = records.get(Kind.HEALTH_CHECK, check_id)
    if found is None or found["zone_id"] != zone.id:
        raise errors.not_found(check_id)
    return found


def _previewed_status(result: Json | None) -> tuple[str, str]:
    """Return status and reason of what a preview found; nothing when it was cut short."""
    if result is None:
        return "unknown", ""
    (found,) = result["origins"][0].values()
    return ("healthy", "") if result["healthy"] else ("unhealthy", found["failure_reason"])


def _previewed(call: Call) -> Json:
    found = call.state.checks.previews.get(call.params["preview_id"])
    if found is None or found.get("zone_id") != zone_of(call).id:
        raise errors.not_found(call.params["preview_id"])
    return found


async def _put(call: Call, check_id: str, body: HealthCheck, *, must_exist: bool) -> Json:
    zone, now = zone_of(call), call.state.now()

    def edit(records: Records) -> Json:
        former = _find(records, zone, check_id) if must_exist else {"created_on": now}
        others = [each for each in records.all(Kind.HEALTH_CHECK) if each["id"] != check_id]
        if any((each["zone_id"], each["name"]) == (zone.id, body.name) for each in others):
            raise errors.not_unique(body.name)
        made = {**body.model_dump(exclude_none=True), "id": check_id, "zone_id": zone.id}
        times = {"created_on": former["created_on"], "modified_on": now}
        return _shown(records, records.put(Kind.HEALTH_CHECK, check_id, {**made, **times}))

    return await call.state.change(edit)


def _shown(records: Records, record: Json) -> Json:
    """Add what was found: `unknown` until enough checks have said the same."""
    healthy = verdict(records, of_health_check(record))
    known = records.get(Kind.HEALTH, record["id"]) or {}
    word = {True: "healthy", False: "unhealthy", None: "unknown"}[healthy]
    status = "suspended" if record["suspended"] else word
    reason = known["failure_reason"] if healthy is False else ""
    return {**_without_zone(record), "status": status, "failure_reason": reason}


def _without_zone(record: Json) -> Json:
    return {key: value for key, value in record.items() if key != "zone_id"}
