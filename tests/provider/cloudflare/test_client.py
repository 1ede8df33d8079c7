"""What goes wrong between the plugin and the API is said clearly, and tried again within bounds."""

import json
from typing import cast

import pytest

from provider.cloudflare.client import (
    ATTEMPTS,
    CONNECTS,
    LONGEST_WAIT_SECONDS,
    QUIET_SECONDS,
    Client,
)
from provider.cloudflare.errors import ApiError
from provider.cloudflare.table import Request
from provider.errors import PluginError, UnreachableError
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import TOKEN, FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

QUEUES = f"/accounts/{inputs.ACCOUNT}/queues"
BUSY = (429, [{"code": 971, "message": "slow down"}])
BROKEN = (500, [{"code": 10000, "message": "oh no"}])


class Clock:
    """Waits no moment, and knows how long it would have been."""

    def __init__(self):
        self.waits: list[float] = []

    async def sleep(self, seconds):
        self.waits.append(seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def reports():
    return []


@pytest.fixture
async def client(api: FakeApi, clock: Clock, reports):
    async def report(sentence):
        reports.append((sentence, sum(clock.waits)))

    made = Client(api.base_url, TOKEN, report, clock.sleep)
    yield made
    await made.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_what_was_not_taken_is_sent_again(client: Client, api: FakeApi, method):
    """Incident 23: a deploy was refused at random, and taken the next time."""
    api.objects[QUEUES] = {"id": "x"}
    api.answers[method, QUEUES] = [BUSY, (503, [])]

    await client.result(Request(method, QUEUES, body={}))

    assert len(api.log) == 3


@pytest.mark.parametrize(("method", "times"), [("GET", ATTEMPTS), ("PUT", ATTEMPTS), ("POST", 1)])
async def test_what_broke_is_sent_again_only_where_twice_is_as_once(
    client: Client, api: FakeApi, method, times
):
    api.answers[method, QUEUES] = [BROKEN] * 10

    with pytest.raises(ApiError, match=r"answered 500: oh no \(code 10000\)"):
        await client.result(Request(method, QUEUES, body={}))

    assert len(api.log) == times


async def test_a_request_that_is_repeated_for_ten_seconds_is_reported_once(
    client: Client, api: FakeApi, clock: Clock, reports
):
    api.answers["GET", QUEUES] = [BROKEN] * ATTEMPTS

    with pytest.raises(ApiError):
        await client.result(Request("GET", QUEUES))

    ((sentence, waited),) = reports
    assert sentence == (
        f"GET {QUEUES} at {api.base_url} is being repeated, 6 times so far: it answers 500"
    )
    assert waited < QUIET_SECONDS <= waited + clock.waits[5]


async def test_what_is_repeated_for_a_moment_is_not_reported(
    client: Client, api: FakeApi, clock: Clock, reports
):
    api.answers["GET", QUEUES] = [BUSY] * 5
    api.objects[QUEUES] = {"id": "x"}

    await client.result(Request("GET", QUEUES))

    assert len(clock.waits) == 5
    assert reports == []


async def test_the_wait_is_as_long_as_the_api_asks_for_within_bounds(
    client: Client, api: FakeApi, clock: Clock
):
    for asked, expected in (("2", 2.0), ("3600", LONGEST_WAIT_SECONDS), ("soon", 0.2)):
        clock.waits.clear()
        api.always = (429, {"retry-after": asked}, b'{"success": false, "errors": []}')

        with pytest.raises(ApiError):
            await client.result(Request("POST", QUEUES, body={}))

        assert clock.waits[0] == pytest.approx(expected)
        assert max(clock.waits) <= LONGEST_WAIT_SECONDS


async def test_a_connection_is_tried_for_a_second_only(client: Client, api: FakeApi, clock: Clock):
    api.stop()

    with pytest.raises(UnreachableError):
        await client.result(Request("GET", QUEUES))

    assert len(clock.waits) == CONNECTS - 1
    assert sum(clock.waits) < 2


async def test_the_engine_is_told_which_resource_waits(plugin: Harness, api: FakeApi, clock: Clock):
    queue = await plugin.create("Queue", inputs.QUEUE)
    assert plugin.provider._client is not None
    plugin.provider._client._sleep = clock.sleep
    api.always = (503, {}, b'{"success": false, "errors": [{"code": 10013, "message": "down"}]}')

    with pytest.raises(AbortedError, match=r"so it stays in the state: make status says"):
        await plugin.read(queue)

    (warning,) = plugin.warnings
    assert warning.startswith(f"it: GET {QUEUES}/{queue.id} at {api.base_url} is being repeated")
    assert TOKEN not in warning


async def test_nobody_there_is_said_so(client: Client, api: FakeApi):
    api.stop()

    with pytest.raises(UnreachableError, match="is not running; run make start"):
        await client.result(Request("GET", QUEUES))


async def test_a_redirect_is_not_followed(client: Client, api: FakeApi):
    api.answers["GET", QUEUES] = [(302, b"")]

    with pytest.raises(PluginError, match="answered 302 in a form that is not API v4"):
        await client.result(Request("GET", QUEUES))


async def test_a_proxy_of_the_environment_is_not_used(api: FakeApi, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    client = Client(api.base_url, TOKEN)

    assert await client.result(Request("GET", "/accounts")) == []
    await client.close()


async def test_every_page_of_a_list_is_read(client: Client, api: FakeApi):
    pages = [_page(1, ["a", "b"]), _page(2, ["c"])]
    api.answers["GET", QUEUES] = [(200, page) for page in pages]

    assert await client.pages(Request("GET", QUEUES, query={"name": "x"})) == ["a", "b", "c"]
    assert [it["query"] for it in api.log] == ["name=x&page=1", "name=x&page=2"]


REMEDIES = {
    401: "check that CLOUDFLARE_API_TOKEN is the token of this local Cloudflare",
    409: "import it or choose another name",
}


@pytest.mark.parametrize(("status", "remedy"), REMEDIES.items())
async def test_the_message_says_what_to_do_and_never_the_token(
    plugin: Harness, api: FakeApi, status, remedy
):
    said = {"code": 10, "message": f"no, {TOKEN}"}
    api.answers["POST", QUEUES] = [(status, [said])]

    with pytest.raises(AbortedError) as refused:
        await plugin.create("Queue", inputs.QUEUE)

    assert remedy in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert "no, [secret] (code 10)" in str(refused.value)


async def test_an_answer_without_an_id_is_no_resource(plugin: Harness, api: FakeApi):
    api.answers["POST", QUEUES] = [(200, {})]

    with pytest.raises(AbortedError, match="the answer of the API lacks 'queueId'"):
        await plugin.create("Queue", inputs.QUEUE)


async def test_a_defect_of_ours_is_one_sentence(plugin: Harness, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plugin.provider, "_client", cast("Client", object()))

    with pytest.raises(AbortedError) as failed:
        await plugin.create("Queue", inputs.QUEUE)

    said = str(failed.value)
    assert said.startswith("UNKNOWN: a defect of the stand-in plugin in Create: AttributeError at")
    assert "\n" not in said


def _page(number: int, names: list[str]) -> bytes:
    result_info = {"page": number, "total_pages": 2}
    return json.dumps({"success": True, "result": names, "result_info": result_info}).encode()
