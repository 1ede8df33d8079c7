"""The live page: requests and lines as they come."""

import asyncio
import json

import pytest

from local.api.live_page.stream import HIDDEN, LINES, LONGEST_PATH, WAITING, Waiting, events
from tests.local.api.page_tab import PAGE, SECRET

pytestmark = pytest.mark.anyio


def request(path):
    told = {"at": 1, "took": 2, "method": "GET", "host": "a.chitty.cc", "status": 200}
    return {**told, "path": path, "rules": [{"id": "r", "action": "block"}]}


def test_what_comes_too_fast_is_counted_and_not_kept():
    waiting = Waiting()
    for number in range(WAITING + 7):
        waiting.add(request(f"/{number}"))

    kept, dropped = waiting.take()

    assert (len(kept), kept[0]["path"], dropped) == (WAITING, "/7", 7)
    assert waiting.take() == ([], 0)


@pytest.mark.parametrize("part", ["Qz7mB2xT9kLw4NvR8sYp3HdF", "Qz7mB2xT9kLw4NvR8sYp3Hd%2B"])
def test_what_looks_secret_in_a_path_is_hidden(part):
    waiting = Waiting()
    waiting.add(request(f"/hooks/{part}/in"))

    assert waiting.take()[0][0]["path"] == f"/hooks/{HIDDEN}/in"


@pytest.mark.parametrize("printed", [[], {}, {"path": 1}, {**request("/"), "rules": [1]}])
def test_what_a_worker_prints_in_the_form_of_a_request_stops_nothing(printed):
    waiting = Waiting()
    for each in (printed, request("/")):
        waiting.add(each)

    assert waiting.take() == ([request("/")], 0)


def test_a_long_path_is_cut():
    waiting = Waiting()
    waiting.add(request("/a" * LONGEST_PATH))

    assert waiting.take()[0][0]["path"] == "/a" * (LONGEST_PATH // 2) + HIDDEN


async def batch(world, since):
    stream = events(world.state, since)
    found = json.loads((await anext(stream)).removeprefix("data: "))
    await stream.aclose()
    return found


async def test_a_stream_goes_on_after_the_last_line_that_is_known(world):
    world.runtime.entries = [{"time": float(n), "message": f"{n}"} for n in range(1, 4)]

    first = await batch(world, 0.0)
    again = await batch(world, first["lines"][-1]["time"])

    assert [line["message"] for line in first["lines"]] == ["1", "2", "3"]
    assert again["lines"] == []


async def test_a_tab_that_is_closed_leaves_nothing_behind(world):
    world.runtime.entries = [{"time": 1.0, "message": ""}]
    stream = events(world.state, 0.0)
    await anext(stream)
    known = asyncio.all_tasks()
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == known
    assert world.runtime.observers[""] == []


async def test_lines_that_come_too_fast_are_counted(world):
    world.runtime.entries = [{"time": float(n), "message": ""} for n in range(1, LINES + 8)]

    begun, later = await batch(world, 0.0), await batch(world, 1.0)

    # What a page begins with is the end of the log, and nothing that it has missed.
    assert (len(begun["lines"]), begun["missed"]) == (LINES, {"requests": 0, "lines": 0})
    assert (len(later["lines"]), later["missed"]) == (LINES, {"requests": 0, "lines": 6})


async def test_a_line_that_was_kept_before_its_secret_was_known_has_none(world, stores):
    assert stores
    world.runtime.entries = [{"time": 1.0, "message": f"x {SECRET}"}]

    assert (await batch(world, 0.0))["lines"][0]["message"] == "x [secret]"


@pytest.mark.parametrize("since", ["today", "nan", "inf", "-1", "1e999"])
async def test_lines_are_asked_for_by_a_time(world, tab, since):
    asked = {"params": {"since": since}}
    for path, more in ((f"{PAGE}/events", {"headers": tab.headers}), ("/local/logs", {})):
        refused = await world.refused("GET", path, **asked, **more)

        assert refused[0] == 400
        assert f"'{since}'" in refused[2]
