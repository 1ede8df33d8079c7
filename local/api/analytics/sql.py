"""The SQL API of Analytics Engine: a query as text in, rows out, without the envelope of API v4."""

import re
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from starlette.responses import PlainTextResponse, Response

from local.api.analytics import formats
from local.api.analytics.typed_expressions import STRING, InvalidQueryError, invalid
from local.api.http.call import Call
from local.api.http.routing import Family
from local.records.model import RefusedError

SQL = "/accounts/{account_id}/analytics_engine/sql"
LARGEST = 64 * 1024
HOW_FAR = (
    "nothing is sampled; bit and encoding functions, `first_value` and `last_value` are refused by "
    "name"
)
INVALID = 422
SHOW = re.compile(r"\s*SHOW\s+(?P<what>\w+)(\s+FORMAT\s+(?P<form>\w+))?\s*;?\s*", re.IGNORECASE)

family = Family("Analytics Engine")


@family("POST", SQL, extent="partial", note=HOW_FAR)
async def query(call: Call) -> Response:
    try:
        text = (await call.body(LARGEST)).decode()
        form, columns, rows = await _answer(call, text)
        content_type, body = formats.write(form, columns, rows)
    except UnicodeDecodeError:
        return PlainTextResponse("Input was invalid: the query is no UTF-8", INVALID)
    except (InvalidQueryError, RefusedError) as error:
        return PlainTextResponse(str(error), INVALID)
    return Response(body, media_type=content_type)


async def _answer(call: Call, text: str) -> tuple[str, formats.Columns, Sequence[Any]]:
    """Return format, columns and rows of what *text* asks for."""
    if shown := SHOW.fullmatch(text):
        return shown["form"] or "JSON", *await _show(call, shown["what"].upper())
    # The parser takes a while to load, and most never ask.
    from local.api.analytics.query_parser import parse  # noqa: PLC0415
    from local.api.analytics.translate import translate  # noqa: PLC0415

    select = parse(text)
    form = select.args.get("format")
    selected = translate(select, await call.state.runtime.datasets())
    rows = await call.state.runtime.select_points(selected.sql)
    return form.name if form else "JSON", selected.columns, rows


async def _show(call: Call, what: str) -> tuple[formats.Columns, Sequence[Any]]:
    if what == "TABLES":
        rows = [(name, "dataset") for name in await call.state.runtime.datasets()]
        return (("dataset", STRING), ("type", STRING)), rows
    if what == "TIMEZONE":
        return (("timezone", STRING),), [("Etc/UTC",)]
    if what == "TIMEZONES":
        return (("timezone", STRING),), [(zone,) for zone in sorted(available_timezones())]
    raise invalid(f"unsupported statement: SHOW {what}")
