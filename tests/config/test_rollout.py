"""When a share of the rollout may grow: the ladder, the present, and what staging says (CC-3)."""

import re
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from config import ConfigError
from config.rules.rollouts import Circumstances
from tests.config.examples import good, load, put, source

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
REASON = "incident 12, all agreed"


def at(share, since=None, **more):
    """Write a rollout as a file has it."""
    said = {"everyone": True} if share == "1.00" else {"percentage": float(share)}
    return said | ({"since": since.isoformat()} if since else {}) | more


STABLE = at("1.00", NOW - DAY)


@pytest.fixture
def ask(tmp_path):
    """Load a stack of another rollout beside a staging; give path and text of what is wrong."""

    def loaded(rollout, staging=STABLE, stack="production", now=NOW):
        if staging is not None:
            text = yaml.safe_dump({"config": {"chittyconnect:rollout": staging}})
            (tmp_path / "Pulumi.staging.yaml").write_text(text)
        values = put(good(stack), "chittyconnect:rollout", rollout)
        try:
            load(stack, source(values, stack), around=Circumstances(now, tmp_path))
        except ConfigError as error:
            (problem,) = error.problems
            return problem.path, problem.text
        return None

    return loaded


GROWS = {
    "begins": at("0.10", NOW),
    "begins, since when is not said": at("0.10"),
    "goes on": at("1.00", NOW, previous=at("0.10", NOW - DAY)),
}
UNSTABLE = {
    "not there": (None, "Pulumi.staging.yaml: config: the file does not exist"),
    "on its way": (at("0.50", NOW - DAY), "it is at 0.50 since 2026-11-20T12:00:00+00:00"),
    "fresh": (at("1.00", NOW - DAY + SECOND), "it is at 1.00 since 2026-11-20T12:00:01+00:00"),
    "since when is not said": (at("1.00"), "it is at 1.00, since when is not said"),
    "back": (at("0.00", NOW - DAY), "it is at 0.00 since"),
    "without a rollout": ({}, "it is at 0.10, since when is not said"),
    "no rollout": ("all of it", "Pulumi.staging.yaml: chittyconnect:rollout: cannot be read"),
}


@pytest.mark.parametrize("rollout", GROWS.values(), ids=GROWS)
@pytest.mark.parametrize(("staging", "there"), UNSTABLE.values(), ids=UNSTABLE)
def test_production_does_not_grow_before_staging_is_stable(ask, rollout, staging, there):
    path, text = ask(rollout, staging)

    assert path == f"chittyconnect:rollout.{'everyone' if 'everyone' in rollout else 'percentage'}"
    assert there in text
    assert text.endswith("or say rollout.confirmed: <reason>")


@pytest.mark.parametrize("rollout", GROWS.values(), ids=GROWS)
def test_production_grows_when_staging_is_stable(ask, rollout):
    assert ask(rollout) is None


@pytest.mark.parametrize("rollout", GROWS.values(), ids=GROWS)
def test_production_grows_before_when_that_is_said_explicitly(ask, rollout):
    assert ask({**rollout, "confirmed": REASON}, None) is None


WAITS = "it is at 0.50 since 2026-11-20T12:00:00"


@pytest.mark.parametrize(
    ("there", "said"),
    [(STABLE, ""), (at("0.50", NOW - DAY), WAITS)],
    ids=["stable", "on its way"],
)
def test_production_asks_the_stack_that_the_system_of_staging_was_put_in(tmp_path, there, said):
    """CC-3, FW-4: cut into stacks, staging holds production back as it does whole."""
    values = {"chittyos:environment": "staging", "chittyconnect:rollout": there}
    for stack, config in (("staging", {}), ("staging-connect", values)):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))
    given = put(good("production"), "chittyconnect:rollout", GROWS["begins"])

    stops = pytest.raises(ConfigError, match=re.escape(said)) if said else nullcontext()
    with stops:
        load("production", source(given, "production"), around=Circumstances(NOW, tmp_path))


STAYS = {
    "nobody": at("0.00"),
    "a step back": at("0.05", NOW, previous=at("0.10", NOW - DAY)),
    "the same": at("0.10", NOW, previous=at("0.10", NOW - DAY)),
    "all the way back": at("0.00", NOW, previous={"percentage": 1.0}),
}


@pytest.mark.parametrize("rollout", STAYS.values(), ids=STAYS)
def test_what_does_not_grow_asks_nobody(ask, rollout):
    assert ask(rollout, None) is None


@pytest.mark.parametrize("stack", ["development", "pr-7", "staging"])
def test_only_production_waits_for_staging(ask, stack):
    assert ask(at("0.10", NOW), None, stack) is None


def test_what_once_was_allowed_is_allowed_later(ask):
    assert ask(at("0.10", NOW), now=NOW + 365 * DAY) is None


def test_a_step_that_was_too_soon_does_not_become_right_by_waiting(ask):
    assert ask(at("0.10", NOW), at("1.00", NOW), now=NOW + 2 * DAY)


@pytest.mark.parametrize("stack", ["development", "staging", "production"])
@pytest.mark.parametrize("more", [{}, {"confirmed": REASON}])
def test_a_time_that_has_not_come_is_refused(ask, stack, more):
    assert ask(at("0.10", NOW + SECOND, **more), stack=stack) == (
        "chittyconnect:rollout.since",
        (
            "2026-11-21T12:00:01+00:00 has not come yet; a share holds since it was set, "
            "so write the time of now or leave it to `python -m ops rollout`"
        ),
    )


def test_a_wait_is_not_shortened_by_a_date_to_come(ask):
    soon = at("1.00", NOW + DAY, previous=at("0.10", NOW))
    later = at("0.10", NOW, previous=at("0.00", NOW + DAY))

    assert ask(soon)[0] == "chittyconnect:rollout.since"
    assert ask(later)[0] == "chittyconnect:rollout.previous.since"


def test_a_rehearsal_is_told_as_well(tmp_path):
    values = {
        **put(good("production"), "chittyconnect:rollout", at("0.10")),
        "chittyos:rehearsal": True,
        "cloudflare:baseUrl": "http://127.0.0.1:4400/client/v4",
    }
    with pytest.raises(ConfigError, match=r"rollout\.percentage: 0\.10 is refused"):
        load("production", source(values, "production"), around=Circumstances(NOW, tmp_path))


def test_the_tracked_production_begins_with_nobody_and_waits_for_the_tracked_staging():
    values = good("production")

    assert (
        load("production", source(values, "production"))
        .blocks["chittyconnect"]
        .settings.rollout.share
        == 0
    )
    begun = put(values, "chittyconnect:rollout", at("0.10"))
    with pytest.raises(ConfigError, match=r"staging has not served everybody .* at 0\.10"):
        load("production", source(begun, "production"))
