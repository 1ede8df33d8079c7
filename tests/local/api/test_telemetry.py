"""The query API of Workers Observability: what workers left, in Cloudflare's form (FW-10)."""

import time

import pytest
from cloudflare import Cloudflare
from cloudflare.types.workers.observability import TelemetryQueryResponse

from harness.local_cloudflare import local_cloudflare
from tests.local.api.conftest import World
from tests.support_runtime import eventually

pytestmark = pytest.mark.anyio

PATH = "/workers/observability/telemetry/query"
NOW = 1_764_500_000
LOGGED = {"observability": {"enabled": True}}
FETCH = {"type": "fetch", "method": "GET", "path": "/id", "status": 500}


def entry(number: int, kind: str, message: str, **more):
    """Make a line of the journal as an event that failed leaves it, one a second."""
    return {
        "kind": kind,
        "level": "log" if kind == "log" else "error",
        "message": message,
        "worker": "api",
        "event": FETCH,
        "outcome": "exception",
        "request": "r1",
        "time": NOW + number + 0.000_001,
        "at": float(NOW + number),
        **({"stack": "Error: no\n    at mint (worker.mjs:3:9)"} if kind == "exception" else {}),
        **more,
    }


FAILED = [
    entry(1, "log", "asked"),
    entry(2, "log", '{"event":"mint","took":4}'),
    entry(3, "exception", "TypeError: no: such thing"),
    entry(4, "outcome", "ended as exception"),
]


def body(*filters, **more):
    frame = {"from": (NOW - 60) * 1000, "to": (NOW + 60) * 1000}
    parameters = {"datasets": ["cloudflare-workers"], "filters": list(filters)}
    return {"queryId": "errors", "timeframe": frame, "parameters": parameters, **more}


def leaf(key, operation, value=None, kind="string"):
    given = {} if value is None else {"value": value}
    return {"key": key, "operation": operation, "type": kind, **given}


async def events(world: World, *filters, **more):
    sent = body(*filters, view="events", **more)
    return (await world.ask("POST", world.account(PATH), json=sent))["events"]["events"]


@pytest.fixture
async def logged(world, runtime):
    await world.upload(**LOGGED)
    runtime.entries = list(FAILED)
    return world


async def test_an_answer_is_all_that_the_sdk_wants_of_one(logged):
    found = await logged.ask("POST", logged.account(PATH), json=body())

    read = TelemetryQueryResponse.model_validate(found)
    assert read.events
    assert read.events.count == len(FAILED)
    assert {each.key: each.type for each in read.events.fields or ()}["took"] == "number"


async def test_the_newest_comes_first_with_what_was_thrown_and_how_it_ended(logged):
    ended, thrown, line, text = await events(logged)

    assert (ended["$metadata"]["type"], ended["source"]) == ("cf-worker-event", {})
    assert thrown["source"]["exception"] == {
        "name": "TypeError",
        "message": "no: such thing",
        "stack": "Error: no\n    at mint (worker.mjs:3:9)",
        "timestamp": (NOW + 3) * 1000,
    }
    assert thrown["$metadata"]["error"] == "TypeError: no: such thing"
    assert (line["source"], text["source"]["message"]) == ({"event": "mint", "took": 4}, "asked")
    assert {each["$workers"]["outcome"] for each in (ended, thrown, line, text)} == {"exception"}
    assert {each["$metadata"]["trigger"] for each in (ended, thrown, line, text)} == {"GET /id"}


