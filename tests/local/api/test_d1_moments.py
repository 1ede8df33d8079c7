"""Time Travel of D1: bookmarks, and what is asked that is not kept here."""

import pytest

from local.records.records import Kind
from tests.local.api.conftest import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def travel(world: World) -> str:
    """Make a database, and give the path of its Time Travel."""
    made = await world.ask("POST", world.account("/d1/database"), json={"name": "db"})
    return world.account(f"/d1/database/{made['uuid']}/time_travel")


async def bookmark(world: World, travel: str) -> str:
    return str((await world.ask("GET", f"{travel}/bookmark"))["bookmark"])


async def test_a_bookmark_is_another_once_something_was_written(world: World, travel: str):
    query = travel.replace("time_travel", "query")
    first = await bookmark(world, travel)
    assert await bookmark(world, travel) == first

    await world.ask("POST", query, json={"sql": "CREATE TABLE t (n)"})

    second = await bookmark(world, travel)
    assert second > first  # they are in the order of time
    assert len(second) == len("00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683")


async def test_what_is_not_kept_is_refused_and_nothing_is_touched(world: World, travel: str):
    other = await world.ask("POST", world.account("/d1/database"), json={"name": "other"})
    foreign = await bookmark(world, travel.replace(travel.split("/")[-2], other["uuid"]))
    for wanted in ("0-0-0-0", foreign):
        refused = await world.refused("POST", f"{travel}/restore?bookmark={wanted}")
        assert refused[:2] == (400, 7400)
    for asked in ("restore?timestamp=2026-11-30T08:00:00Z", "restore"):
        status, code, text = await world.refused("POST", f"{travel}/{asked}")
        assert (status, code) == (501, 7000)
        assert "at which a bookmark was asked for" in text
    timed = f"{travel}/bookmark?timestamp=2026-11-30T08:00:00Z"
    assert (await world.refused("GET", timed))[:2] == (501, 7000)


async def test_the_newest_are_kept_and_none_of_a_database_that_is_gone(world: World, travel: str):
    query = travel.replace("time_travel", "query")
    seen = []
    for number in range(18):
        await world.ask("POST", query, json={"sql": f"CREATE TABLE t{number} (n)"})
        seen.append(await bookmark(world, travel))

    kept = [each["bookmark"] for each in world.state.records.all(Kind.MOMENT)]
    assert kept == seen[2:]
    await world.ask("DELETE", travel.removesuffix("/time_travel"))
    assert world.state.records.all(Kind.MOMENT) == []
