"""Certificate packs: ordered, and active at once, for no authority is asked."""

from datetime import date, timedelta
from typing import Any, Literal
from uuid import uuid4

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.api.zones import errors
from local.records.records import Kind, Records
from planning.certificates import MOST_HOSTS, Validation, check_certificate, given_days
from planning.refusals import RefusedError

PACKS = "/zones/{zone_id}/ssl/certificate_packs"
PACK = f"{PACKS}/{{certificate_pack_id}}"
NOBODY = "no authority is asked, so it is active at once; nothing is served by it"
QUOTA = 100

family = Family("Certificate packs", errors.BODY)


class Order(Body):
    """A certificate as it is ordered."""

    certificate_authority: str
    hosts: list[str]
    type: Literal["advanced"]
    validation_method: Validation
    validity_days: int
    cloudflare_branding: bool = False


class Branding(Body):
    """What can be changed of a pack, beside asking for its validation anew."""

    cloudflare_branding: bool | None = None


@family("GET", PACKS)
async def list_packs(call: Call) -> Any:
    return page(_all(call.state.records, zone_of(call)), call.query)


@family("GET", f"{PACKS}/quota")
async def get_quota(call: Call) -> Json:
    used = len(_all(call.state.records, zone_of(call)))
    return {"advanced": {"allocated": QUOTA, "used": used}}


@family("POST", f"{PACKS}/order", extent="recorded", note=NOBODY)
async def order_pack(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(Order)
    try:
        check_certificate(zone.name, body.hosts, body.certificate_authority, body.validity_days)
    except RefusedError as error:
        raise errors.refused_order(str(error)) from None
    made = _made(call, zone, body)
    return call.state.note(lambda records: _put(records, zone, made))


@family("GET", PACK)
async def get_pack(call: Call) -> Json:
    return _shown(_find(call.state.records, zone_of(call), call.params["certificate_pack_id"]))


@family("PATCH", PACK, extent="recorded", note=NOBODY)
async def change_pack(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(Branding)

    def edit(records: Records) -> Json:
        former = _find(records, zone, call.params["certificate_pack_id"])
        return _put(records, zone, {**former, **body.model_dump(exclude_none=True)})

    return call.state.note(edit)


@family("DELETE", PACK)
async def delete_pack(call: Call) -> Json:
    zone, pack_id = zone_of(call), call.params["certificate_pack_id"]

    def edit(records: Records) -> Json:
        _find(records, zone, pack_id)
        records.remove(Kind.CERTIFICATE_PACK, pack_id)
        return {"id": pack_id}

    return call.state.note(edit)


def _all(records: Records, zone: Zone) -> list[Json]:
    packs = records.all(Kind.CERTIFICATE_PACK)
    return [_shown(each) for each in packs if each["zone_id"] == zone.id]


def _find(records: Records, zone: Zone, pack_id: str) -> Json:
    found = records.get(Kind.CERTIFICATE_PACK, pack_id)
    if found is None or found["zone_id"] != zone.id:
        raise errors.no_certificate_pack(pack_id)
    return found


def _put(records: Records, zone: Zone, pack: Json) -> Json:
    return _shown(records.put(Kind.CERTIFICATE_PACK, pack["id"], {**pack, "zone_id": zone.id}))


def _made(call: Call, zone: Zone, body: Order) -> Json:
    """Make the pack, with one certificate for as long as its authority gives."""
    now, certificate_id = call.state.now(), uuid4().hex
    today = date.fromisoformat(now[:10])
    days = given_days(body.certificate_authority, body.validity_days, today)
    certificate = {
        "id": certificate_id,
        "zone_id": zone.id,
        "hosts": body.hosts[:MOST_HOSTS],
        "issuer": body.certificate_authority,
        "signature": "ECDSAWithSHA256",
        "bundle_method": "ubiquitous",
        "status": "active",
        "priority": 0,
        "uploaded_on": now,
        "modified_on": now,
        "expires_on": f"{today + timedelta(days=days)}T{now[11:]}",
    }
    return {
        "id": str(uuid4()),
        **body.model_dump(),
        "status": "active",
        "certificates": [certificate],
        "primary_certificate": certificate_id,
        "validation_errors": [],
        "validation_records": [],
        "dcv_delegation_records": [],
    }


def _shown(pack: Json) -> Json:
    return {key: value for key, value in pack.items() if key != "zone_id"}
