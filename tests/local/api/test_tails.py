"""Tails on a runtime that runs nothing: who may listen, what is let through, how it ends."""

import asyncio
import json
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close

from local.api.app import Api
from local.api.errors import ApiError
from local.api.state import open_tails
from local.api.tails import feed, filters
from local.process.ports import HOST
from local.process.web_server import WebServer
from tests.local.api.conftest import TOKEN

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]

MESSAGE = {
    "outcome": "exception",
    "scriptVersion": {"id": "v2"},
    "logs": [{"message": ["found a", {"needle": 1}], "level": "log", "timestamp": 1}],
    "exceptions": [],
    "event": {
        "request": {
            "url": "https://a.chitty.cc/",
            "method": "POST",
            "headers": {"cf-connecting-ip": "127.0.0.1", "x-try": "one two", "cookie": "REDACTED"},
        }
    },
}
CRON = {**MESSAGE, "event": {"cron": "* * * * *", "scheduledTime": 1}, "logs": []}


@pytest.fixture
async def served(state):
    """Serve the API at a real port, as the local Cloudflare does."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]
        stop = asyncio.Event()
        server = WebServer(Api(state, TOKEN, {"api": port, "edge": 1, "s3": 2}))
        serving = asyncio.create_task(server.serve_until(stop, listener))
        yield f"ws://{HOST}:{port}"
        stop.set()
        await serving


@pytest.fixture
async def make(world, served):
    """Make a tail; its address is the one of the server."""
    await world.upload()

    async def make(*chosen):
        made = await world.ask("POST", world.script(rest="/tails"), json={"filters": chosen})
        return {**made, "url": f"{served}/local/tails/{made['id']}"}

    return make


def listen(url, protocols=("trace-v1",), **options):
    return connect(url, subprotocols=protocols, **options)


async def joined(runtime, count=1):
    """Wait until *count* clients listen; they are heard of when the server has them."""
    while len(runtime.observers.get("api", [])) != count:  # noqa: ASYNC110  # nothing wakes a test
        await asyncio.sleep(0.01)


def happen(runtime, trace=MESSAGE):
    for observe in tuple(runtime.observers["api"]):
        observe(trace)


async def test_a_tail_is_made_listed_and_deleted(world, make):
    tail = await make()
    path = world.script(rest="/tails")

    (listed,) = await world.ask("GET", path)
    assert listed["id"] == tail["id"]
    assert listed["url"] == f"ws://127.0.0.1:4400/local/tails/{tail['id']}"
    assert listed["expires_at"] == tail["expires_at"]
    await world.ask("DELETE", f"{path}/{tail['id']}")
    assert await world.ask("GET", path) == []
    assert (await world.refused("DELETE", f"{path}/{tail['id']}"))[:2] == (404, 7404)


async def test_a_tail_needs_no_body(world):
    await world.upload()

    assert (await world.ask("POST", world.script(rest="/tails")))["id"]


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("POST", ""), ("DELETE", "/x")])
async def test_an_unknown_script_has_no_tails(world, method, rest):
    told = await world.refused(method, world.script("none", f"/tails{rest}"))

    assert told[:2] == (404, 10007)


async def test_a_tail_is_deleted_by_its_own_script_only(world, make):
    tail = await make()
    await world.upload("other")

    told = await world.refused("DELETE", world.script("other", f"/tails/{tail['id']}"))

    assert told[0] == 404


async def test_a_script_has_ten_tails_at_most(world, make):
    for _ in range(open_tails.MOST):
        await make()

    status, _, message = await world.refused("POST", world.script(rest="/tails"))
    assert (status, "10 tails" in message) == (400, True)


async def test_the_address_alone_is_the_permission(make, runtime):
    tail = await make()

    async with listen(tail["url"]) as client:
        assert client.subprotocol == "trace-v1"
        happen(runtime)
        told = json.loads(await client.recv())

    assert (told["scriptName"], told["event"]) == ("api", MESSAGE["event"])


STRANGERS = {
    "an unknown id": ("127.0.0.1", "/local/tails/" + "0" * 32, "trace-v1", 404),
    "no id": ("127.0.0.1", "/local/tails/", "trace-v1", 404),
    "another path": ("127.0.0.1", "/client/v4/user", "trace-v1", 404),
    "a foreign protocol": ("127.0.0.1", None, "trace-v2", 400),
    "a foreign host": ("evil.example", None, "trace-v1", 403),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
async def test_strangers_are_refused(make, stranger):
    host, path, protocol, status = stranger
    at = urlsplit((await make())["url"])

    url = f"ws://{host}:{at.port}{path or at.path}"
    with pytest.raises(InvalidStatus) as refused:
        await listen(url, [protocol], host=HOST, port=at.port)

    assert refused.value.response.status_code == status
    assert not json.loads(refused.value.response.body)["success"]


async def test_a_tail_is_no_page(world, make):
    url = f"http://127.0.0.1:4400/local/tails/{(await make())['id']}"

    assert (await world.refused("GET", url))[:2] == (400, 10001)


async def test_deleting_a_tail_sends_its_client_away(world, make):
    tail = await make()
    async with listen(tail["url"]) as client:
        await world.ask("DELETE", world.script(rest=f"/tails/{tail['id']}"))
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd == Close(1000, "the tail was deleted")


async def test_a_tail_expires_and_can_still_be_deleted(world, make, monkeypatch):
    monkeypatch.setattr(open_tails, "LIFETIME", timedelta(seconds=0.3))
    tail = await make()
    async with listen(tail["url"]) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd == Close(1000, "the tail has expired")
    with pytest.raises(InvalidStatus, match="404"):
        await listen(tail["url"])
    assert await world.ask("GET", world.script(rest="/tails")) == []
    await world.ask("DELETE", world.script(rest=f"/tails/{tail['id']}"))


async def test_a_tail_without_a_client_is_forgotten(world, make, runtime, monkeypatch):
    never, left = await make(), await make()
    client = await listen(left["url"])
    client.transport.abort()  # as a killed process does
    await joined(runtime, 0)
    assert [t["id"] for t in await world.ask("GET", world.script(rest="/tails"))] == [never["id"]]

    monkeypatch.setattr(open_tails, "GRACE_SECONDS", 0)
    for tail in (never, left):
        assert (await world.refused("DELETE", world.script(rest=f"/tails/{tail['id']}")))[0] == 404


async def test_a_client_that_asks_for_debug_is_told_that_there_is_none(make):
    async with listen((await make())["url"]) as client:
        await client.send("no JSON")
        await client.send(json.dumps({"debug": False}))
        await client.send(json.dumps({"debug": True}))
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd == Close(1008, "not emulated: debug")


async def test_a_slow_client_misses_messages_and_is_told_so(make, runtime):
    big = {**MESSAGE, "padding": "x" * (feed.LIMIT // 10)}
    tail = await make()
    async with listen(tail["url"], max_size=None) as client:
        for _ in range(40):  # without a pause: nobody can read meanwhile
            happen(runtime, big)
        told = [json.loads(await client.recv()) for _ in range(11)]
        for _ in range(5):  # there is room again for as much
            happen(runtime, big)
        last = [json.loads(await client.recv()) for _ in range(5)]

    assert [len(m.get("padding", "")) > 0 for m in told] == [True] * 9 + [False] * 2
    assert [m["event"]["type"] for m in told[9:]] == ["overload", "overload-stop"]
    assert "sampling mode" in told[9]["event"]["message"]
    assert [message["event"] for message in last] == [MESSAGE["event"]] * 5


async def test_two_tails_of_a_script_have_filters_of_their_own(make, runtime):
    every, errors = await make(), await make({"outcome": ["exception"]})
    async with listen(every["url"]) as first, listen(errors["url"]) as second:
        happen(runtime, {**MESSAGE, "outcome": "ok"})
        happen(runtime)

        assert [json.loads(await first.recv())["outcome"] for _ in range(2)] == ["ok", "exception"]
        assert json.loads(await second.recv())["outcome"] == "exception"


FILTERS = {
    "outcome": ({"outcome": ["canceled", "exception"]}, {"outcome": ["ok"]}),
    "method": ({"method": ["get", "post"]}, {"method": ["GET"]}),
    "header": ({"header": {"key": "X-Try"}}, {"header": {"key": "x-other"}}),
    "value": (
        {"header": {"key": "x-try", "query": "two"}},
        {"header": {"key": "x-try", "query": "three"}},
    ),
    "no value": ({"header": {"key": "x-try", "query": None}}, {"header": {"key": "two"}}),
    "credential": (
        {"header": {"key": "cookie"}},
        {"header": {"key": "cookie", "query": "session=1"}},
    ),
    "client": ({"client_ip": ["127.0.0.1"]}, {"client_ip": ["10.0.0.1"]}),
    "self": ({"client_ip": ["self"]}, {"client_ip": ["10.0.0.1", "10.0.0.2"]}),
    "text": ({"query": "found"}, {"query": "lost"}),
    "text in a value": ({"query": "needle"}, {"query": "haystack"}),
    "version": ({"scriptVersion": "v2"}, {"scriptVersion": "v1"}),
    "sampling": ({"sampling_rate": 0.5}, {"sampling_rate": 0.49}),
}


@pytest.mark.parametrize(("admitting", "refusing"), FILTERS.values(), ids=FILTERS)
def test_a_filter_lets_through_what_it_names(admitting, refusing, monkeypatch):
    monkeypatch.setattr(filters, "chance", lambda: 0.49)

    assert filters.read_filters({"filters": [admitting]}, "127.0.0.1")(MESSAGE)
    assert not filters.read_filters({"filters": [refusing]}, "127.0.0.1")(MESSAGE)
    assert not filters.read_filters({"filters": [admitting, refusing]}, "127.0.0.1")(MESSAGE)


@pytest.mark.parametrize("name", ["method", "header", "client", "text"])
def test_an_event_without_request_or_lines_has_nothing_to_match(name):
    admits = filters.read_filters({"filters": [FILTERS[name][0]]}, "127.0.0.1")

    assert not admits(CRON)
    assert not admits({**CRON, "event": None})


REFUSED = {
    "unknown": ([{"colour": "red"}], "filter with colour is unknown; give one of sampling_rate,"),
    "two in one": ([{"query": "a", "method": ["GET"]}], "filter with query, method is unknown"),
    "empty": ([{}], "filter with nothing is unknown"),
    "unknown outcome": ([{"outcome": ["bad"]}], "outcome.0: Input should be 'ok'"),
    "no share": ([{"sampling_rate": 0}], "sampling_rate: Input should be greater than 0"),
    "no list": ({"query": "a"}, "filters: Input should be a valid array"),
    "no object": (["query"], "filters.0: Input should be an object"),
}


@pytest.mark.parametrize(("given", "message"), REFUSED.values(), ids=REFUSED)
def test_a_filter_that_is_not_understood_is_refused(given, message):
    with pytest.raises(ApiError) as refused:
        filters.read_filters({"filters": given}, "127.0.0.1")

    assert refused.value.status == 400
    assert message in refused.value.message
