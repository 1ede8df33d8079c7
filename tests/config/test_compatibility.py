"""Date and flags of a worker in a configuration, by the day it is checked on."""

from datetime import UTC, datetime, timedelta, timezone

from config.rules.rollouts import Circumstances
from tests.config.examples import good, load, one, problems, put, source

WORKER = "chittyconnect:worker"
DATE = f"{WORKER}.compatibility_date"
FLAGS = f"{WORKER}.compatibility_flags"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_date_holds_from_its_day_on():
    values = put(good(), DATE, "2026-11-11")

    assert load("development", source(values), around=Circumstances(at("2026-11-11")))
    assert problems(values, around=Circumstances(at("2026-11-10T23:59"))) == [
        (DATE, "'2026-11-11' is refused: 2026-11-10 is today; write that day or an earlier one")
    ]


def test_the_day_is_that_of_the_network_not_that_of_the_caller():
    values = put(good(), DATE, "2026-11-11")
    early = timezone(timedelta(hours=9))

    assert problems(values, around=Circumstances(datetime(2026, 11, 11, 8, tzinfo=early)))


def test_a_date_that_the_pinned_runtime_does_not_know_is_refused_on_any_day():
    (path, text) = problems(
        put(good(), DATE, "2027-01-01"), around=Circumstances(at("2030-01-01"))
    )[0]

    assert path == DATE
    assert "is the latest that the pinned workerd runs" in text


def test_an_unknown_flag_is_refused_before_anything_exists():
    path, text = one(put(good(), FLAGS, ["nodejs_als", "bogus_flag"]))

    assert path == f"{FLAGS}[1]"
    assert text.startswith("'bogus_flag' is no compatibility flag")


def test_two_flags_that_contradict_each_other_are_refused():
    assert one(put(good(), FLAGS, ["no_nodejs_als", "nodejs_als"])) == (
        f"{FLAGS}[1]",
        "nodejs_als contradicts no_nodejs_als, which stands here too; keep one",
    )
