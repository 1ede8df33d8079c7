"""Notification policies and webhooks (PA-16): kept, listed, refused when they reach nobody."""

import json
from pathlib import Path

import pytest

from local.records.records import Kind
from tests.local.api.conftest import World
from tests.local.api.recorded_ids import with_ids

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "notifications.jsonl"
WEBHOOKS = "/alerting/v3/destinations/webhooks"
POLICIES = "/alerting/v3/policies"
SECRET = "c4nary-of-a-webhook"
HOOK = {"name": "pager", "url": "https://hooks.slack.com/x", "secret": SECRET}


def policy(**changes):
    told = {"email": [{"id": "platform@chitty.cc"}]}
    return {"name": "p", "alert_type": "tunnel_health_event", "mechanisms": told, **changes}


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        exchange = json.loads(with_ids(ids, line))
        path = exchange["path"].removeprefix("/client/v4")
        body = {"json": exchange["request"]} if exchange["request"] else {}
        result = await world.ask(exchange["method"], path, **body)
        if exchange["method"] == "POST":
            ids[exchange["response"]["id"]] = result["id"]
        if exchange["method"] == "GET" and "policies" in path:
            assert result["filters"] == {"new_health": ["Unhealthy"]}
            assert result["mechanisms"]["webhooks"] == [{"id": next(iter(ids.values()))}]

    assert len(ids) == 2
    assert await world.ask("GET", world.account(POLICIES)) == []
    assert await world.ask("GET", world.account(WEBHOOKS)) == []


async def test_the_secret_of_a_webhook_never_comes_back(world: World):
    made = await world.ask("POST", world.account(WEBHOOKS), json=HOOK)
    one = world.account(f"{WEBHOOKS}/{made['id']}")

    answers = [
        await world.client.get(one),
        await world.client.get(world.account(WEBHOOKS)),
        await world.client.put(one, json=HOOK),
    ]

    assert [a.status_code for a in answers] == [200] * 3
    assert not [a for a in answers if SECRET in a.text]
    assert answers[0].json()["result"]["type"] == "slack"
    (kept,) = world.state.records.all(Kind.WEBHOOK)
    assert kept["secret"] == SECRET  # it is sent along; the records are read by their owner alone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mechanisms": {}}, "name who is told"),
        ({"mechanisms": {"email": []}}, "name who is told"),
        ({"mechanisms": {"webhooks": [{"id": "ab" * 16}]}}, "which this account has not"),
        ({"mechanisms": {"pagerduty": [{"id": "ab" * 16}]}}, "PagerDuty"),
        ({"name": ""}, "name"),
        ({"alert_type": "service_down"}, "alert_type 'service_down' is none that Cloudflare has"),
        ({"alert_interval": "soon"}, "no interval such as 30m"),
        ({"filters": {"new_health": "Unhealthy"}}, "filters.new_health"),
    ],
)
async def test_a_policy_that_would_tell_nobody_is_refused(world: World, changes, said):
    status, _, message = await world.refused(
        "POST", world.account(POLICIES), json=policy(**changes)
    )

    assert status == 400
    assert said in message
    assert await world.ask("GET", world.account(POLICIES)) == []


async def test_a_policy_is_replaced_whole(world: World):
    filters = {"new_status": ["TUNNEL_STATUS_TYPE_DOWN"]}
    made = await world.ask("POST", world.account(POLICIES), json=policy(filters=filters))
    one = world.account(f"{POLICIES}/{made['id']}")
    await world.ask("PUT", one, json=policy(enabled=False))

    kept = await world.ask("GET", one)

    assert kept["enabled"] is False
    assert "filters" not in kept
    assert kept["id"] == made["id"]
    assert await world.ask("GET", world.account(POLICIES)) == [kept]


async def test_what_is_gone_is_not_found(world: World):
    for path in (POLICIES, WEBHOOKS):
        one = world.account(f"{path}/{'ab' * 16}")
        bodies = {"PUT": policy() if path == POLICIES else HOOK}
        for method in ("GET", "PUT", "DELETE"):
            sent = {"json": bodies[method]} if method in bodies else {}
            assert (await world.refused(method, one, **sent))[0] == 404


async def test_a_webhook_in_use_is_not_deleted(world: World):
    hook = await world.ask("POST", world.account(WEBHOOKS), json=HOOK)
    told = {"webhooks": [{"id": hook["id"]}]}
    made = await world.ask("POST", world.account(POLICIES), json=policy(mechanisms=told))
    one = world.account(f"{WEBHOOKS}/{hook['id']}")

    status, _, message = await world.refused("DELETE", one)
    assert (status, "'p' is sent to it" in message) == (400, True)

    await world.ask("DELETE", world.account(f"{POLICIES}/{made['id']}"))
    assert await world.ask("DELETE", one) == {"id": hook["id"]}


@pytest.mark.parametrize("url", ["ftp://a.example", "nothing", "https://", "http://[::1"])
async def test_a_webhook_needs_a_web_address(world: World, url):
    status, _, message = await world.refused(
        "POST", world.account(WEBHOOKS), json={**HOOK, "url": url}
    )

    assert (status, "url is no http or https address" in message) == (400, True)
