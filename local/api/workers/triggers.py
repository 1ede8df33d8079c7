"""What calls a script beside its name: schedules, workers.dev."""

from common.json_types import Json
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.snapshot import SUBDOMAIN
from local.api.workers import address_errors, errors
from local.api.workers.scripts import SCRIPT, find
from local.api.workers.upload import script_name
from local.records.records import Kind, Records
from planning.cron import check_cron
from planning.refusals import RefusedError

family = Family("Workers schedules and workers.dev", errors.BODY)


class Schedule(Body):
    """One cron trigger."""

    cron: str


class Subdomain(Body):
    """Whether a script answers on workers.dev."""

    enabled: bool
    previews_enabled: bool | None = None


@family("GET", f"{SCRIPT}/schedules")
async def get_schedules(call: Call) -> Json:
    name = script_name(call)
    find(call.state.records, name)
    return call.state.records.get(Kind.SCHEDULES, name) or {"schedules": []}


@family("PUT", f"{SCRIPT}/schedules")
async def put_schedules(call: Call) -> Json:
    name = script_name(call)
    crons = [schedule.cron for schedule in await call.read_list(Schedule)]
    for cron in crons:
        _check(cron)
    now = call.state.now()

    def edit(records: Records) -> Json:
        find(records, name)
        old = records.get(Kind.SCHEDULES, name) or {"schedules": []}
        made = {s["cron"]: s["created_on"] for s in old["schedules"]}
        schedules = [
            {"cron": cron, "created_on": made.get(cron, now), "modified_on": now} for cron in crons
        ]
        return records.put(Kind.SCHEDULES, name, {"schedules": schedules})

    return await call.state.change(edit)


@family("GET", f"{SCRIPT}/subdomain")
async def get_subdomain(call: Call) -> Json:
    script, _ = find(call.state.records, script_name(call))
    return dict(script["subdomain"])


@family("POST", f"{SCRIPT}/subdomain", note="the hosts answer at the edge, over http")
async def post_subdomain(call: Call) -> Json:
    body = await call.read(Subdomain)
    previews = body.enabled if body.previews_enabled is None else body.previews_enabled
    return await _set_subdomain(call, {"enabled": body.enabled, "previews_enabled": previews})


@family("DELETE", f"{SCRIPT}/subdomain")
async def delete_subdomain(call: Call) -> Json:
    return await _set_subdomain(call, {"enabled": False, "previews_enabled": False})


@family("GET", "/accounts/{account_id}/workers/subdomain")
async def get_account_subdomain(call: Call) -> Json:
    return call.state.records.get(Kind.ACCOUNT, "subdomain") or {"subdomain": SUBDOMAIN}


@family("PUT", "/accounts/{account_id}/workers/subdomain")
async def put_account_subdomain(call: Call) -> Json:
    body = await call.json()
    if not isinstance(body, dict) or not isinstance(body.get("subdomain"), str):
        raise ApiError(400, 10031, "subdomain: a name is required")
    value = {"subdomain": body["subdomain"]}
    return await call.state.change(lambda records: records.put(Kind.ACCOUNT, "subdomain", value))


async def _set_subdomain(call: Call, value: Json) -> Json:
    name = script_name(call)

    def edit(records: Records) -> Json:
        script, _ = find(records, name)
        records.put(Kind.SCRIPT, name, script | {"subdomain": value})
        return value

    return await call.state.change(edit)


def _check(cron: str) -> None:
    """Refuse what Cloudflare would; the error names the field."""
    try:
        check_cron(cron)
    except RefusedError as error:
        raise address_errors.invalid_cron(cron, str(error)) from None
