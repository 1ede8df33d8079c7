"""Bulk requests of Workers KV: whatever is wrong with one has code 10012, and none is done in part.

Sources: workers-sdk#547 and #666, cloudflare-go#1324; limits: rows W2 and W23.
"""

import json
import time

import pytest

from common.json_types import Json
from local.api.kv import limits
from tests.local.api.conftest import World

pytestmark = pytest.mark.anyio

GOOD = {"key": "good", "value": "v"}
WRONG: dict[str, Json] = {
    "no base64": {"key": "a", "value": "not base64!", "base64": True},
    "base64 that is not ASCII": {"key": "a", "value": "ü", "base64": True},
    "base64 without its end": {"key": "a", "value": "YQ", "base64": True},
    "base64 as a text": {"key": "a", "value": "v", "base64": "true"},
    "no key": {"value": "v"},
    "no value": {"key": "a"},
    "a value that is a number": {"key": "a", "value": 1},
    "an empty key": {"key": "", "value": "v"},
    "two dots": {"key": "..", "value": "v"},
    "a key too long": {"key": "ü" * 257, "value": "v"},
    "metadata too large": {"key": "a", "value": "v", "metadata": "m" * 1023},
    "59 seconds": {"key": "a", "value": "v", "expiration_ttl": 59},
    "no seconds": {"key": "a", "value": "v", "expiration_ttl": 0},
    "seconds below nothing": {"key": "a", "value": "v", "expiration_ttl": -60},
    "seconds in a text": {"key": "a", "value": "v", "expiration_ttl": "60"},
    "half a second": {"key": "a", "value": "v", "expiration_ttl": 60.5},
    "more seconds than 32 bits": {"key": "a", "value": "v", "expiration_ttl": 2**31},
    "a moment that is over": {"key": "a", "value": "v", "expiration": 1},
    "a moment beyond 2038": {"key": "a", "value": "v", "expiration": 2**31},
    "a pair that is none": "a",  # type: ignore[dict-item]
}
BODIES = {
    "nothing": b"",
    "no JSON": b"[",
    "an object": b"{}",
    "null": b"null",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "NaN": b'[{"key": "a", "value": "v", "metadata": NaN}]',
    "too large a number": b'[{"key": "a", "value": "v", "metadata": 1e999}]',
    "half a pair": b'[{"key": "\\ud800", "value": "v"}]',
    "not UTF-8": b'[{"key": "\xff", "value": "v"}]',
}


@pytest.fixture
async def namespace(world: World) -> str:
    made = await world.ask("POST", world.account("/storage/kv/namespaces"), json={"title": "ns"})
    return world.account(f"/storage/kv/namespaces/{made['id']}")


async def keys(world, namespace) -> list[str]:
    return [key["name"] for key in await world.ask("GET", f"{namespace}/keys")]


@pytest.mark.parametrize("pair", WRONG.values(), ids=WRONG)
async def test_one_wrong_pair_and_nothing_is_written(world, namespace, pair):
    status, code, text = await world.refused("PUT", f"{namespace}/bulk", json=[GOOD, pair])

    assert (status, code) == (400, 10012)
    assert "entry 1: " in text or "could not base64 decode value for key: 'a'" in text
    assert await keys(world, namespace) == []


