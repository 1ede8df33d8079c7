"""A look into the tables of D1 databases and Durable Objects: a page of rows at a time."""

from collections.abc import Awaitable, Callable
from typing import Any

from common.json_types import Json
from local.api.d1 import databases
from local.api.errors import ApiError
from local.api.http.call import Call
from local.api.http.envelope import whole_number
from local.api.live_page.page_queries import look
from local.api.live_page.shown_values import CELL_READ, cell
from local.api.workers.objects import find_namespace
from local.records.model import RefusedError

ROWS = 50
"""Rows that are shown at once."""

IDS = 100
"""Durable Objects that are listed at once."""

TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"

Run = Callable[[str, list[Any]], Awaitable[Json]]
"""Runs one statement with its values; returns `columns` and `rows`."""


@look("GET", "d1/{database_id}/tables")
async def list_tables(call: Call) -> Json:
    return await _tables(_of_database(call))


@look("GET", "d1/{database_id}/rows", note="50 at once")
async def list_rows(call: Call) -> Json:
    return await _rows(call, _of_database(call))


@look("GET", "objects/{object_namespace_id}/ids", note="100 at once")
async def list_ids(call: Call) -> Json:
    stored = call.state.runtime.stored_objects(find_namespace(call)["id"])
    left = [each for each in stored if each > call.query.get("cursor", "")]
    cut = left[:IDS]
    return {"items": [{"id": each} for each in cut], "cursor": cut[-1] if len(left) > IDS else ""}


@look("GET", "objects/{object_namespace_id}/ids/{object_id}/tables")
async def list_tables_of_object(call: Call) -> Json:
    return await _tables(_of_object(call))


@look("GET", "objects/{object_namespace_id}/ids/{object_id}/rows", note="50 at once")
async def list_rows_of_object(call: Call) -> Json:
    return await _rows(call, _of_object(call))


def _of_database(call: Call) -> Run:
    record = databases.find(call)

    async def run(sql: str, params: list[Any]) -> Json:
        statement = {"sql": sql, "params": params}
        answers = await databases.run_sql(call, record, statement, {"format": "raw"})
        return dict(answers[0]["results"])

    return run


def _of_object(call: Call) -> Run:
    found = find_namespace(call)

    async def run(sql: str, params: list[Any]) -> Json:
        try:
            (answer,) = await call.state.runtime.query_object(
                found["id"],
                object_id=call.params["object_id"],
                name=None,
                statements=[{"sql": sql, "params": params}],
            )
        except RefusedError as error:
            raise ApiError(400, 10000, str(error)) from error
        return answer

    return run


async def _tables(run: Run) -> Json:
    names = [row[0] for row in (await run(TABLES, []))["rows"]]
    return {"items": [{"name": each} for each in names], "cursor": ""}


async def _rows(call: Call, run: Run) -> Json:
    """Return the rows of the table that is asked for; only a name that is one becomes SQL."""
    table, offset = call.query.get("table", ""), whole_number(call.query, "offset", 0, least=0)
    names = [each["name"] for each in (await _tables(run))["items"]]
    if table not in names:
        raise ApiError(404, 10000, f"there is no table {table!r}; there are {', '.join(names)}")
    quoted = _quoted(table)
    columns = (await run(f"SELECT * FROM {quoted} LIMIT 1", []))["columns"]  # noqa: S608
    read = ", ".join(map(_beginning, columns)) or "*"
    found = await run(f"SELECT {read} FROM {quoted} LIMIT ? OFFSET ?", [ROWS + 1, offset])  # noqa: S608
    rows = [[cell(call, each) for each in row] for row in found["rows"]]
    more = offset + ROWS if len(rows) > ROWS else None
    return {"columns": columns, "rows": rows[:ROWS], "next_offset": more}


def _beginning(column: str) -> str:
    """Read of a column what a table shows: a page of whole BLOBs would be too much to hold."""
    name = _quoted(column)
    cut = f"substr({name}, 1, {CELL_READ + 1})"
    return f"CASE WHEN typeof({name}) IN ('blob', 'text') THEN {cut} ELSE {name} END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
