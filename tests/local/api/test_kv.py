"""Keys and values of Workers KV come back as they were put, whatever characters they hold."""

import json
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.json_types import Json
from local.api.kv import limits
from tests.local.api.conftest import World

pytestmark = pytest.mark.anyio

ODD = "/%?#&+= .:\"'\\ü€😀\u0000\n\r\t~^`{}[]|<>@;,"
KEYS = st.text(
    st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])), min_size=1
)


@pytest.fixture
async def namespace(world: World) -> str:
    made = await world.ask("POST", world.account("/storage/kv/namespaces"), json={"title": "ns"})
    return world.account(f"/storage/kv/namespaces/{made['id']}")


def at(namespace, key, what="values"):
    return f"{namespace}/{what}/{quote(key, safe='')}"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    key=KEYS.filter(lambda k: len(k.encode()) <= 512 and k not in (".", "..")),
    value=st.binary(max_size=64),
)
async def test_any_key_and_any_bytes_round_trip(world, namespace, key, value):
    await world.ask("PUT", at(namespace, key), content=value)

    assert (await world.client.get(at(namespace, key))).content == value
    await world.ask("PUT", at(namespace, key), files={"value": (None, value + b" \r\n")})
    assert (await world.client.get(at(namespace, key))).content == value + b" \r\n"
    assert await world.ask("POST", f"{namespace}/bulk/delete", json=[key])
    assert (await world.refused("GET", at(namespace, key)))[:2] == (404, 10009)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(metadata=st.recursive(st.none() | st.booleans() | st.text(), st.lists, max_leaves=5))
async def test_metadata_comes_back_as_json(world, namespace, metadata):
    form = {"value": (None, b"\xff\x00"), "metadata": (None, json.dumps(metadata))}
    await world.ask("PUT", at(namespace, "k"), files=form)

    assert await world.ask("GET", at(namespace, "k", "metadata")) == metadata
    assert (await world.client.get(at(namespace, "k"))).content == b"\xff\x00"


async def test_a_form_and_a_bare_body_put_the_same(world, namespace):
    await world.ask("PUT", at(namespace, "form"), files={"value": (None, "v")})
    await world.ask("PUT", at(namespace, "bare"), content=b"v")

    got = [(await world.client.get(at(namespace, key))).content for key in ("form", "bare")]
    assert got == [b"v", b"v"]


async def test_many_at_once(world, namespace):
    pairs: list[Json] = [{"key": f"k{n}", "value": str(n), "metadata": {"n": n}} for n in range(50)]
    pairs.append({"key": "raw", "value": "/wA=", "base64": True})

    put = await world.ask("PUT", f"{namespace}/bulk", json=pairs)
    assert put == {"successful_key_count": 51, "unsuccessful_keys": []}
    assert (await world.client.get(at(namespace, "raw"))).content == b"\xff\x00"

    asked = {"keys": ["k1", "k2", "none"]}
    got = await world.ask("POST", f"{namespace}/bulk/get", json=asked)
    assert got == {"values": {"k1": "1", "k2": "2", "none": None}}
    got = await world.ask(
        "POST", f"{namespace}/bulk/get", json={**asked, "withMetadata": True, "type": "json"}
    )
    assert got["values"]["k2"] == {"value": 2, "metadata": {"n": 2}}
    assert got["values"]["none"] is None


async def test_keys_are_listed_in_pages(world, namespace):
    await world.ask(
        "PUT", f"{namespace}/bulk", json=[{"key": f"a{n:02}", "value": ""} for n in range(25)]
    )
    await world.ask("PUT", at(namespace, "b"), content=b"")

    names, cursor = [], ""
    while True:
        query = {"limit": "10", "prefix": "a", **({"cursor": cursor} if cursor else {})}
        answer = (await world.client.get(f"{namespace}/keys", params=query)).json()
        names += [key["name"] for key in answer["result"]]
        cursor = answer["result_info"]["cursor"]
        if not cursor:
            break

    assert names == [f"a{n:02}" for n in range(25)]


REFUSED: dict[str, tuple[str, Json, tuple[int, int]]] = {
    "key too long": ("k" * 513, {"content": b""}, (414, 10030)),
    "a dot": ("%2E", {"content": b""}, (400, 10023)),
    "no value": ("k", {"files": {"metadata": (None, "1")}}, (400, 10001)),
    "metadata no json": (
        "k",
        {"files": {"value": (None, "v"), "metadata": (None, "{")}},
        (400, 10012),
    ),
    "metadata too large": (
        "k",
        {"files": {"value": (None, "v"), "metadata": (None, json.dumps("m" * 1023))}},
        (413, 10035),
    ),
}


@pytest.mark.parametrize(("key", "sent", "expected"), REFUSED.values(), ids=REFUSED)
async def test_refuses(world, namespace, key, sent, expected):
    assert (await world.refused("PUT", f"{namespace}/values/{key}", **sent))[:2] == expected
    assert await world.ask("GET", f"{namespace}/keys") == []


async def test_a_value_beyond_the_limit_is_refused(world, namespace, monkeypatch):
    monkeypatch.setattr(limits, "VALUE_LIMIT", 10)

    assert (await world.refused("PUT", at(namespace, "k"), content=b"x" * 11))[:2] == (413, 10033)


async def test_namespaces_are_listed_renamed_and_deleted(world):
    path = world.account("/storage/kv/namespaces")
    made = [await world.ask("POST", path, json={"title": title}) for title in ("b", "c", "a")]

    listed = await world.ask("GET", f"{path}?order=title&direction=desc&per_page=2")
    assert [n["title"] for n in listed] == ["c", "b"]
    renamed = await world.ask("PUT", f"{path}/{made[0]['id']}", json={"title": "z"})
    assert renamed["title"] == "z"
    await world.ask("DELETE", f"{path}/{made[1]['id']}")
    assert len(world.runtime.cloud.kv_namespaces) == 2
