"""Databases written out as SQL, as `wrangler d1 export --remote` does: asked for, then fetched.

Cloudflare has whoever asks poll until it is done; here it is done at the second request.
"""

import secrets
from typing import Literal

from pydantic import Field
from starlette.responses import Response

from common.json_types import Json
from local.api.d1.databases import DATABASE, find, run_sql
from local.api.d1.dump import NotExportedError, Options, dump
from local.api.d1.errors import BODY, malformed
from local.api.errors import ApiError
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.state.state import Export

MOST_KEPT = 8
"""Exports that wait to be fetched; an older one is forgotten for a newer one."""

family = Family("D1 exports", BODY)


class DumpOptions(Body):
    """What of the database is written. Default: all of it."""

    no_data: bool = False
    no_schema: bool = False
    tables: tuple[str, ...] = ()


class Asked(Body):
    """A request for an export, or for how far it is. *current_bookmark* is what the first said."""

    output_format: Literal["polling"]
    current_bookmark: str | None = None
    dump_options: DumpOptions = Field(default_factory=DumpOptions)


@family("POST", f"{DATABASE}/export", note="at one moment; done when it is asked for again")
async def export(call: Call) -> Json:
    asked, database = await call.read(Asked), find(call)
    if asked.current_bookmark is None:
        return _begin(call, database["uuid"])
    begun = call.state.exports.get(asked.current_bookmark)
    if begun is None or begun.database != database["uuid"]:
        raise malformed("no export is under way at this bookmark; begin without one")
    return await _finish(call, database, asked)


@family("GET", "/local/d1-exports/{export}", presigned=True, note="the address is the permission")
async def get_file(call: Call) -> Response:
    for each in call.state.exports.values():
        if each.filename == call.params["export"] and each.sql is not None:
            return Response(each.sql, media_type="application/sql")
    raise ApiError(404, 7404, "no such export is here")


def _begin(call: Call, database: str) -> Json:
    bookmark, kept = secrets.token_hex(16), call.state.exports
    while len(kept) >= MOST_KEPT:
        del kept[next(iter(kept))]
    kept[bookmark] = Export(database, f"{secrets.token_hex(32)}.sql")
    return _said(bookmark, "active")


async def _finish(call: Call, database: Json, asked: Asked) -> Json:
    bookmark, options = str(asked.current_bookmark), asked.dump_options
    begun = call.state.exports[bookmark]
    wanted = Options(not options.no_schema, not options.no_data, options.tables)
    try:
        begun.sql = await dump(lambda batch: run_sql(call, database, batch), wanted)
    except NotExportedError as error:
        return _said(bookmark, "error") | {"success": False, "error": str(error)}
    base = str(call.request.base_url).rstrip("/")
    url = f"{base}/local/d1-exports/{begun.filename}"
    return _said(bookmark, "complete") | {"result": {"filename": begun.filename, "signed_url": url}}


def _said(bookmark: str, status: str) -> Json:
    said = {"type": "export", "at_bookmark": bookmark, "status": status, "messages": []}
    return {"success": True, "errors": [], **said}
