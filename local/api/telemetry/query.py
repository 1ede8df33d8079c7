"""The query API of Workers Observability, over the journal of the runtime."""

import time
from typing import Any, Literal
from uuid import uuid4

from pydantic import ConfigDict, Field

from common.json_types import Json
from local.api.errors import invalid_request, not_emulated
from local.api.http.call import Body, Call
from local.api.http.routing import Family
from local.api.telemetry.events import event_of, fields_of
from local.api.telemetry.filters import Combination, read_filters
from local.records.model import OF_VERSION
from local.records.records import Kind

QUERY = "/accounts/{account_id}/workers/observability/telemetry/query"
LIMIT, MOST = 50, 2000
KEPT = 10_000
HOW_FAR = (
    "view `events` alone, without regular expressions, full text and series; of events that ended "
    "well what they printed, without sampling; from the start of the local Cloudflare on, the last "
    "10,000; tokens that the API made are refused, for no public list has the id of the permission"
)

family = Family("Workers Observability")


class Timeframe(Body):
    """From when to when, in milliseconds since 1970."""

    begin: int = Field(alias="from")
    end: int = Field(alias="to")


class Parameters(Body):
    """What is looked for."""

    model_config = ConfigDict(frozen=True, extra="allow")

    datasets: list[str] = Field(default_factory=list)
    filters: list[Json] = Field(default_factory=list)
    combination: Combination = Field(default="and", alias="filterCombination")


class Query(Body):
    """The body of a query."""

    query_id: str = Field(alias="queryId")
    timeframe: Timeframe
    parameters: Parameters = Parameters()
    view: Literal["traces", "events", "calculations", "invocations", "requests", "agents"] = (
        "events"
    )
    limit: int = Field(default=LIMIT, ge=1, le=MOST)
    offset: str | None = None
    direction: str = Field(default="next", alias="offsetDirection")
    dry: bool = False
    compare: bool = False


@family("POST", QUERY, extent="partial", note=HOW_FAR)
async def run_query(call: Call) -> Json:
    query = await call.read(Query)
    _check(query)
    began = time.monotonic()
    entries = [each for each in _entries(call) if _is_within(each, query.timeframe)]
    lets = read_filters(query.parameters.filters, query.parameters.combination)
    events = [event_of(each, call.state.account.id) for each in reversed(entries)]
    matching = [each for each in events if lets(each)]
    shown = _page(matching, query)
    statistics = {"elapsed": time.monotonic() - began, "rows_read": len(entries), "bytes_read": 0}
    return {
        "run": _run(call, query, statistics),
        "statistics": statistics,
        "events": {
            "count": len(matching),
            "events": shown,
            "fields": fields_of(shown),
            "series": [],
        },
    }


def _check(query: Query) -> None:
    if query.timeframe.begin >= query.timeframe.end:
        raise invalid_request("timeframe.from is not before timeframe.to")
    if query.view != "events":
        raise not_emulated(f"view {query.view} of a telemetry query")
    if query.compare or query.direction != "next":
        raise not_emulated("a telemetry query that compares, or pages backwards")
    asked = query.parameters.model_extra or {}
    if others := sorted(name for name, value in asked.items() if value):
        raise not_emulated(f"parameters.{others[0]} of a telemetry query")


def _entries(call: Call) -> list[Json]:
    """Return what workers whose logs are on have left, the oldest first."""
    records = call.state.records
    every = (*records.all(Kind.SCRIPT), *records.all(Kind.WORKER))
    logged = {each["name"] for each in every if _is_logged(each["observability"])}
    found = call.state.runtime.logs(worker=None, since=0, limit=KEPT, probes=True)
    return [each for each in found if (each["worker"] or "").partition(OF_VERSION)[0] in logged]


def _is_logged(observability: Any) -> bool:
    """Return whether logs are kept: `logs` overrides what is set for all of it."""
    given = observability or {}
    logs = given.get("logs") or {}
    return bool(logs.get("enabled", given.get("enabled", False)))


def _is_within(entry: Json, timeframe: Timeframe) -> bool:
    return bool(timeframe.begin <= entry["at"] * 1000 <= timeframe.end)


def _page(events: list[Json], query: Query) -> list[Json]:
    """Return the events that follow *offset*, the id of one: those with an earlier id."""
    following = [
        each for each in events if query.offset is None or each["$metadata"]["id"] < query.offset
    ]
    return following[: query.limit]


def _run(call: Call, query: Query, statistics: Json) -> Json:
    now, owner = call.state.now(), call.state.account.id
    parameters = query.parameters.model_dump(mode="json", by_alias=True)
    return {
        "id": uuid4().hex,
        "accountId": owner,
        "userId": owner,
        "dry": query.dry,
        "granularity": 0,
        "status": "COMPLETED",
        "timeframe": query.timeframe.model_dump(by_alias=True),
        "statistics": statistics,
        "created": now,
        "updated": now,
        "query": {
            "id": query.query_id,
            "name": query.query_id,
            "description": None,
            "adhoc": True,
            "parameters": parameters,
            "created": now,
            "createdBy": owner,
            "updated": now,
            "updatedBy": owner,
        },
    }
