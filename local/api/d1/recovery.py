"""Time Travel of D1: not here, and what to do instead."""

from local.api.d1.databases import DATABASE, find
from local.api.d1.errors import BODY
from local.api.errors import not_emulated
from local.api.http.call import Call
from local.api.http.routing import Family

TIME_TRAVEL = (
    "Time Travel of D1, for there is no history here; before a change export the database "
    "(`wrangler d1 export --remote`, `ops backup`), or begin anew with `python -m local reset`"
)

family = Family("D1 Time Travel", BODY)


@family("GET", f"{DATABASE}/time_travel/bookmark", extent="refused", note=TIME_TRAVEL)
async def get_bookmark(call: Call) -> None:
    find(call)
    raise not_emulated(TIME_TRAVEL)


@family("POST", f"{DATABASE}/time_travel/restore", extent="refused", note=TIME_TRAVEL)
async def restore(call: Call) -> None:
    find(call)
    raise not_emulated(TIME_TRAVEL)
