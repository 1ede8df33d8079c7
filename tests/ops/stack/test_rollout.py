"""Steps of the rollout and the ways back, as values of the configuration."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ops.errors import OpsError
from ops.stack import rollback, rollout
from ops.stack.systems import find_rollback, find_rollout
from ops.stack.target import Target
from systems.registry import SYSTEMS

WAYS = {
    f"{system.name}.{what}": way for system in SYSTEMS for what, way in system.rollbacks.items()
}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = "2026-11-20T12:00:00+00:00"


def target(environment="staging", **block):
    return Target(environment, environment, {"chittyconnect:rollout": block} if block else {})


def course(environment="staging", **block):
    return course_of(target(environment, **block))


def course_of(stack):
    return rollout.Course(stack, *find_rollout(stack, "chittyconnect"))


def back(what, stack):
    return rollback.values(stack, *find_rollback(stack, f"chittyconnect.{what}"), NOW)


def test_a_step_keeps_what_held_before_and_since_when():
    before = course(percentage="0.10", since=AT)

    assert rollout.step(before, Decimal("0.25"), now=NOW) == {
        "chittyconnect:rollout.everyone": "false",
        "chittyconnect:rollout.percentage": "0.25",
        "chittyconnect:rollout.since": "2026-11-21T12:00:00+00:00",
        "chittyconnect:rollout.previous.percentage": "0.10",
        "chittyconnect:rollout.previous.since": AT,
        "chittyconnect:rollout.confirmed": None,
    }


def test_a_step_to_everyone_says_so():
    assert rollout.step(course(), Decimal(1), now=NOW)["chittyconnect:rollout.everyone"] == "true"


def test_a_reason_is_kept_with_the_step_it_allowed():
    values = rollout.step(course(), Decimal(1), confirmed="incident 7", now=NOW)

    assert values["chittyconnect:rollout.confirmed"] == "incident 7"


NEXT = {
    "staging, at first": (course(percentage="0.10"), Decimal("0.25")),
    "staging, half": (course(percentage="0.50"), Decimal("1.00")),
    "production": (course("production", percentage="0.10"), Decimal("1.00")),
    "everyone": (course(everyone=True), None),
    "development": (course("development", percentage="0.10"), None),
}


@pytest.mark.parametrize(("at", "following"), NEXT.values(), ids=NEXT)
def test_the_next_step_is_the_next_rung(at, following):
    assert rollout.next_share(at) == following


BAD = {
    "a share that is none": ({"percentage": "lots"}, r"chittyconnect:rollout\.percentage: "),
    "an unknown key": ({"percent": "0.10"}, r"chittyconnect:rollout\.percent: "),
    "no block": (["0.10"], r"chittyconnect:rollout: "),
}


@pytest.mark.parametrize(("block", "path"), BAD.values(), ids=BAD)
def test_a_rollout_that_is_none_is_one_sentence_with_its_path(block, path):
    bad = Target("staging", "staging", {"chittyconnect:rollout": block})

    with pytest.raises(OpsError, match=rf"^Pulumi\.staging\.yaml: {path}.*; correct it$"):
        rollout.next_share(course_of(bad))


@pytest.mark.parametrize("text", ["2", "-0.1", "half", "", "NaN", "Infinity"])
def test_a_share_that_is_none_is_refused(text):
    with pytest.raises(OpsError, match=r"it takes 0\.00 to 1\.00"):
        rollout.parse_share(text)


def test_the_way_back_from_durable_objects_is_off_and_nobody():
    values = back("durable-objects", target(everyone=True, since=AT))

    assert values["chittyconnect:rollout.everyone"] == "false"
    assert values["chittyconnect:rollout.percentage"] == "0.00"


def test_the_other_ways_back():
    assert back("documents", target()) == {"chittyconnect:documents.enabled": "false"}
    assert back("credentials", target()) == {"chittyconnect:credentials.connect_url": None}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_every_way_back_says_what_it_restores_and_what_it_cannot(way):
    assert way.restores.endswith(".")
    assert way.cannot.endswith(".")


def test_a_name_that_is_none_is_refused_with_those_there_are():
    with pytest.raises(OpsError, match=r"no rollout 'chittyconnect\.x'; there are: chittyconnect"):
        find_rollout(target(), "chittyconnect.x")
    with pytest.raises(OpsError, match=r"there are: chittyconnect\.durable-objects, "):
        find_rollback(target(), "documents")
