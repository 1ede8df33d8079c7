"""Monitors, pools, load balancers and health checks over the API (PA-11, PA-14)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from local.api.check_runner import runs
from local.records.records import Kind
from tests.local.api.conftest import ZONE_ID, World

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).parents[2] / "contract" / "load_balancing.jsonl"
MONITORS, POOLS = "/load_balancers/monitors", "/load_balancers/pools"
BALANCERS, CHECKS = f"/zones/{ZONE_ID}/load_balancers", f"/zones/{ZONE_ID}/healthchecks"
LOCAL = "http://127.0.0.1:4400/local"
TOLD = ("load_balancing_health_alert", "health_check_status_notification")


async def monitor(world: World, **changes):
    body = {"type": "https", "path": "/health", "expected_codes": "2xx", **changes}
    return (await world.ask("POST", world.account(MONITORS), json=body))["id"]


async def pool(world: World, name="p", *addresses: str, **changes):
    named = addresses or ("a.chitty.cc",)
    origins = [{"name": f"o{number}", "address": it} for number, it in enumerate(named)]
    body = {"name": name, "origins": origins, **changes}
    return (await world.ask("POST", world.account(POOLS), json=body))["id"]


async def balancer(world: World, *pools: str, **changes):
    body = {"name": "lb.chitty.cc", "default_pools": list(pools), "fallback_pool": pools[-1]}
    return await world.ask("POST", BALANCERS, json={**body, **changes})


async def checked(world: World, query=""):
    return await world.ask("POST", f"{LOCAL}/checks{query}")


@pytest.fixture
def told(monkeypatch) -> list[Any]:
    """Collect what policies would be told of."""
    heard: list[Any] = []

    async def hear(_state, alert_type, about):
        heard.append((alert_type, dict(about)))

    monkeypatch.setattr(runs, "notify", hear)
    return heard


def within(wanted, seen) -> bool:
    """Whether all that the recorder answered is in what we answer, but what each makes itself."""
    if isinstance(wanted, dict):
        own = {"id", "uuid", "created_on", "modified_on"}
        return all(within(value, seen[name]) for name, value in wanted.items() if name not in own)
    if isinstance(wanted, list):
        return len(wanted) == len(seen) and all(map(within, wanted, seen))
    return bool(wanted == seen)


async def test_what_the_official_plugin_sends_is_answered(world: World):
    ids: dict[str, str] = {}
    for line in RECORDED.read_text().splitlines():
        for theirs, ours in ids.items():
            line = line.replace(theirs, ours)  # noqa: PLW2901 - our ids for the recorder's
        exchange = json.loads(line)
        body = {"json": exchange["request"]} if exchange["request"] else {}
        path = exchange["path"].removeprefix("/client/v4")
        result = await world.ask(exchange["method"], path, **body)
        if exchange["method"] == "POST":
            ids[exchange["response"]["id"]] = result["id"]
        assert within(exchange["response"], result) or exchange["method"] == "DELETE"

    assert len(ids) == 4
    for path in (world.account(MONITORS), world.account(POOLS), BALANCERS, CHECKS):
        assert await world.ask("GET", path) == []


async def test_what_others_refer_to_is_not_deleted(world: World):
    """The code of the real API, as its users report it: 412 and 1005."""
    monitor_id = await monitor(world)
    pool_id = await pool(world, monitor=monitor_id)
    made = await balancer(world, pool_id)
    one_monitor = world.account(f"{MONITORS}/{monitor_id}")
    one_pool = world.account(f"{POOLS}/{pool_id}")

    for path, names in ((one_monitor, "p"), (one_pool, "lb.chitty.cc")):
        status, code, said = await world.refused("DELETE", path)
        assert (status, code) == (412, 1005)
        assert "referenced by other objects" in said
        assert [r["resource_name"] for r in await world.ask("GET", f"{path}/references")] == [names]

    for path in (f"{BALANCERS}/{made['id']}", one_pool, one_monitor):
        await world.ask("DELETE", path)


@pytest.mark.parametrize("map_name", ["region_pools", "country_pools", "pop_pools"])
async def test_a_pool_of_a_map_is_referred_to_as_well(world: World, map_name):
    """terraform-provider-cloudflare#6575."""
    one, other = await pool(world, "one"), await pool(world, "other")
    await balancer(world, one, **{map_name: {"X": [other]}})

    assert (await world.refused("DELETE", world.account(f"{POOLS}/{other}")))[:2] == (412, 1005)


