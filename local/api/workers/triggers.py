"""What calls a script beside its name: schedules, workers.dev.

Cron expressions are read as Cloudflare does: five fields, days of the week from 1 (Sunday).
"""

import re

from common.json_types import Json
from local.api.errors import ApiError, invalid_request
from local.api.http.call import Body, Call, parse
from local.api.http.routing import Family
from local.api.workers import errors
from local.api.workers.scripts import SCRIPT, find
from local.api.workers.upload import script_name
from local.records.records import Kind, Records

SUBDOMAIN = "local"
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS = {
    "minute": (0, 59, []),
    "hour": (0, 23, []),
    "day of month": (1, 31, []),
    "month": (1, 12, MONTHS),
    "day of week": (1, 7, DAYS),
}
ELEMENT = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
QUARTZ = {
    "day of month": re.compile(r"L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W"),
    "day of week": re.compile(r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
}

family = Family("Workers schedules and workers.dev")


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
    body = await call.json()
    if not isinstance(body, list):
        raise invalid_request("body: Input should be a list of schedules")
    crons = [parse(Schedule, entry).cron for entry in body]
    for cron in crons:
        check_cron(cron)
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


@family("GET", f"{SCRIPT}/subdomain", extent="recorded", note="no workers.dev host answers")
async def get_subdomain(call: Call) -> Json:
    script, _ = find(call.state.records, script_name(call))
    return dict(script["subdomain"])


@family("POST", f"{SCRIPT}/subdomain", extent="recorded", note="no workers.dev host answers")
async def post_subdomain(call: Call) -> Json:
    body = await call.read(Subdomain)
    previews = body.enabled if body.previews_enabled is None else body.previews_enabled
    return _set_subdomain(call, {"enabled": body.enabled, "previews_enabled": previews})


@family("DELETE", f"{SCRIPT}/subdomain", extent="recorded", note="no workers.dev host answers")
async def delete_subdomain(call: Call) -> Json:
    return _set_subdomain(call, {"enabled": False, "previews_enabled": False})


@family("GET", "/accounts/{account_id}/workers/subdomain", extent="recorded")
async def get_account_subdomain(call: Call) -> Json:
    return call.state.records.get(Kind.ACCOUNT, "subdomain") or {"subdomain": SUBDOMAIN}


@family("PUT", "/accounts/{account_id}/workers/subdomain", extent="recorded")
async def put_account_subdomain(call: Call) -> Json:
    body = await call.json()
    if not isinstance(body, dict) or not isinstance(body.get("subdomain"), str):
        raise ApiError(400, 10031, "subdomain: a name is required")
    value = {"subdomain": body["subdomain"]}
    return call.state.note(lambda records: records.put(Kind.ACCOUNT, "subdomain", value))


def _set_subdomain(call: Call, value: Json) -> Json:
    name = script_name(call)

    def edit(records: Records) -> Json:
        script, _ = find(records, name)
        records.put(Kind.SCRIPT, name, script | {"subdomain": value})
        return value

    return call.state.note(edit)


def check_cron(cron: str) -> None:
    """Refuse what Cloudflare would; the error names the field."""
    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise errors.invalid_cron(cron, f"has {len(fields)} fields, not {len(FIELDS)}")
    for name, field in zip(FIELDS, fields, strict=True):
        for element in field.upper().split(","):
            _check(cron, name, element)


def _check(cron: str, name: str, element: str) -> None:
    if name in QUARTZ and QUARTZ[name].fullmatch(element):
        return
    match = ELEMENT.fullmatch(element)
    if match is None or (match["first"] == "*" and match["last"]):
        raise errors.invalid_cron(cron, f"{name} cannot be {element!r}")
    ends = [_number(cron, name, end) for end in (match["first"], match["last"]) if end]
    if match["first"] != "*" and ends != sorted(ends):
        raise errors.invalid_cron(cron, f"{name} {element!r} runs backwards")
    if match["step"] is not None and int(match["step"]) == 0:
        raise errors.invalid_cron(cron, f"{name} {element!r} has a step of 0")


def _number(cron: str, name: str, text: str) -> int:
    least, most, words = FIELDS[name]
    if text == "*":
        return least
    if text in words:
        return words.index(text) + 1
    if not text.isdecimal() or not least <= int(text) <= most:
        raise errors.invalid_cron(cron, f"{name} is {text!r}, not {least} to {most}")
    return int(text)
