"""What goes wrong between the plugin and the API is said clearly, and tried again within bounds."""

import json
from typing import cast

import pytest

from provider.client import ATTEMPTS, Client
from provider.errors import ApiError, PluginError, UnreachableError
from provider.table import Request
from tests.provider import inputs
from tests.provider.fake_api import TOKEN, FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

QUEUES = f"/accounts/{inputs.ACCOUNT}/queues"
BUSY = (429, [{"code": 971, "message": "slow down"}])
BROKEN = (500, [{"code": 10000, "message": "oh no"}])


@pytest.fixture
async def client(api: FakeApi):
    made = Client(api.base_url, TOKEN)
    yield made
    await made.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_what_was_not_taken_is_sent_again(client: Client, api: FakeApi, method):
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


async def test_a_defect_of_ours_is_one_sentence(plugin: Harness):
    plugin.provider._client = cast("Client", object())

    with pytest.raises(AbortedError) as failed:
        await plugin.create("Queue", inputs.QUEUE)

    said = str(failed.value)
    assert said.startswith("UNKNOWN: a defect of the stand-in plugin in Create: AttributeError at")
    assert "\n" not in said


def _page(number: int, names: list[str]) -> bytes:
    result_info = {"page": number, "total_pages": 2}
    return json.dumps({"success": True, "result": names, "result_info": result_info}).encode()