@pytest.mark.parametrize("operation", ["PUT bulk", "POST bulk/delete", "POST bulk/get"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_is_none_changes_nothing(world, namespace, body, operation):
    await world.ask("PUT", f"{namespace}/bulk", json=[GOOD])
    method, path = operation.split()

    assert (await world.refused(method, f"{namespace}/{path}", content=body))[:2] == (400, 10012)
    assert await keys(world, namespace) == ["good"]


@pytest.mark.parametrize("wrong", ["", "..", "k" * 513, 1, None, ["good"], {"name": "good"}])
async def test_one_wrong_key_and_nothing_is_deleted(world, namespace, wrong):
    await world.ask("PUT", f"{namespace}/bulk", json=[GOOD])

    got = await world.refused("POST", f"{namespace}/bulk/delete", json=["good", wrong])

    assert got[:2] == (400, 10012)
    assert await keys(world, namespace) == ["good"]


async def test_more_than_ten_thousand_are_refused(world, namespace):
    pairs = [{"key": str(number), "value": ""} for number in range(10_001)]

    got = await world.refused("PUT", f"{namespace}/bulk", json=pairs)
    also = await world.refused("POST", f"{namespace}/bulk/delete", json=[p["key"] for p in pairs])

    assert got[:2] == also[:2] == (400, 10012)
    assert "received 10001 entries, but max allowed per request is: 10000" in got[2]
    assert await keys(world, namespace) == []


async def test_a_value_beyond_the_limit_is_refused_with_all(world, namespace, monkeypatch):
    monkeypatch.setattr(limits, "VALUE_LIMIT", 10)
    pairs = [GOOD, {"key": "long", "value": "x" * 11}]

    assert (await world.refused("PUT", f"{namespace}/bulk", json=pairs))[:2] == (400, 10012)
    assert await keys(world, namespace) == []


async def test_of_pairs_with_one_key_the_last_alone_is_written(world, namespace, monkeypatch):
    written = []
    admin = world.runtime.admin

    async def noted(method, path, **sent):
        written.append((method, sent.get("content")))
        return await admin(method, path, **sent)

    monkeypatch.setattr(world.runtime, "admin", noted)
    pairs = [{"key": "k", "value": str(number)} for number in range(40)]
    await world.ask("PUT", f"{namespace}/bulk", json=pairs)

    ((method, content),) = written
    assert (method, [each["value"] for each in json.loads(content or b"[]")]) == (
        "POST",
        ["Mzk="],
    )  # 39


async def test_the_least_of_everything_is_taken(world, namespace):
    pairs = [
        {"key": "ü" * 256, "value": "", "metadata": "m" * 1022, "expiration_ttl": 60},
        {"key": "...", "value": "", "expiration": int(time.time()) + 61},
        {"key": "last", "value": "", "expiration_ttl": 2**31 - 1, "metadata": None},
    ]

    await world.ask("PUT", f"{namespace}/bulk", json=pairs)

    assert len(await keys(world, namespace)) == 3


async def test_a_value_that_is_no_json_is_said_when_json_is_asked_for(world, namespace):
    await world.ask("PUT", f"{namespace}/bulk", json=[{"key": "k", "value": "["}])
    asked = {"keys": ["k"], "type": "json"}

    assert (await world.refused("POST", f"{namespace}/bulk/get", json=asked))[:2] == (400, 10012)


LIFETIMES = {
    "59 seconds": {"expiration_ttl": "59"},
    "a word": {"expiration_ttl": "soon"},
    "digits of another script": {"expiration_ttl": "٦٠"},
    "half a second": {"expiration_ttl": "60.5"},
    "a moment that is over": {"expiration": "1"},
    "a moment beyond 2038": {"expiration": str(2**31)},
}


@pytest.mark.parametrize("asked", LIFETIMES.values(), ids=LIFETIMES)
async def test_a_lifetime_is_checked_in_a_query_and_in_a_form(world, namespace, asked):
    path = f"{namespace}/values/k"
    form = {"value": (None, "v"), **{name: (None, text) for name, text in asked.items()}}

    by_query = await world.refused("PUT", path, params=asked, content=b"v")
    by_form = await world.refused("PUT", path, files=form)

    assert by_query[:2] == by_form[:2] == (400, 10034)
    assert by_query[2].startswith(f"Invalid {next(iter(asked))} of ")
    assert await keys(world, namespace) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"title": 1}', b'{"title": "\\ud800"}', b"1e999"])
async def test_a_namespace_of_a_body_that_is_none_is_not_made(world, body):
    path = world.account("/storage/kv/namespaces")

    assert (await world.refused("POST", path, content=body))[:2] == (400, 10012)
    assert await world.ask("GET", path) == []
    assert json.dumps(world.runtime.cloud.kv_namespaces) == "[]"
