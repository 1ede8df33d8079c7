"""Which pool and which origin a balancer chooses, whatever it is told (PA-14)."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SCRIPT = Path(__file__).with_name("steer.mjs")
IDS = ("a", "b", "c", "d")
REGIONS = ("WEU", "ENAM", "OC")


class Steering:
    """Asks one process, a line at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: Any) -> Any:
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(cast("TextIO", self._process.stdout).readline())


@pytest.fixture(scope="module")
def steering() -> Iterator[Steering]:
    with subprocess.Popen(
        ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Steering(process)
        cast("TextIO", process.stdin).close()


ORIGIN = st.fixed_dictionaries(
    {"enabled": st.booleans(), "healthy": st.booleans(), "weight": st.sampled_from([0, 0.25, 1])}
)
POOL = st.fixed_dictionaries(
    {
        "enabled": st.booleans(),
        "minimum_origins": st.integers(0, 3),
        "policy": st.just("random"),
        "origins": st.lists(ORIGIN, min_size=1, max_size=3),
    }
)
LISTED = st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True)
QUESTION = st.fixed_dictionaries(
    {
        "settings": st.fixed_dictionaries(
            {
                "default_pools": LISTED,
                "fallback_pool": st.sampled_from(IDS),
                "steering_policy": st.sampled_from(["off", "geo", "random", ""]),
                "region_pools": st.dictionaries(st.sampled_from(REGIONS), LISTED),
            }
        ),
        "pools": st.fixed_dictionaries(dict.fromkeys(IDS, POOL)),
        "place": st.fixed_dictionaries(
            {"region": st.sampled_from(["", *REGIONS]), "country": st.just(""), "pop": st.just("")}
        ),
        "draws": st.lists(st.floats(0, 1, exclude_max=True), min_size=4, max_size=4),
    }
)


def named(question: Any) -> Any:
    for pool in question["pools"].values():
        for number, origin in enumerate(pool["origins"]):
            origin["name"] = f"o{number}"
    return question


def serves(pool: Any) -> bool:
    well = [each for each in pool["origins"] if each["enabled"] and each["healthy"]]
    return bool(pool["enabled"] and well and len(well) >= pool["minimum_origins"])


def expected(question: Any) -> list[str]:
    """Return the pools that may answer, in their order, by a reading of our own."""
    told = question["settings"]
    by_region = told["region_pools"]
    steers = told["steering_policy"] == "geo" or (not told["steering_policy"] and by_region)
    region = question["place"]["region"] if steers else None
    listed = by_region.get(region, told["default_pools"])
    return [name for name in listed if serves(question["pools"][name])]


@settings(max_examples=1500, deadline=None)
@given(question=QUESTION)
def test_what_is_chosen_is_healthy_where_anything_is(steering, question):
    found = steering.ask(named(question))
    wanted = expected(question)

    if not wanted:
        fallback = question["settings"]["fallback_pool"]
        assert found["pools"] == [fallback]
        origins = question["pools"][fallback]["origins"]
        assert (found["origin"] is None) == (not any(each["enabled"] for each in origins))
        return
    if question["settings"]["steering_policy"] == "random":
        assert sorted(found["pools"]) == sorted(wanted)
    else:
        assert found["pools"] == wanted
    first = question["pools"][found["pools"][0]]["origins"]
    allowed = [each for each in first if each["enabled"] and each["healthy"]]
    weighing = [each for each in allowed if each["weight"]] or allowed
    assert found["origin"] in {each["name"] for each in weighing}


def test_draws_fall_by_weight(steering):
    """Every thousandth of the line, so that shares are exact."""
    origins = [
        {"name": name, "enabled": True, "healthy": True, "weight": weight}
        for name, weight in (("half", 0.5), ("none", 0), ("quarter", 0.25), ("also", 0.25))
    ]
    pool = {"enabled": True, "minimum_origins": 1, "policy": "random", "origins": origins}
    told = {"default_pools": ["a"], "fallback_pool": "a"}
    place = {"region": "", "country": "", "pop": ""}
    counts: dict[str, int] = {}
    for step in range(1000):
        asked = {"settings": told, "pools": {"a": pool}, "place": place, "draws": [step / 1000]}
        name = steering.ask(asked)["origin"]
        counts[name] = counts.get(name, 0) + 1

    assert counts == {"half": 500, "quarter": 250, "also": 250}