BAD_MONITORS = [
    ({"type": "http3"}, "type"),
    ({"expected_codes": "2xy"}, "is no code of HTTP"),
    ({"interval": 4}, "interval"),
    ({"timeout": 11}, "timeout"),
    ({"timeout": 10, "interval": 10}, "shorter than interval"),
    ({"retries": 6}, "retries"),
    ({"type": "tcp"}, "needs one"),
]


@pytest.mark.parametrize(("body", "said"), BAD_MONITORS, ids=[str(b) for b, _ in BAD_MONITORS])
async def test_a_monitor_that_cannot_be_is_refused(world: World, body, said):
    refused = await world.refused("POST", world.account(MONITORS), json=body)

    assert refused[:2] == (400, 1002)
    assert said in refused[2]
    assert await world.ask("GET", world.account(MONITORS)) == []


ORIGIN = {"name": "o", "address": "a.chitty.cc"}
BAD_POOLS = [
    ({"origins": []}, 1002),
    ({"origins": [ORIGIN, ORIGIN]}, 1002),
    ({"origins": [{**ORIGIN, "weight": 1.5}]}, 1002),
    ({"origins": [{**ORIGIN, "header": {"X": ["y"]}}]}, 1002),
    ({"origins": [ORIGIN], "monitor": "f" * 32}, 1002),
    ({"origins": [ORIGIN], "name": "a b"}, 1002),
    ({"origins": [ORIGIN], "name": "taken"}, 1003),
]


@pytest.mark.parametrize(("body", "code"), BAD_POOLS)
async def test_a_pool_that_cannot_be_is_refused(world: World, body, code):
    await pool(world, "taken")
    whole = {"name": "p", **body}

    assert (await world.refused("POST", world.account(POOLS), json=whole))[:2] == (400, code)
    assert len(await world.ask("GET", world.account(POOLS))) == 1


BAD_BALANCERS = [
    ({"name": "lb.elsewhere.cc"}, 400, 1002),
    ({"name": "taken.chitty.cc"}, 400, 1003),
    ({"fallback_pool": "f" * 32}, 400, 1002),
    ({"region_pools": {"WEU": ["f" * 32]}}, 400, 1002),
    ({"steering_policy": "nearest"}, 400, 1002),
    ({"session_affinity": "header"}, 400, 1002),
    ({"rules": [{"name": "r"}]}, 501, 7000),
]


@pytest.mark.parametrize(("body", "status", "code"), BAD_BALANCERS)
async def test_a_balancer_that_cannot_be_is_refused(world: World, body, status, code):
    pool_id = await pool(world)
    await balancer(world, pool_id, name="taken.chitty.cc")
    whole = {"name": "lb.chitty.cc", "default_pools": [pool_id], "fallback_pool": pool_id, **body}

    assert (await world.refused("POST", BALANCERS, json=whole))[:2] == (status, code)
    assert len(await world.ask("GET", BALANCERS)) == 1


