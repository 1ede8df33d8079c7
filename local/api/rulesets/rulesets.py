"""Rulesets of zones: by id, and as entry points of phases."""

from starlette.responses import Response

from common.json_types import Json
from local.api.http.call import Call
from local.api.http.envelope import Result
from local.api.http.grants import need_phase, reads_phase, unauthorized
from local.api.http.routing import Family
from local.api.rulesets import errors, versions
from local.api.rulesets.bodies import RECORDED, EntryPoint, Ruleset, RulesetChange
from local.api.rulesets.checks import check
from local.api.workers.addresses import zone_of
from local.records.model import EXECUTED_PHASES
from local.records.records import Kind, Records

RULESETS = "/zones/{zone_id}/rulesets"
RULESET = f"{RULESETS}/{{ruleset_id}}"
ENTRY_POINT = f"{RULESETS}/phases/{{phase}}/entrypoint"
NO_CONTENT = 204

family = Family("Rulesets of zones", errors.BODY)

NOTE = (
    "rules of http_request_firewall_custom, http_ratelimit, http_request_cache_settings (on what "
    "is no worker) and http_response_headers_transform act at the edge; those of other phases are "
    "kept and act on nothing: the rules of managed rulesets are not public"
)


@family("GET", RULESETS, note="those of the zone; managed rulesets are none of them")
async def list_rulesets(call: Call) -> list[Json]:
    every = versions.all_of(call.state.records, zone_of(call))
    found = [each for each in every if reads_phase(call, each["phase"])]
    if every and not found:
        raise unauthorized()
    return [versions.shown(each, rules=False) for each in found]


@family("POST", RULESETS, extent="partial", note=f"kind zone; {NOTE}")
async def create_ruleset(call: Call) -> Result | Json:
    zone, body = zone_of(call), await call.read(Ruleset)
    need_phase(call, body.phase)
    await check(call.state, body.phase, body.rules)

    def edit(records: Records) -> Json:
        if versions.of_phase(records, zone, body.phase):
            raise errors.taken(body.phase)
        made = versions.new(zone, body.phase, body.name)
        rules = versions.rules_of(call.state, made, body.rules)
        return versions.put(records, call.state, made, rules=rules, description=body.description)

    return versions.shown(await call.state.change(edit))


@family("GET", RULESET)
async def get_ruleset(call: Call) -> Json:
    return versions.shown(_found(call))


@family("PUT", RULESET, extent="partial", note=NOTE)
async def update_ruleset(call: Call) -> Json:
    zone, body = zone_of(call), await call.read(RulesetChange)
    ruleset_id = call.params["ruleset_id"]
    former = _found(call)
    for field, given in (("phase", body.phase), ("kind", body.kind)):
        if given not in (None, former[field]):
            raise errors.invalid(str(given), field, f"it stays {former[field]}")
    await check(call.state, former["phase"], body.rules)
    changed = body.model_dump(include={"name", "description"}, exclude_none=True)

    def edit(records: Records) -> Json:
        present = versions.of_id(records, zone, ruleset_id)
        rules = versions.rules_of(call.state, present, body.rules)
        return versions.put(records, call.state, present, rules=rules, **changed)

    return versions.shown(await call.state.change(edit))


@family("DELETE", RULESET)
async def delete_ruleset(call: Call) -> Response:
    zone, ruleset_id = zone_of(call), call.params["ruleset_id"]
    _found(call)

    def edit(records: Records) -> None:
        versions.of_id(records, zone, ruleset_id)
        records.remove(Kind.RULESET, ruleset_id)

    await call.state.change(edit)
    return Response(status_code=NO_CONTENT)


@family("GET", ENTRY_POINT)
async def get_entry_point(call: Call) -> Json:
    return versions.shown(_entry_point(call))


@family("PUT", ENTRY_POINT, extent="partial", note=f"makes it where there is none; {NOTE}")
async def put_entry_point(call: Call) -> Json:
    zone, phase, body = zone_of(call), call.params["phase"], await call.read(EntryPoint)
    if phase not in (*EXECUTED_PHASES, *RECORDED):
        raise errors.no_entry_point(phase)
    need_phase(call, phase)
    await check(call.state, phase, body.rules)
    changed = body.model_dump(include={"name", "description"}, exclude_defaults=True)

    def edit(records: Records) -> Json:
        former = versions.of_phase(records, zone, phase) or versions.new(zone, phase, body.name)
        rules = versions.rules_of(call.state, former, body.rules)
        return versions.put(records, call.state, former, rules=rules, **changed)

    return versions.shown(await call.state.change(edit))


@family("GET", f"{ENTRY_POINT}/versions", note="the newest 50")
async def list_entry_point_versions(call: Call) -> list[Json]:
    return _versions(_entry_point(call))


@family("GET", f"{RULESET}/versions", note="the newest 50")
async def list_versions(call: Call) -> list[Json]:
    return _versions(_found(call))


@family("GET", f"{RULESET}/versions/{{ruleset_version}}")
async def get_version(call: Call) -> Json:
    found = _found(call)
    asked = call.params["ruleset_version"]
    for version in [found, *found["versions"]]:
        if version["version"] == asked:
            return versions.shown(version)
    raise errors.not_found("version", asked)


def _found(call: Call) -> Json:
    found = versions.of_id(call.state.records, zone_of(call), call.params["ruleset_id"])
    need_phase(call, found["phase"])
    return found


def _entry_point(call: Call) -> Json:
    phase = call.params["phase"]
    need_phase(call, phase)
    found = versions.of_phase(call.state.records, zone_of(call), phase)
    if found is None:
        raise errors.no_entry_point(phase)
    return found


def _versions(record: Json) -> list[Json]:
    newest_first = [record, *reversed(record["versions"])]
    return [versions.shown(each, rules=False) for each in newest_first]
