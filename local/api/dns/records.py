"""DNS records of a zone: those that lead to a tunnel are served, all others kept."""

import ipaddress
from typing import Any
from uuid import uuid4

from pydantic import Field

from common.json_types import Json
from local.api.dns import errors
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.records.records import Kind, Records

RECORDS = "/zones/{zone_id}/dns_records"
RECORD = f"{RECORDS}/{{record_id}}"
PROXIABLE = ("A", "AAAA", "CNAME")
ALONE = "CNAME"
"""A name that has it has no other address."""

NOT_SERVED = "proxied CNAME records of tunnels are served; all others are only kept"
AUTOMATIC, SHORTEST, LONGEST = 1, 60, 86_400

family = Family("DNS records", errors.BODY)


class RecordBody(Body):
    """A record as it is created or replaced."""

    name: str = Field(min_length=1, max_length=253)
    type: str
    content: str | None = None
    data: dict[str, Any] | None = None
    ttl: int | float = AUTOMATIC
    proxied: bool = False
    priority: int | float | None = None
    comment: str | None = None
    tags: list[str] = Field(default_factory=list)
    settings: dict[str, Any] | None = None


@family("GET", RECORDS)
async def list_records(call: Call) -> Any:
    zone = zone_of(call)
    found = [r for r in call.state.records.all(Kind.DNS_RECORD) if r["zone_id"] == zone.id]
    for field in ("name", "type", "content"):
        asked = call.query.get(field, call.query.get(f"{field}.exact"))
        found = [r for r in found if asked in (None, r[field])]
    return page([_shown(each) for each in found], call.query, 100)


@family("POST", RECORDS, extent="partial", note=NOT_SERVED)
async def create_record(call: Call) -> Json:
    body = await call.read(RecordBody)
    return await _put(call, uuid4().hex, body, must_exist=False)


@family("GET", RECORD)
async def get_record(call: Call) -> Json:
    return _shown(_find(call.state.records, zone_of(call), call.params["record_id"]))


@family("PUT", RECORD, extent="partial", note=NOT_SERVED)
async def replace_record(call: Call) -> Json:
    body = await call.read(RecordBody)
    return await _put(call, call.params["record_id"], body, must_exist=True)


@family("PATCH", RECORD, extent="partial", note=NOT_SERVED)
async def change_record(call: Call) -> Json:
    record_id = call.params["record_id"]
    former = _find(call.state.records, zone_of(call), record_id)
    changes = await call.json()
    body = call.parse(RecordBody, {**former, **(changes if isinstance(changes, dict) else {})})
    return await _put(call, record_id, body, must_exist=True)


@family("DELETE", RECORD)
async def delete_record(call: Call) -> Json:
    zone, record_id = zone_of(call), call.params["record_id"]

    def edit(records: Records) -> Json:
        _find(records, zone, record_id)
        records.remove(Kind.DNS_RECORD, record_id)
        return {"id": record_id}

    return await call.state.change(edit)


async def _put(call: Call, record_id: str, body: RecordBody, *, must_exist: bool) -> Json:
    zone, now = zone_of(call), call.state.now()
    name = _whole_name(body.name, zone)
    _check(body)

    def edit(records: Records) -> Json:
        former = _find(records, zone, record_id) if must_exist else {"created_on": now}
        _check_others(records, zone, record_id, name, body)
        kept = {**body.model_dump(exclude_none=True), "id": record_id, "zone_id": zone.id}
        times = {"created_on": former["created_on"], "modified_on": now}
        return _shown(records.put(Kind.DNS_RECORD, record_id, {**kept, "name": name, **times}))

    return await call.state.change(edit)


def _find(records: Records, zone: Zone, record_id: str) -> Json:
    found = records.get(Kind.DNS_RECORD, record_id)
    if found is None or found["zone_id"] != zone.id:
        raise errors.not_found()
    return found


def _whole_name(name: str, zone: Zone) -> str:
    """Complete a name below the zone, as Cloudflare does; `@` is the zone itself."""
    lower = name.lower().removesuffix(".")
    if lower == "@":
        return zone.name
    return lower if zone.holds(lower) else f"{lower}.{zone.name}"


def _check(body: RecordBody) -> None:
    if body.content is None and body.data is None:
        raise errors.invalid("content is missing")
    if body.proxied and body.type not in PROXIABLE:
        raise errors.not_proxiable()
    if body.ttl != AUTOMATIC and not SHORTEST <= body.ttl <= LONGEST:
        raise errors.invalid_ttl()
    versions = {"A": 4, "AAAA": 6}
    if body.type in versions and _version(body.content or "") != versions[body.type]:
        raise errors.invalid_address(body.type, versions[body.type])


def _version(content: str) -> int | None:
    try:
        return ipaddress.ip_address(content).version
    except ValueError:
        return None


def _check_others(
    records: Records, zone: Zone, record_id: str, name: str, body: RecordBody
) -> None:
    """Refuse a second record of the same kind and content, and any beside a CNAME."""
    others = [
        record
        for record in records.all(Kind.DNS_RECORD)
        if (record["zone_id"], record["name"]) == (zone.id, name) and record["id"] != record_id
    ]
    for other in others:
        if (other["type"], other.get("content")) == (body.type, body.content):
            raise errors.identical()
        if {other["type"], body.type} <= {*PROXIABLE} and ALONE in (other["type"], body.type):
            raise errors.host_taken()


def _shown(record: Json) -> Json:
    hidden = {key: value for key, value in record.items() if key != "zone_id"}
    settings, tags = record.get("settings", {}), record.get("tags", [])
    proxiable = record["type"] in PROXIABLE
    return {**hidden, "proxiable": proxiable, "settings": settings, "tags": tags, "meta": {}}