async def test_things_are_changed_in_part_and_whole(world: World):
    monitor_id = await monitor(world, description="d")
    pool_id = await pool(world, monitor=monitor_id)
    made = await balancer(world, pool_id, description="d")

    one = world.account(f"{MONITORS}/{monitor_id}")
    changed = await world.ask("PATCH", one, json={"interval": 30})
    assert (changed["interval"], changed["path"], changed["description"]) == (30, "/health", "d")
    assert (await world.ask("PUT", one, json={"type": "http"}))["description"] == ""
    place = world.account(f"{POOLS}/{pool_id}")
    assert (await world.ask("PATCH", place, json={"enabled": False}))["monitor"] == monitor_id
    host = f"{BALANCERS}/{made['id']}"
    assert (await world.ask("PATCH", host, json={"proxied": True}))["description"] == "d"
    assert world.runtime.cloud.pools[0].settings["enabled"] is False


async def test_a_balancer_of_another_zone_is_not_found(world: World):
    made = await balancer(world, await pool(world))
    elsewhere = f"/zones/{'4' * 32}/load_balancers/{made['id']}"

    assert (await world.refused("GET", elsewhere))[:2] == (404, 1001)
    assert (await world.refused("DELETE", elsewhere))[:2] == (404, 1001)


async def test_an_origin_is_asked_as_its_monitor_says(world: World):
    monitor_id = await monitor(world, header={"Host": ["m.chitty.cc"], "X-A": ["1"]}, retries=0)
    origins = [
        {"name": "own", "address": "127.0.0.1", "port": 81, "header": {"Host": ["o.chitty.cc"]}},
        {"name": "plain", "address": "b.chitty.cc"},
        {"name": "off", "address": "c.chitty.cc", "enabled": False},
    ]
    body = {"name": "p", "origins": origins, "monitor": monitor_id}
    pool_id = (await world.ask("POST", world.account(POOLS), json=body))["id"]

    await checked(world)

    seen = {probe["address"]: probe for probe in world.runtime.probes}
    assert set(seen) == {"127.0.0.1", "b.chitty.cc"}
    # The host of an endpoint goes before that of the monitor, as Cloudflare's documentation has it.
    assert [seen[it]["host"] for it in ("127.0.0.1", "b.chitty.cc")] == [
        "o.chitty.cc",
        "m.chitty.cc",
    ]
    assert seen["127.0.0.1"]["port"] == 81
    assert seen["b.chitty.cc"]["expected_codes"] == ["2xx"]
    assert seen["b.chitty.cc"]["headers"]["X-A"] == ["1"]
    assert pool_id[:16] in seen["b.chitty.cc"]["headers"]["user-agent"][0]
    assert world.runtime.cloud.endpoints == ("https://127.0.0.1:81",)


async def test_an_origin_goes_down_and_comes_back_and_somebody_is_told(world: World, told):
    monitor_id = await monitor(world, consecutive_down=2, consecutive_up=2, interval=60)
    pool_id = await pool(world, "p", "a.chitty.cc", "b.chitty.cc", monitor=monitor_id,
                         minimum_origins=2)  # fmt: skip
    seen = []
    for reason in ("", "", "x", "x", "", ""):
        world.runtime.ill = {"a.chitty.cc": reason} if reason else {}
        await checked(world, "?all=true")
        seen.append([o["healthy"] for o in world.runtime.cloud.pools[0].settings["origins"]])

    assert seen == [[True, True]] * 3 + [[False, True]] * 2 + [[True, True]]
    assert [(kind, it["event_source"], it["new_health"]) for kind, it in told] == [
        (TOLD[0], "origin", "Unhealthy"),
        (TOLD[0], "pool", "Unhealthy"),
        (TOLD[0], "origin", "Healthy"),
        (TOLD[0], "pool", "Healthy"),
    ]
    assert {it["pool_id"] for _, it in told} == {pool_id}
    assert told[0][1]["failure_reason"] == "x"


