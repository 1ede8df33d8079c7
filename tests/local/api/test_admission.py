"""Who may ask: loopback names with the token, and nobody else."""

import httpx
import pytest

from local.api.http import call
from tests.local.api.conftest import TOKEN

pytestmark = pytest.mark.anyio

HOSTS = {
    "127.0.0.1:4400": 200,
    "127.0.0.1": 200,
    "localhost:4400": 200,
    "LOCALHOST": 200,
    "[::1]:4400": 200,
    "[::1]": 200,
    "": 403,
    "evil.example": 403,
    "evil.example:4400": 403,
    "127.0.0.1.evil.example": 403,
    "localhost.evil.example:4400": 403,
    "connect.chitty.cc.localhost:4400": 403,
}


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
async def test_a_web_page_cannot_reach_it_by_a_name_of_its_own(world, host, status):
    answer = await world.client.get("/user", headers={"host": host})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "header",
    [None, "", TOKEN, f"Basic {TOKEN}", "Bearer ", "Bearer x", f"Bearer {TOKEN}x", "Bearer ü"],
)
async def test_without_the_token_nothing_is_answered(world, header):
    headers = {} if header is None else {"authorization": header.encode()}
    async with httpx.AsyncClient(
        transport=world.client._transport, base_url=world.client.base_url
    ) as stranger:
        answers = [
            await stranger.request(method, path, headers=headers)
            for method, path in (
                ("GET", "/user"),
                ("POST", world.account("/queues")),
                ("GET", "/nothing/there"),
                ("POST", "http://127.0.0.1:4400/local/clock"),
            )
        ]
        verify = await stranger.get("/user/tokens/verify", headers=headers)

    assert [a.status_code for a in answers] == [401] * 4
    assert {a.json()["errors"][0]["code"] for a in answers} == {10000}
    assert (verify.status_code, verify.json()["errors"][0]["code"]) == (401, 1000)


async def test_no_answer_lets_a_page_of_another_origin_read_it(world):
    origin = {"origin": "https://evil.example", "access-control-request-method": "PUT"}
    answers = [await world.client.request(m, "/user", headers=origin) for m in ("GET", "OPTIONS")]

    assert not [n for a in answers for n in a.headers if n.startswith("access-control")]
    assert answers[1].status_code == 501


async def test_a_body_beyond_the_limit_is_refused_whether_it_says_its_length_or_not(world):
    async def endless():
        for _ in range(call.JSON_LIMIT // 65536 + 2):
            yield b" " * 65536

    path = world.account("/queues")

    told = await world.refused("POST", path, content=b" " * (call.JSON_LIMIT + 1))
    untold = await world.refused("POST", path, content=endless())

    assert told[0] == untold[0] == 413


async def test_an_answer_to_a_failed_request_asks_not_to_repeat_it(world):
    answer = await world.client.get("/zones/none")

    assert answer.headers["x-should-retry"] == "false"


async def test_who_the_token_is(world):
    assert (await world.ask("GET", "/user/tokens/verify"))["status"] == "active"
    assert (await world.ask("GET", world.account("/tokens/verify")))["status"] == "active"
    (membership,) = await world.ask("GET", "/memberships")
    (account,) = await world.ask("GET", "/accounts")
    assert membership["account"]["id"] == account["id"]
    assert await world.ask("GET", "/accounts?page=2") == []


@pytest.mark.parametrize(
    ("query", "names"),
    {
        "": ["chitty.cc", "id.chitty.cc"],
        "?name=chitty.cc": ["chitty.cc"],
        "?name=example.com": [],
        f"?account.id={'f' * 32}": [],
        "?status=pending": [],
        "?per_page=1&page=2": ["id.chitty.cc"],
    }.items(),
)
async def test_zones_are_found(world, query, names):
    assert [zone["name"] for zone in await world.ask("GET", f"/zones{query}")] == names
