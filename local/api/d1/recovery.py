"""Exports and Time Travel of D1: not here, and what to do instead."""

from local.api.d1.databases import DATABASE, find
from local.api.d1.errors import BODY
from local.api.errors import not_emulated
from local.api.http.call import Call
from local.api.http.routing import Family

EXPORT = (
    "an export of D1; read tables by POST …/query (`wrangler d1 execute --remote --command`), or "
    "after `python -m local stop` copy the SQLite files below runtime/state/d1"
)
TIME_TRAVEL = (
    "Time Travel of D1, for there is no history here; before a change copy runtime/state/d1 after "
    "`python -m local stop`, or begin anew with `python -m local reset`"
)

family = Family("D1 exports and Time Travel", BODY)


@family("POST", f"{DATABASE}/export", extent="refused", note=EXPORT)
async def export(call: Call) -> None:
    find(call)
    raise not_emulated(EXPORT)


@family("GET", f"{DATABASE}/time_travel/bookmark", extent="refused", note=TIME_TRAVEL)
async def get_bookmark(call: Call) -> None:
    find(call)
    raise not_emulated(TIME_TRAVEL)


@family("POST", f"{DATABASE}/time_travel/restore", extent="refused", note=TIME_TRAVEL)
async def restore(call: Call) -> None:
    find(call)
    raise not_emulated(TIME_TRAVEL)
