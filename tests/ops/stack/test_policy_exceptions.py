"""Waivers as exceptions of the engine, and what plain `pulumi` shows of them."""

import datetime as dt
import json

import pytest

from ops.paths import Paths
from ops.stack import policy_exceptions
from ops.stack.target import Target
from ops.stack.tools import Tools
from toolchain.engine import Engine
from toolchain.plugin import Plugin

TARGET = Target("staging", "staging", {})
ROOT_URN = "urn:pulumi:staging::chittyos::pulumi:pulumi:Stack::chittyos-staging"
DOOR = "urn:pulumi:staging::chittyos::cloudflare:index/r2ManagedDomain:R2ManagedDomain::door"
RULE = "r2-no-dev-url"


def day(ahead):
    return (dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=ahead)).isoformat()


def waiver(resource, ahead=30):
    return {"rule": RULE, "resource": resource, "reason": "demo of June", "expires": day(ahead)}


@pytest.fixture
def configured(tmp_path):
    """Write the configuration for an engine and some waivers."""

    def write(*waivers, version="3.276.0"):
        paths = Paths(tmp_path)
        levels = paths.levels("staging")
        levels.parent.mkdir(parents=True, exist_ok=True)
        settings = {"enforcementLevel": "mandatory", "waivers": list(waivers)}
        levels.write_text(json.dumps({"meta-waivers": settings}))
        tools = Tools(Engine(tmp_path, version, "built"), (Plugin("stand-in", "6.23.1"),), tmp_path)
        return policy_exceptions.configuration(paths, TARGET, tools), levels

    return write


def test_a_waiver_of_a_urn_or_of_the_stack_is_an_exception_until_its_day(configured):
    written, levels = configured(waiver(DOOR), waiver("stack", ahead=0))

    assert written != levels
    document = json.loads(written.read_text())
    first = {"policies": [RULE], "targets": [DOOR]}
    assert document["version"] == 2
    assert document["policies"]["meta-waivers"]["exempted"] is True
    assert document["exceptions"] == {
        "waiver-1": {"reason": f"demo of June (until {day(30)})", "match": [first]},
        "waiver-2": {
            "reason": f"demo of June (until {day(0)})",
            "match": [{**first, "targets": [ROOT_URN]}],
        },
    }


NO_EXCEPTION = {
    "no waiver": ([], "3.276.0"),
    "one that has expired": ([waiver(DOOR, ahead=-1)], "3.276.0"),
    "one whose day is none": ([{**waiver(DOOR), "expires": "soon"}], "3.276.0"),
    "one of a plain name, which the engine cannot match": ([waiver("door")], "3.276.0"),
    "an engine that takes none": ([waiver(DOOR)], "3.259.0"),
}


@pytest.mark.parametrize(("waivers", "version"), NO_EXCEPTION.values(), ids=NO_EXCEPTION)
def test_without_an_exception_the_level_file_is_given_as_it_is(configured, waivers, version):
    written, levels = configured(*waivers, version=version)

    assert written == levels
