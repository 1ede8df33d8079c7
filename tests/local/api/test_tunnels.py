"""Tunnels, what they lead to, and DNS records (OP-4)."""

import base64
import json
from pathlib import Path

import pytest

from local.records.records import Kind
from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, World

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "tunnels.jsonl"
TUNNELS = "/cfd_tunnel"
RECORDS = f"/zones/{ZONE_ID}/dns_records"
HOST = "1password-connect.chitty.cc"
LAST = {"service": "http_status:404"}
RULE = {"hostname": HOST, "service": "http://nginx:8080"}


@pytest.fixture
async def tunnel(world: World) -> str:
    body = {"name": "connect", "config_src": "cloudflare"}
    return str((await world.ask("POST", world.account(TUNNELS), json=body))["id"])


def record(**changes):
    return {"name": HOST, "type": "CNAME", "content": "t.cfargotunnel.com", "ttl": 1, **changes}


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        exchange = json.loads(_with(ids, line))
        body = {"json": exchange["request"]} if exchange["request"] else {}
        path = exchange["path"].removeprefix("/client/v4")
        result = await world.ask(exchange["method"], path, **body)
        if exchange["method"] == "POST":
            ids[exchange["response"]["id"]] = result["id"]
        elif exchange["method"] in ("PUT", "GET") and isinstance(result, dict):
            asked = exchange["request"] or {}
            assert {key: result[key] for key in asked} == asked

    assert len(ids) == 2
    assert await world.ask("GET", world.account(TUNNELS)) == []
    assert await world.ask("GET", RECORDS) == []


def _with(ids: dict[str, str], line: str) -> str:
    for theirs, ours in ids.items():
        line = line.replace(theirs, ours)
    return line


async def test_the_token_is_what_cloudflared_reads(world: World, tunnel: str):
    """C6: one JSON object in plain base64."""
    token = await world.ask("GET", world.account(f"{TUNNELS}/{tunnel}/token"))

    read = json.loads(base64.b64decode(token, validate=True))

    assert read.keys() == {"a", "t", "s"}
    assert (read["a"], read["t"]) == (ACCOUNT_ID, tunnel)
    assert len(base64.b64decode(read["s"], validate=True)) >= 32


async def test_neither_secret_nor_connections_are_shown(world: World, tunnel: str):
    kept = world.state.records.get(Kind.TUNNEL, tunnel)
    assert kept is not None
    one = world.account(f"{TUNNELS}/{tunnel}")
    answers = [
        await world.client.get(one),
        await world.client.get(world.account(TUNNELS)),
        await world.client.patch(one, json={"name": "other"}),
    ]

    assert [a.status_code for a in answers] == [200] * 3
    assert not [a for a in answers if kept["tunnel_secret"] in a.text or "connections" in a.text]
    assert await world.ask("GET", f"{one}/connections") == []


async def test_a_name_is_given_once(world: World, tunnel: str):
    body = {"name": "connect", "config_src": "cloudflare"}

    assert (await world.refused("POST", world.account(TUNNELS), json=body))[:2] == (409, 1013)

    one = world.account(f"{TUNNELS}/{tunnel}")
    assert (await world.ask("PATCH", one, json={"name": "connect"}))["name"] == "connect"


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"ingress": [RULE]}, "last ingress rule must match all URLs"),  # C3
        ({"ingress": [LAST, RULE, LAST]}, "Rule #1 is matching the hostname ''"),  # C3
        ({"ingress": [{**RULE, "hostname": "*"}, LAST]}, "Rule #1"),  # C12
        ({"ingress": [{**RULE, "hostname": "a.chitty.cc:80"}, LAST]}, "host name"),  # C3
        ({"ingress": [{**RULE, "hostname": "*chitty.cc"}, LAST]}, "matches no host"),  # C8
        ({"ingress": [{**RULE, "service": "http://nginx/path"}, LAST]}, "C10"),
        ({"ingress": [{**RULE, "service": "htpp://nginx"}, LAST]}, "none of http"),  # C11
        ({"ingress": [{**RULE, "originRequest": {"connectTimeout": "5s"}}, LAST]}, "connectTime"),
        ({"ingress": [{**RULE, "originRequest": {"connectTimeout": 0.5}}, LAST]}, "connectTime"),
        ({"ingress": [{**RULE, "originRequest": {"conectTimeout": 5}}, LAST]}, "conectTimeout"),
        ({"ingress": [{**RULE, "hostName": "a"}, LAST]}, "hostName"),  # C16
        (
            {"ingress": [{**RULE, "originRequest": {"access": {"required": True}}}, LAST]},
            "teamName",  # C16
        ),
    ],
)
async def test_what_cloudflared_would_refuse_or_pass_over_is_an_error(
    world: World, tunnel: str, config, said
):
    path = world.account(f"{TUNNELS}/{tunnel}/configurations")
    await world.ask("PUT", path, json={"config": {"ingress": [RULE, LAST]}})

    status, code, message = await world.refused("PUT", path, json={"config": config})

    assert (status, code) == (400, 1056)
    assert said in message
    kept = await world.ask("GET", path)
    assert (kept["version"], kept["config"]) == (1, {"ingress": [RULE, LAST]})


