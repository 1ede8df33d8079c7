"""Time Travel of D1: a database goes back to a moment at which a bookmark of it was asked for.

Cloudflare keeps every moment of thirty days. Here only those moments are kept that somebody asked
about, each as the SQL that makes the database anew.
"""

import hashlib

from common.json_types import Json
from local.api.d1.databases import DATABASE, find, run_sql
from local.api.d1.dump import NotExportedError, Options, dump
from local.api.d1.errors import BODY, malformed
from local.api.errors import ApiError, not_emulated
from local.api.http.call import Call
from local.api.http.routing import Family
from local.records.records import Kind, Records

MOST = 16
"""Moments that are kept of a database; an older one is forgotten for a newer one."""

MOMENTS = "any moment of Time Travel; it knows those at which a bookmark was asked for, by that"
TABLES = r"""
SELECT type, name FROM sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE '\_cf\_%' ESCAPE '\' AND name != 'sqlite_sequence'
ORDER BY type = 'view' DESC, rowid DESC
"""

family = Family("D1 Time Travel", BODY)


@family(
    "GET",
    f"{DATABASE}/time_travel/bookmark",
    note="of now alone, which is kept; the newest 16 of a database are",
)
async def get_bookmark(call: Call) -> Json:
    if "timestamp" in call.query:
        raise not_emulated(MOMENTS)
    return {"bookmark": await _keep(call, find(call))}


@family(
    "POST", f"{DATABASE}/time_travel/restore", note="to a bookmark that was asked for, and no time"
)
async def restore(call: Call) -> Json:
    database, wanted = find(call), call.query.get("bookmark")
    if wanted is None or "timestamp" in call.query:
        raise not_emulated(MOMENTS)
    moment = call.state.records.get(Kind.MOMENT, wanted)
    if moment is None or moment["database"] != database["uuid"]:
        raise malformed(f"the bookmark {wanted} is none of this database that is kept")
    before = await _keep(call, database)
    await _make_anew(call, database, moment["sql"])
    return {
        "bookmark": wanted,
        "previous_bookmark": before,
        "message": f"the database is as it was at {wanted}",
    }


async def _keep(call: Call, database: Json) -> str:
    """Keep how *database* is; return the bookmark of that, which is the last where nothing changed.

    Refused is a database that an export cannot write.
    """
    try:
        sql = await dump(lambda batch: run_sql(call, database, batch), Options())
    except NotExportedError as error:
        raise ApiError(400, 7500, str(error)) from None
    moments = _moments(call.state.records, database["uuid"])
    if moments and moments[-1]["sql"] == sql:
        return str(moments[-1]["bookmark"])
    number = moments[-1]["number"] + 1 if moments else 1
    digest = hashlib.sha256(f"{database['uuid']} {sql}".encode()).hexdigest()[:32]
    bookmark = f"{number:08x}-00000000-{int(digest[:4], 16):08x}-{digest}"
    made = {"database": database["uuid"], "bookmark": bookmark, "number": number, "sql": sql}

    def edit(records: Records) -> None:
        records.put(Kind.MOMENT, bookmark, made)
        for old in moments[: max(len(moments) + 1 - MOST, 0)]:
            records.remove(Kind.MOMENT, old["bookmark"])

    call.state.note(edit)
    return bookmark


def _moments(records: Records, database: str) -> list[Json]:
    found = [each for each in records.all(Kind.MOMENT) if each["database"] == database]
    return sorted(found, key=lambda each: each["number"])


async def _make_anew(call: Call, database: Json, sql: str) -> None:
    """Drop all that *database* has and run *sql*, in one transaction."""
    (found,) = await run_sql(call, database, {"sql": TABLES})
    drops = [f"DROP {each['type'].upper()} {_quoted(each['name'])};" for each in found["results"]]
    statements = ["PRAGMA defer_foreign_keys=TRUE;", *drops, sql]
    await run_sql(call, database, {"sql": "\n".join(statements)})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