OF_THROWN, OF_LINE = 3, 2
FILTERS = {
    "what was thrown": ([leaf("$metadata.error", "exists")], [OF_THROWN]),
    "a field of what was printed": ([leaf("took", "gt", 3, "number")], [OF_LINE]),
    "a field of a field": ([leaf("exception.name", "starts_with", "Type")], [OF_THROWN]),
    "in old words": ([leaf("took", ">=", 4, "number")], [OF_LINE]),
    "in a list": (
        [leaf("$metadata.service", "in", "other, api"), leaf("event", "eq", "mint")],
        [2],
    ),
    "not in one": ([leaf("$workers.outcome", "not_in", "ok,canceled")], [4, 3, 2, 1]),
    "of another worker": ([leaf("$metadata.service", "eq", "other")], []),
    "one of two": (
        [
            {
                "kind": "group",
                "filterCombination": "or",
                "filters": [leaf("took", "eq", 4, "number"), leaf("$metadata.error", "exists")],
            }
        ],
        [OF_THROWN, OF_LINE],
    ),
}


@pytest.mark.parametrize(("filters", "numbers"), FILTERS.values(), ids=FILTERS)
async def test_filters_let_through_what_they_name(logged, filters, numbers):
    found = await events(logged, *filters)

    assert [each["timestamp"] // 1000 - NOW for each in found] == numbers


async def test_pages_follow_one_another_by_the_id_of_the_last_event(logged):
    first = await events(logged, limit=3)
    second = await events(logged, limit=3, offset=first[-1]["$metadata"]["id"])

    assert [each["timestamp"] // 1000 - NOW for each in (*first, *second)] == [4, 3, 2, 1]


async def test_only_the_time_that_was_asked_for_is_answered(logged):
    frame = {"from": (NOW + 2) * 1000, "to": (NOW + 3) * 1000}

    found = await logged.ask("POST", logged.account(PATH), json={**body(), "timeframe": frame})

    assert found["events"]["count"] == 2


async def test_a_worker_without_logs_and_the_runtime_itself_have_no_events(world, runtime):
    await world.upload()
    runtime.entries = [*FAILED, entry(5, "runtime", "started", worker=None)]

    assert await events(world) == []


REFUSED = {
    "a view": ({"view": "calculations"}, "view calculations"),
    "a full text": (
        {"parameters": {"needle": {"value": "x"}}},
        "parameters.needle of a telemetry query",
    ),
    "a regular expression": (
        {"parameters": {"filters": [leaf("$metadata.error", "regex", "x")]}},
        "operation regex",
    ),
    "an operation": (
        {"parameters": {"filters": [leaf("$metadata.error", "like", "x")]}},
        "give one of eq",
    ),
    "a time that ends before it begins": (
        {"timeframe": {"from": 2, "to": 1}},
        "timeframe.from is not before timeframe.to",
    ),
    "too many": ({"limit": 2001}, "limit"),
}


@pytest.mark.parametrize(("changed", "said"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_emulated_or_no_query_is_refused_by_name(logged, changed, said):
    _, _, message = await logged.refused("POST", logged.account(PATH), json=body() | changed)

    assert said in message


THROWS = """export default { fetch(request) {
  if (request.url.endsWith("/bad")) throw new RangeError("too large: 17");
  return new Response();
} }"""


@pytest.mark.workerd
def test_the_sdk_finds_what_a_worker_threw(tmp_path):
    with local_cloudflare(tmp_path / "cf") as cloud:
        cloud.upload("api", {"worker.mjs": THROWS}, **LOGGED)
        sent = {"hostname": "a.chitty.cc", "service": "api", "zone_id": cloud.zone_id}
        cloud.result("PUT", cloud.account("/workers/domains"), json=sent)
        assert cloud.at("a.chitty.cc", "/bad").status_code == 500
        now = round(time.time() * 1000)

        def thrown():
            with Cloudflare(api_token=cloud.token, base_url=cloud.api_url) as client:
                found = client.workers.observability.telemetry.query(
                    account_id=cloud.account_id,
                    query_id="errors",
                    timeframe={"from": now - 60_000, "to": now + 600_000},
                    view="events",
                    parameters={"filters": [leaf("exception.name", "exists")]},
                )
            listed = (found.events and found.events.events) or []
            return [each.metadata.error for each in listed]

        eventually(thrown, ["RangeError: too large: 17"])
