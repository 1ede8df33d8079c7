"""D1 databases and queries."""

import re
from typing import Any, Literal
from uuid import uuid4

import httpx
from pydantic import Field

from common.json_types import Json
from local.api.d1.errors import BODY, malformed
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.envelope import page
from local.api.http.grants import need
from local.api.http.routing import Family
from local.api.http.sql_value import SqlValue
from local.api.state import runtime_port
from local.records.records import Kind, Records

DATABASES = "/accounts/{account_id}/d1/database"
DATABASE = f"{DATABASES}/{{database_id}}"
COUNT_TABLES = r"""
SELECT count(*) AS n FROM sqlite_master
WHERE type = 'table' AND name NOT LIKE '\_cf\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
"""

AS_QUERY = {"split": "query"}
"""Takes a text apart as Cloudflare's `/query` does, which an import does not."""

SPLIT = (
    "takes a trigger apart, as Cloudflare does, unless its BEGIN is in capitals, its lines end "
    "with LF alone and a CASE in it stands in brackets; an import takes it"
)

_READS = re.compile(r"\s*(SELECT|EXPLAIN|PRAGMA\s+\w+\s*(\([^=]*\))?\s*;?\s*$)", re.IGNORECASE)
"""How a statement begins that who may only read may send."""

family = Family("D1", BODY)


class ReadReplication(Body):
    """Whether reads may go to replicas."""

    mode: Literal["auto", "disabled"]


class NewDatabase(Body):
    """A database as it is created."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    primary_location_hint: str | None = None
    jurisdiction: str | None = None
    read_replication: ReadReplication = ReadReplication(mode="disabled")


class Update(Body):
    """What may be changed of a database."""

    read_replication: ReadReplication


class Statement(Body):
    """SQL text, and the values of its placeholders when it is a single statement."""

    sql: str
    params: tuple[SqlValue, ...] = ()


class Batch(Body):
    """Several statements, in one transaction."""

    batch: tuple[Statement, ...] = Field(min_length=1)


@family("GET", DATABASES)
async def list_databases(call: Call) -> Any:
    wanted = call.query.get("name")
    found = [d for d in call.state.records.all(Kind.DATABASE) if wanted in (None, d["name"])]
    names = ("uuid", "name", "version", "created_at", "jurisdiction")
    return page([{name: d[name] for name in names} for d in found], call.query)


@family("POST", DATABASES, note="location, jurisdiction and replication are kept, but mean nothing")
async def create_database(call: Call) -> Json:
    body = await call.read(NewDatabase)
    uuid = str(uuid4())
    record = {
        "uuid": uuid,
        "name": body.name,
        "created_at": call.state.now(),
        "version": "production",
        "jurisdiction": body.jurisdiction,
        "primary_location_hint": body.primary_location_hint,
        "read_replication": body.read_replication.model_dump(),
    }

    def edit(records: Records) -> Json:
        if any(other["name"] == body.name for other in records.all(Kind.DATABASE)):
            raise ApiError(400, 7502, "A database with that name already exists")
        return records.put(Kind.DATABASE, uuid, record)

    return _shown(await call.state.change(edit), tables=0, size=0)


@family("GET", DATABASE)
async def get_database(call: Call) -> Json:
    record = find(call)
    tables, size = await _size(call, record)
    return _shown(record, tables=tables, size=size)


@family("PUT", DATABASE)
async def replace_database(call: Call) -> Json:
    return await _update(call)


@family("PATCH", DATABASE)
async def update_database(call: Call) -> Json:
    return await _update(call)


@family("DELETE", DATABASE, note="deletes its tables")
async def delete_database(call: Call) -> None:
    uuid = find(call)["uuid"]

    def edit(records: Records) -> None:
        records.remove(Kind.DATABASE, uuid)
        for moment in records.all(Kind.MOMENT):
            if moment["database"] == uuid:
                records.remove(Kind.MOMENT, moment["bookmark"])

    await call.state.change(edit)


@family("POST", f"{DATABASE}/query", note=SPLIT)
async def query(call: Call) -> list[Json]:
    return await run_sql(call, find(call), await _statements(call), AS_QUERY)


@family("POST", f"{DATABASE}/raw", note=SPLIT)
async def raw(call: Call) -> list[Json]:
    params = AS_QUERY | {"format": "raw"}
    return await run_sql(call, find(call), await _statements(call), params)


def find(call: Call) -> Json:
    """Find the database in the path; wrangler gives its name in place of its id."""
    asked = call.params["database_id"]
    found = call.state.records.get(Kind.DATABASE, asked)
    named = (d for d in call.state.records.all(Kind.DATABASE) if d["name"] == asked)
    record = found or next(named, None)
    if record is None:
        raise ApiError(404, 7404, f"The database {asked} could not be found")
    return record


async def _statements(call: Call) -> Json:
    body = await call.json()
    model = Batch if isinstance(body, dict) and "batch" in body else Statement
    given = call.parse(model, body).model_dump(mode="json", exclude_unset=True)
    need(call, "D1", "account", "Read" if _only_reads(given) else "Write")
    return given


def _only_reads(given: Json) -> bool:
    """Return whether each of the statements begins as one that changes nothing."""
    listed = given.get("batch") or [given]
    return all(
        _READS.match(each["sql"]) and ";" not in each["sql"].rstrip("; \n") for each in listed
    )


async def run_sql(
    call: Call, record: Json, statements: Json, params: dict[str, str] | None = None
) -> list[Json]:
    """Run *statements* in one transaction; return a result for each. 400 for what D1 refuses."""
    answer = await runtime_port.ask(
        call.state.runtime,
        "POST",
        "d1",
        record["uuid"],
        content=httpx.Request("POST", "http://d1", json=statements).content,
        params=params,
    )
    if answer.is_error and runtime_port.problem(answer) == "malformed":
        raise malformed(runtime_port.message(answer))
    if answer.is_error:
        raise ApiError(400, 7500, runtime_port.message(answer))
    return list(answer.json())


async def _size(call: Call, record: Json) -> tuple[int, int]:
    (answer,) = await run_sql(call, record, {"sql": COUNT_TABLES})
    return answer["results"][0]["n"], answer["meta"].get("size_after", 0)


async def _update(call: Call) -> Json:
    record = find(call)
    body = await call.read(Update)
    changed = record | {"read_replication": body.read_replication.model_dump()}
    call.state.note(lambda records: records.put(Kind.DATABASE, record["uuid"], changed))
    tables, size = await _size(call, changed)
    return _shown(changed, tables=tables, size=size)


def _shown(record: Json, *, tables: int, size: int) -> Json:
    names = ("uuid", "name", "created_at", "version", "read_replication", "jurisdiction")
    return {
        **{name: record[name] for name in names},
        "num_tables": tables,
        "file_size": size,
        "running_in_region": "ENAM",
        "created_in_region": "ENAM",
    }
