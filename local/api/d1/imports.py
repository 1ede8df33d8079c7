"""SQL files put into a database, as `wrangler d1 execute --file` does: announced, sent, run."""

import hashlib
import secrets
from typing import Literal

from starlette.responses import Response

from common.json_types import Json
from local.api.d1.databases import DATABASE, find, run_sql
from local.api.d1.errors import BODY, malformed
from local.api.errors import ApiError
from local.api.http.call import FORM_LIMIT, Body, Call
from local.api.http.routing import Family
from local.api.state.state import Import

NOTE = (
    "files up to 100 MiB; one transaction, done at once; a file of up to 1 MiB that the database "
    "was given before is not asked for again"
)
MOST_BYTES, MOST_FILES = 1 << 20, 32
"""What is kept of files that ran; an older one is forgotten for a newer one."""

family = Family("D1 imports", BODY)


class Step(Body):
    """One step of an import. *etag* is the MD5 of the file."""

    action: Literal["init", "ingest", "poll"]
    etag: str = ""
    filename: str = ""


@family("POST", f"{DATABASE}/import", note=NOTE)
async def take_step(call: Call) -> Json:
    step, database = await call.read(Step), find(call)
    if step.action == "init":
        known = call.state.imported.get((database["uuid"], step.etag))
        return await _run(call, database, known) if known else _announce(call, database, step.etag)
    announced = call.state.imports.pop(step.filename, None)
    if step.action == "poll" or announced is None or announced.database != database["uuid"]:
        raise malformed("no import is under way; begin with action init")
    if announced.sql is None or announced.etag != step.etag:
        raise malformed("the announced file was not sent; begin with action init")
    _keep(call, announced, announced.sql)
    return await _run(call, database, announced.sql)


@family("PUT", "/local/d1-imports/{filename}", presigned=True, note="the address is the permission")
async def take_file(call: Call) -> Response:
    announced = call.state.imports.get(call.params["filename"])
    if announced is None:
        raise ApiError(404, 7404, "no such import was announced")
    body = await call.body(FORM_LIMIT)
    etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
    if etag == announced.etag:
        announced.sql = body.decode(errors="replace")
    return Response(headers={"etag": f'"{etag}"'})


def _keep(call: Call, given: Import, sql: str) -> None:
    """Remember a file, which runs at once when it is announced to the same database again."""
    kept = call.state.imported
    if len(sql) <= MOST_BYTES:
        kept[(given.database, given.etag)] = sql
    while len(kept) > MOST_FILES:
        del kept[next(iter(kept))]


def _announce(call: Call, database: Json, etag: str) -> Json:
    filename = secrets.token_hex(32)
    call.state.imports[filename] = Import(database["uuid"], etag)
    base = str(call.request.base_url).rstrip("/")
    return {"filename": filename, "upload_url": f"{base}/local/d1-imports/{filename}"}


async def _run(call: Call, database: Json, sql: str) -> Json:
    try:
        done = await run_sql(call, database, {"sql": sql})
    except ApiError as error:
        return {"success": False, "error": error.message}
    total = {
        name: sum(result["meta"].get(name, 0) for result in done)
        for name in ("duration", "changes", "rows_read", "rows_written")
    }
    last = {"size_after": 0, "last_row_id": 0, "served_by": "local"} | done[-1]["meta"]
    bookmark = secrets.token_hex(16)
    return {
        "success": True,
        "type": "import",
        "status": "complete",
        "at_bookmark": bookmark,
        "messages": [],
        "errors": [],
        "result": {"num_queries": len(done), "final_bookmark": bookmark, "meta": last | total},
    }
