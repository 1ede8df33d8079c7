"""Routes in the API: what `planning/routes.py` takes, in the zone that it says."""

import pytest

from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID
from tests.planning.test_routes import BAD, DOCUMENTED

pytestmark = pytest.mark.anyio

ROUTES = f"/zones/{ZONE_ID}/workers/routes"
INNER = "4" * 32
"""The zone id.chitty.cc, which lies in the other one by name."""


@pytest.fixture
async def scripted(world):
    await world.upload()
    return world


@pytest.mark.parametrize("pattern", DOCUMENTED)
async def test_every_documented_pattern_is_taken_in_a_zone(scripted, pattern):
    """Hosts of others are custom hostnames there: workers-sdk#2094, #3624, #4025."""
    made = await scripted.ask("POST", ROUTES, json={"pattern": pattern, "script": "api"})

    assert made["pattern"] == pattern
    (route,) = scripted.runtime.cloud.routes
    assert (route.pattern, route.zone) == (pattern, "chitty.cc")


@pytest.mark.parametrize("pattern", BAD)
async def test_what_planning_refuses_is_10022(scripted, pattern):
    got = await scripted.refused("POST", ROUTES, json={"pattern": pattern, "script": "api"})

    assert got[:2] == (400, 10022)
    assert scripted.runtime.cloud.routes == ()


async def test_a_host_of_another_zone_of_the_account_is_refused(scripted):
    got = await scripted.refused("POST", ROUTES, json={"pattern": "a.id.chitty.cc/*"})

    assert got[:2] == (400, 10022)
    assert "a.id.chitty.cc lies in zone id.chitty.cc, not in chitty.cc" in got[2]


async def test_one_route_is_there_once_in_a_zone_however_it_is_written(scripted):
    await scripted.ask("POST", ROUTES, json={"pattern": "A.chitty.cc"})
    await scripted.ask("POST", ROUTES, json={"pattern": "*/*"})

    for pattern in ("a.chitty.cc/", "*/*"):
        assert (await scripted.refused("POST", ROUTES, json={"pattern": pattern}))[1] == 10020
    await scripted.ask("POST", f"/zones/{INNER}/workers/routes", json={"pattern": "*/*"})


PATH = f"/accounts/{ACCOUNT_ID}/workers/scripts/api/routes"


@pytest.mark.parametrize(
    ("route", "zone"),
    [
        ({"pattern": "*/*", "zone_name": "chitty.cc"}, "chitty.cc"),
        ({"pattern": "*/*", "zone_id": INNER}, "id.chitty.cc"),
        ({"pattern": "*/*", "zone_name": "ID.chitty.cc", "zone_id": INNER}, "id.chitty.cc"),
        ({"pattern": "https://x.id.chitty.cc/a*"}, "id.chitty.cc"),
        ({"pattern": "vanity.customer.com/*", "zone_name": "chitty.cc"}, "chitty.cc"),
    ],
)
async def test_wrangler_may_say_the_zone_of_a_route(scripted, route, zone):
    await scripted.ask("PUT", PATH, json=[route])

    (kept,) = scripted.runtime.cloud.routes
    assert (kept.pattern, kept.zone, kept.worker) == (route["pattern"], zone, "api")


@pytest.mark.parametrize(
    ("route", "code"),
    [
        ({"pattern": "*/*"}, 10082),
        ({"pattern": "https://*"}, 10082),
        ({"pattern": "*/*", "zone_name": "none.cc"}, 10022),
        ({"pattern": "*/*", "zone_id": "f" * 32}, 10022),
        ({"pattern": "*/*", "zone_name": "chitty.cc", "zone_id": INNER}, 10022),
        ({"pattern": "a.chitty.cc/*", "zone_id": INNER}, 10022),
        ({"pattern": "vanity.customer.com/*"}, 10022),
    ],
)
async def test_a_route_without_a_zone_of_ours_changes_nothing(scripted, route, code):
    """10082: workers-sdk#873, web3.storage#1842."""
    await scripted.ask("PUT", PATH, json=[{"pattern": "kept.chitty.cc/*"}])

    assert (await scripted.refused("PUT", PATH, json=[route]))[:2] == (400, code)

    assert [kept.pattern for kept in scripted.runtime.cloud.routes] == ["kept.chitty.cc/*"]


async def test_routes_that_are_not_named_go_and_the_others_keep_their_ids(scripted):
    first = {"pattern": "*/*", "zone_name": "chitty.cc"}
    (before,) = await scripted.ask("PUT", PATH, json=[first])

    after = await scripted.ask("PUT", PATH, json=[first, {"pattern": "*/*", "zone_id": INNER}])
    assert after[0]["id"] == before["id"]
    assert len({route["id"] for route in after}) == 2

    await scripted.ask("PUT", PATH, json=[])
    assert scripted.runtime.cloud.routes == ()
