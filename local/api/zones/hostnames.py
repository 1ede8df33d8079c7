"""TLS of single hosts: minimum version, ciphers, HTTP/2."""

from typing import Any

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.workers.addresses import zone_of
from local.api.zones import errors
from local.records.records import Kind, Records
from planning.refusals import RefusedError
from planning.zone_settings import check_value

ALL = "/zones/{zone_id}/hostnames/settings/{tls_setting}"
ONE = f"{ALL}/{{hostname}}"
NO_TLS = "kept, and acts on nothing: the edge here has no TLS"
NAMES = ("ciphers", "http2", "min_tls_version")

family = Family("TLS of hosts", errors.BODY)


class Value(Body):
    """What the setting of a host becomes."""

    value: Any = None


@family("GET", ALL)
async def list_hosts(call: Call) -> Any:
    zone, name = _place(call)
    kept = call.state.records.all(Kind.HOSTNAME_TLS)
    here = [each for each in kept if (each["zone_id"], each["setting"]) == (zone.id, name)]
    return page([_shown(each) for each in here], call.query)


@family("GET", ONE, note="a list of one, as the real API's types say")
async def get_host(call: Call) -> list[Json]:
    zone, name = _place(call)
    return [_shown(_find(call.state.records, zone, name, call.params["hostname"]))]


@family("PUT", ONE, extent="recorded", note=NO_TLS)
async def put_host(call: Call) -> Json:
    (zone, name), host = _place(call), call.params["hostname"].lower()
    body = await call.read(Value)
    if not zone.holds(host):
        raise invalid_request(f"{host} is no host of zone {zone.name}")
    try:
        check_value(name, body.value)
    except RefusedError as error:
        raise invalid_request(str(error)) from None

    def edit(records: Records) -> Json:
        now, key = call.state.now(), f"{zone.id}/{name}/{host}"
        former = records.get(Kind.HOSTNAME_TLS, key) or {"created_at": now}
        kept = {
            "zone_id": zone.id,
            "setting": name,
            "hostname": host,
            "value": body.value,
            "created_at": former["created_at"],
            "updated_at": now,
        }
        return _shown(records.put(Kind.HOSTNAME_TLS, key, kept))

    return call.state.note(edit)


@family("DELETE", ONE)
async def delete_host(call: Call) -> Json:
    (zone, name), host = _place(call), call.params["hostname"].lower()

    def edit(records: Records) -> Json:
        former = _find(records, zone, name, host)
        records.remove(Kind.HOSTNAME_TLS, f"{zone.id}/{name}/{host}")
        return {**_shown(former), "status": "pending_deletion"}

    return call.state.note(edit)


def _place(call: Call) -> tuple[Zone, str]:
    zone, name = zone_of(call), call.params["tls_setting"]
    if name not in NAMES:
        raise errors.no_hostname_setting(name, "any host")
    return zone, name


def _find(records: Records, zone: Zone, name: str, host: str) -> Json:
    found = records.get(Kind.HOSTNAME_TLS, f"{zone.id}/{name}/{host.lower()}")
    if found is None:
        raise errors.no_hostname_setting(name, host)
    return found


def _shown(kept: Json) -> Json:
    hidden = {"zone_id", "setting"}
    return {key: value for key, value in kept.items() if key not in hidden} | {"status": "active"}