async def test_the_health_of_a_pool_says_what_was_found(world: World):
    pool_id = await pool(world, "p", "a.chitty.cc", "b.chitty.cc", monitor=await monitor(world))
    world.runtime.ill = {"b.chitty.cc": "HTTP timeout occurred"}
    await checked(world)

    health = await world.ask("GET", world.account(f"{POOLS}/{pool_id}/health"))

    assert health["pool_id"] == pool_id
    (place,) = health["pop_health"].values()
    assert place["healthy"] is True
    well, ill = place["origins"]
    assert well["a.chitty.cc"] == {
        "healthy": True, "failure_reason": "No failures", "response_code": 200, "rtt": "3ms",
    }  # fmt: skip
    assert (ill["b.chitty.cc"]["healthy"], ill["b.chitty.cc"]["failure_reason"]) == (
        False,
        "HTTP timeout occurred",
    )


async def test_another_address_or_monitor_is_not_known_yet(world: World):
    first, second = await monitor(world), await monitor(world)
    pool_id = await pool(world, monitor=first)
    world.runtime.ill = {"a.chitty.cc": "x"}
    await checked(world)
    place = world.account(f"{POOLS}/{pool_id}")

    def healthy():
        return world.runtime.cloud.pools[0].settings["origins"][0]["healthy"]

    assert healthy() is False
    await world.ask("PATCH", place, json={"monitor": second})
    assert healthy() is True
    await world.ask("PATCH", place, json={"monitor": first})
    origin = {"name": "o0", "address": "z.chitty.cc"}
    await world.ask("PATCH", place, json={"origins": [origin]})
    assert healthy() is True


async def test_what_one_monitor_found_is_not_kept_under_another(world: World):
    pool_id = await pool(world, "p", "a.chitty.cc", "b.chitty.cc", monitor=await monitor(world))
    world.runtime.ill = {"a.chitty.cc": "x", "b.chitty.cc": "x"}
    await checked(world)
    change = {"monitor": await monitor(world)}
    await world.ask("PATCH", world.account(f"{POOLS}/{pool_id}"), json=change)
    world.runtime.ill["b.chitty.cc"] = "cut short"
    await checked(world)

    origins = world.runtime.cloud.pools[0].settings["origins"]
    assert [each["healthy"] for each in origins] == [False, True]


async def test_a_check_is_due_when_its_interval_is_over_by_the_moved_clock(world: World):
    await pool(world, monitor=await monitor(world, interval=60))
    counts = []
    for offset in (0, 59, 61, 61, 122, 0):
        await world.ask("POST", f"{LOCAL}/clock", json={"offset_seconds": offset})
        await checked(world)
        counts.append(len(world.runtime.probes))

    assert counts == [1, 1, 2, 2, 3, 4]  # the clock was put back: that is no reason to wait


async def test_a_check_that_a_change_cut_short_says_nothing(world: World):
    pool_id = await pool(world, monitor=await monitor(world))
    world.runtime.ill = {"a.chitty.cc": "cut short"}

    assert await checked(world) == []
    assert world.state.records.get(Kind.HEALTH, pool_id) is None


async def test_what_was_deleted_while_it_was_asked_is_not_written(world: World, monkeypatch, told):
    pool_id = await pool(world, monitor=await monitor(world))
    gone = asyncio.Event()

    async def probe(_check):
        await world.ask("DELETE", world.account(f"{POOLS}/{pool_id}"))
        gone.set()
        return {"failure_reason": "x", "response_code": 0, "rtt": 1}

    monkeypatch.setattr(world.runtime, "probe", probe)
    await checked(world)

    assert gone.is_set()
    assert world.state.records.get(Kind.HEALTH, pool_id) is None
    assert told == []


CHECK = {
    "name": "health", "address": "a.chitty.cc", "type": "HTTPS", "interval": 60,
    "http_config": {"path": "/health", "port": 443, "expected_codes": ["200", "3xx"],
                    "expected_body": '"status":"healthy"'},
}  # fmt: skip


