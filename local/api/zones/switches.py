"""What a zone has one of, each at an address of its own: DNSSEC, Universal SSL, tiered caching."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.api.zones import errors
from local.records.records import Kind, Records

DNSSEC = "/zones/{zone_id}/dnssec"
UNIVERSAL = "/zones/{zone_id}/ssl/universal/settings"
TIERED = "/zones/{zone_id}/argo/tiered_caching"
SMART = "/zones/{zone_id}/cache/tiered_cache_smart_topology_enable"
NO_TIERS = "there is one data centre here, and no second tier of caches"
NO_DNS = "nothing is signed; the registrar counts as told at once, so it is never pending"
FIRST: Mapping[str, Json] = {
    "dnssec": {"status": "disabled"},
    "universal": {"enabled": True},
    "tiered_caching": {"value": "off"},
    "tiered_cache_smart_topology_enable": {"value": "off"},
}
"""What a new zone has."""

family = Family("DNSSEC, Universal SSL, tiered caching", errors.BODY)


class DnssecChange(Body):
    """What becomes of DNSSEC."""

    status: Literal["active", "disabled"] | None = None
    dnssec_multi_signer: bool | None = None
    dnssec_presigned: bool | None = None
    dnssec_use_nsec3: bool | None = None


class UniversalChange(Body):
    """Whether the zone has a certificate of Universal SSL."""

    enabled: bool


class Switch(Body):
    """A switch of caching."""

    value: Literal["on", "off"]


@family("GET", DNSSEC)
async def get_dnssec(call: Call) -> Json:
    return _dnssec(call.state.records, zone_of(call))


@family("PATCH", DNSSEC, extent="recorded", note=NO_DNS)
async def change_dnssec(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(DnssecChange)
    _keep(call, zone, "dnssec", body.model_dump(exclude_none=True))
    return _dnssec(call.state.records, zone)


@family("DELETE", DNSSEC)
async def delete_dnssec(call: Call) -> str:
    zone = zone_of(call)
    if _kept(call.state.records, zone, "dnssec")["status"] != "disabled":
        raise invalid_request("DNSSEC is active; set its status to disabled first")
    _forget(call, zone, "dnssec")
    return ""


@family("GET", UNIVERSAL)
async def get_universal(call: Call) -> Json:
    return _plain(call.state.records, zone_of(call), "universal")


@family("PATCH", UNIVERSAL, extent="recorded", note="no certificate is made")
async def change_universal(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(UniversalChange)
    _keep(call, zone, "universal", body.model_dump())
    return _plain(call.state.records, zone, "universal")


@family("GET", TIERED)
async def get_tiered(call: Call) -> Json:
    return _switch(call.state.records, zone_of(call), "tiered_caching")


@family("PATCH", TIERED, extent="recorded", note=NO_TIERS)
async def change_tiered(call: Call) -> Json:
    return await _turn(call, "tiered_caching")


@family("GET", SMART)
async def get_smart(call: Call) -> Json:
    return _switch(call.state.records, zone_of(call), "tiered_cache_smart_topology_enable")


@family("PATCH", SMART, extent="recorded", note=NO_TIERS)
async def change_smart(call: Call) -> Json:
    return await _turn(call, "tiered_cache_smart_topology_enable")


@family("DELETE", SMART)
async def delete_smart(call: Call) -> Json:
    zone, name = zone_of(call), "tiered_cache_smart_topology_enable"
    _forget(call, zone, name)
    return {"id": name, "editable": True, "modified_on": call.state.now(), "value": "off"}


async def _turn(call: Call, name: str) -> Json:
    zone, body = zone_of(call), await call.read(Switch)
    _keep(call, zone, name, body.model_dump())
    return _switch(call.state.records, zone, name)


def _keep(call: Call, zone: Zone, name: str, changed: Json) -> None:
    def edit(records: Records) -> None:
        kept = {**_kept(records, zone, name), **changed, "modified_on": call.state.now()}
        records.put(Kind.ZONE_SWITCH, f"{zone.id}/{name}", kept)

    call.state.note(edit)


def _forget(call: Call, zone: Zone, name: str) -> None:
    def edit(records: Records) -> None:
        if records.get(Kind.ZONE_SWITCH, f"{zone.id}/{name}"):
            records.remove(Kind.ZONE_SWITCH, f"{zone.id}/{name}")

    call.state.note(edit)


def _kept(records: Records, zone: Zone, name: str) -> Json:
    first = {**FIRST[name], "modified_on": None}
    return records.get(Kind.ZONE_SWITCH, f"{zone.id}/{name}") or first


def _plain(records: Records, zone: Zone, name: str) -> Json:
    kept = _kept(records, zone, name)
    return {key: value for key, value in kept.items() if key != "modified_on"}


def _switch(records: Records, zone: Zone, name: str) -> Json:
    return {"id": name, "editable": True, **_kept(records, zone, name)}


def _dnssec(records: Records, zone: Zone) -> Json:
    """Show DNSSEC; the key of an active one is made up from the zone's id, always the same."""
    kept = _kept(records, zone, "dnssec")
    return {**kept, **_key_of(zone)} if kept["status"] == "active" else kept


def _key_of(zone: Zone) -> dict[str, Any]:
    secret = hashlib.sha512(zone.id.encode()).digest()
    digest = hashlib.sha256(secret).hexdigest().upper()
    tag = int(zone.id[:4], 16)
    return {
        "algorithm": "13",
        "digest": digest,
        "digest_algorithm": "SHA256",
        "digest_type": "2",
        "ds": f"{zone.name}. 3600 IN DS {tag} 13 2 {digest}",
        "flags": 257,
        "key_tag": tag,
        "key_type": "ECDSAP256SHA256",
        "public_key": base64.b64encode(secret).decode(),
    }
