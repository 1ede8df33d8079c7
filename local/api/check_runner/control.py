"""`/local/checks`: runs checks now, so that nobody waits for their interval."""

from common.json_types import Json
from local.api.check_runner.runs import run
from local.api.http.call import Call
from local.api.http.routing import Family

family = Family("Local control of checks")


@family("POST", "/local/checks", note="what is due by the moved clock; `?all=true`: every one")
async def run_checks(call: Call) -> list[Json]:
    return await run(call.state, due_only=call.query.get("all") != "true")
