"""Settings of zones, each by its name."""

from typing import Any

from common.json_types import Json
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.state import Zone
from local.api.state.zone_plans import plan_of
from local.api.workers.addresses import zone_of
from local.api.zones import errors
from local.records.records import Kind, Records
from planning.refusals import RefusedError
from planning.zone_settings import SETTINGS, can_change, check_value

ALL = "/zones/{zone_id}/settings"
ONE = f"{ALL}/{{setting_id}}"
NOTE = (
    "`security_header` puts its headers on answers of hosts of the zone; all others are kept and "
    "act on nothing: the edge here has no TLS and takes every request for one by https"
)

family = Family("Settings of zones", errors.BODY)


class Change(Body):
    """What a setting becomes."""

    value: Any = None


@family("GET", ALL)
async def list_settings(call: Call) -> list[Json]:
    zone = zone_of(call)
    return [_shown(call.state.records, zone, name) for name in SETTINGS]


@family("GET", ONE)
async def get_setting(call: Call) -> Json:
    zone, name = zone_of(call), call.params["setting_id"]
    _check_name(name)
    return _shown(call.state.records, zone, name)


@family("PATCH", ONE, extent="partial", note=NOTE)
async def change_setting(call: Call) -> Json:
    zone, name = zone_of(call), call.params["setting_id"]
    body = await call.read(Change)
    _check_name(name)
    if not can_change(name, plan_of(call.state.records, zone.id)):
        raise errors.not_editable(name)
    try:
        check_value(name, body.value)
    except RefusedError as error:
        raise errors.invalid_value(name, str(error)) from None

    def edit(records: Records) -> Json:
        kept = {"zone_id": zone.id, "setting": name, "value": body.value}
        records.put(Kind.ZONE_SETTING, _key(zone, name), {**kept, "modified_on": call.state.now()})
        return _shown(records, zone, name)

    return await call.state.change(edit)


def _check_name(name: str) -> None:
    if name not in SETTINGS:
        raise errors.undefined(name)


def _key(zone: Zone, name: str) -> str:
    return f"{zone.id}/{name}"


def _shown(records: Records, zone: Zone, name: str) -> Json:
    kept = records.get(Kind.ZONE_SETTING, _key(zone, name))
    return {
        "id": name,
        "value": kept["value"] if kept else SETTINGS[name].first,
        "editable": can_change(name, plan_of(records, zone.id)),
        "modified_on": kept["modified_on"] if kept else None,
    }