async def test_a_health_check_says_status_and_reason(world: World, told):
    """PA-11: three fails before it is unhealthy; unknown at first."""
    made = await world.ask("POST", CHECKS, json={**CHECK, "consecutive_fails": 3})
    one = f"{CHECKS}/{made['id']}"
    seen = []
    for reason in ("", "", "body", "body", "body", ""):
        world.runtime.ill = {"a.chitty.cc": reason} if reason else {}
        await checked(world, "?all=true")
        got = await world.ask("GET", one)
        seen.append((got["status"], got["failure_reason"]))

    assert made["status"] == "unknown"
    assert seen == [("healthy", "")] * 4 + [("unhealthy", "body"), ("healthy", "")]
    assert [(kind, it["status"], it["health_check_id"]) for kind, it in told] == [
        (TOLD[1], "Unhealthy", made["id"]),
        (TOLD[1], "Healthy", made["id"]),
    ]
    probe = world.runtime.probes[0]
    assert (probe["path"], probe["port"], probe["scheme"]) == ("/health", 443, "https")
    assert probe["expected_codes"] == ["200", "3xx"]
    assert made["id"][:16] in probe["headers"]["user-agent"][0]


async def test_a_suspended_health_check_asks_nothing(world: World):
    made = await world.ask("POST", CHECKS, json={**CHECK, "suspended": True})

    assert await checked(world) == []
    assert made["status"] == "suspended"


async def test_a_health_check_is_tried_before_it_is_kept(world: World):
    world.runtime.ill = {"a.chitty.cc": "TCP connection failed"}

    tried = await world.ask("POST", f"{CHECKS}/preview", json=CHECK)
    again = await world.ask("GET", f"{CHECKS}/preview/{tried['id']}")

    assert (again["status"], again["failure_reason"]) == ("unhealthy", "TCP connection failed")
    assert await world.ask("GET", CHECKS) == []
    await world.ask("DELETE", f"{CHECKS}/preview/{tried['id']}")
    assert (await world.refused("GET", f"{CHECKS}/preview/{tried['id']}"))[:2] == (404, 1041)


async def test_a_monitor_is_tried_before_it_watches(world: World):
    pool_id = await pool(world, "p", "a.chitty.cc", "b.chitty.cc")
    world.runtime.ill = {"b.chitty.cc": "x"}
    body = {"type": "https", "expected_codes": "200"}

    tried = await world.ask("POST", world.account(f"{POOLS}/{pool_id}/preview"), json=body)
    found = await world.ask("GET", world.account(f"/load_balancers/preview/{tried['preview_id']}"))

    assert tried["pools"] == {pool_id: "p"}
    assert found[pool_id]["healthy"] is False
    assert [next(iter(it.values()))["healthy"] for it in found[pool_id]["origins"]] == [True, False]


@pytest.mark.parametrize(
    "change", [{"name": "a b"}, {"interval": 1}, {"type": "UDP"}, {"consecutive_fails": 0}]
)
async def test_a_health_check_that_cannot_be_is_refused(world: World, change):
    assert (await world.refused("POST", CHECKS, json={**CHECK, **change}))[:2] == (400, 1042)


async def test_a_name_of_a_health_check_is_given_once(world: World):
    await world.ask("POST", CHECKS, json=CHECK)

    assert (await world.refused("POST", CHECKS, json=CHECK))[:2] == (400, 1043)
    assert (await world.ask("POST", f"/zones/{'4' * 32}/healthchecks", json=CHECK))["id"]


async def test_a_connection_is_all_that_a_tcp_check_wants(world: World):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    body = {"name": "t", "address": "127.0.0.1", "type": "TCP", "tcp_config": {"port": port}}
    made = await world.ask("POST", CHECKS, json=body)
    await checked(world)
    up = (await world.ask("GET", f"{CHECKS}/{made['id']}"))["status"]
    server.close()
    await server.wait_closed()
    await checked(world, "?all=true")

    down = await world.ask("GET", f"{CHECKS}/{made['id']}")

    assert up == "healthy"
    assert (down["status"], down["failure_reason"]) == ("unhealthy", "TCP connection failed")