async def test_each_configuration_has_the_next_version(world: World, tunnel: str):
    path = world.account(f"{TUNNELS}/{tunnel}/configurations")
    assert (await world.ask("GET", path))["version"] == 0

    for version in (1, 2):
        made = await world.ask("PUT", path, json={"config": {"ingress": [LAST]}})
        assert made["version"] == version


async def test_a_tunnel_with_a_file_of_its_own_is_not_configured_here(world: World):
    made = await world.ask("POST", world.account(TUNNELS), json={"name": "by-file"})
    path = world.account(f"{TUNNELS}/{made['id']}/configurations")

    assert (await world.refused("PUT", path, json={"config": {"ingress": [LAST]}}))[1] == 1055


async def test_a_tunnel_that_is_gone_is_not_found(world: World, tunnel: str):
    one = world.account(f"{TUNNELS}/{tunnel}")
    await world.ask("DELETE", one)

    for path in (one, f"{one}/token", f"{one}/configurations", f"{one}/connections"):
        assert (await world.refused("GET", path))[:2] == (404, 1003)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (record(), 81058),
        (record(content="other.chitty.cc"), 81053),
        (record(type="A", content="192.0.2.1"), 81053),
        (record(name="a", type="A", content="2001:db8::1"), 9005),
        (record(name="a", type="AAAA", content="192.0.2.1"), 9005),
        (record(name="a", type="TXT", content="x", proxied=True), 9004),
        (record(name="a", ttl=30), 9021),
        (record(name="a", content=None), 1004),
        ({"type": "A"}, 1004),
    ],
)
async def test_a_record_that_cannot_be_is_refused(world: World, body, code):
    await world.ask("POST", RECORDS, json=record())

    assert (await world.refused("POST", RECORDS, json=body))[:2] == (400, code)
    assert len(await world.ask("GET", RECORDS)) == 1


@pytest.mark.parametrize(
    ("given", "whole"),
    [("a", "a.chitty.cc"), ("A.chitty.cc.", "a.chitty.cc"), ("@", "chitty.cc")],
)
async def test_a_name_is_completed_by_its_zone(world: World, given, whole):
    made = await world.ask("POST", RECORDS, json=record(name=given))

    assert made["name"] == whole
    assert made["ttl"] == 1
    assert [r["id"] for r in await world.ask("GET", f"{RECORDS}?name={whole}")] == [made["id"]]
    assert await world.ask("GET", f"{RECORDS}?type=TXT") == []


async def test_a_record_is_changed_in_part_and_whole(world: World):
    made = await world.ask("POST", RECORDS, json=record(comment="c"))
    one = f"{RECORDS}/{made['id']}"

    changed = await world.ask("PATCH", one, json={"proxied": True})
    assert (changed["proxied"], changed["comment"], changed["content"]) == (
        True,
        "c",
        "t.cfargotunnel.com",
    )
    replaced = await world.ask("PUT", one, json=record())
    assert "comment" not in replaced
    assert (replaced["proxied"], replaced["id"]) == (False, made["id"])


async def test_a_record_of_another_zone_is_not_found(world: World):
    made = await world.ask("POST", RECORDS, json=record())
    elsewhere = f"/zones/{'4' * 32}/dns_records/{made['id']}"

    assert (await world.refused("GET", elsewhere))[:2] == (404, 81044)
    assert (await world.refused("DELETE", elsewhere))[:2] == (404, 81044)
