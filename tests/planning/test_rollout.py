"""How a share may grow, and which sessions belong to it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.refusals import RefusedError
from planning.rollout import (
    EVERYBODY,
    LADDERS,
    Share,
    check_present,
    check_staging,
    check_step,
    grows,
    next_rung,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
SHARES = st.integers(0, 100).map(lambda cents: Decimal(cents) / 100)
ENVIRONMENTS = st.sampled_from(["development", "staging", "production"])


def share(text, since=None):
    return Share(Decimal(text), since)


@given(environment=ENVIRONMENTS, shares=st.tuples(SHARES, SHARES))
def test_back_is_always_allowed(environment, shares):
    check_step(environment, Share(max(shares)), Share(min(shares)))


@given(environment=ENVIRONMENTS, before=SHARES, after=SHARES)
def test_any_step_is_allowed_when_it_is_said_explicitly(environment, before, after):
    check_step(environment, Share(before), Share(after), confirmed=True)


@given(before=SHARES, after=SHARES)
def test_development_has_no_ladder(before, after):
    check_step("development", Share(before), Share(after))


@pytest.mark.parametrize("environment", LADDERS)
def test_the_ladder_leads_to_everybody_step_by_step(environment):
    before, since = share("0.00"), NOON
    for rung in LADDERS[environment]:
        after = Share(rung, since)
        check_step(environment, before, after)
        before, since = after, since + DAY

    assert before.share == EVERYBODY


@given(environment=st.sampled_from(sorted(LADDERS)), before=SHARES, after=SHARES)
def test_a_step_beyond_the_next_rung_is_refused(environment, before, after):
    if after <= before or after <= next_rung(environment, before):
        return
    with pytest.raises(RefusedError, match=r"skips it; take that step, or say rollout\.confirmed"):
        check_step(environment, Share(before, NOON), Share(after, NOON + DAY))


def test_production_waits_a_day():
    before = share("0.10", NOON)

    check_step("production", before, share("1.00", NOON + DAY))
    with pytest.raises(RefusedError, match=r"0\.10 stands 24 hours before 1\.00"):
        check_step("production", before, share("1.00", NOON + DAY - timedelta(seconds=1)))


def test_production_does_not_go_on_without_knowing_since_when():
    with pytest.raises(RefusedError, match="24 hours apart; set both"):
        check_step("production", share("0.10"), share("1.00", NOON))


@pytest.mark.parametrize("since", [None, NOON, NOON - DAY])
def test_a_share_holds_since_a_time_that_has_come(since):
    check_present(share("0.10", since), NOON)


def test_a_share_of_the_future_is_refused():
    with pytest.raises(RefusedError, match=r"2026-11-21T12:00:01\+00:00 has not come yet"):
        check_present(share("0.10", NOON + timedelta(seconds=1)), NOON)


def test_production_begins_when_staging_was_stable_for_a_day():
    check_staging(share("1.00", NOON - DAY), NOON)


@pytest.mark.parametrize(
    ("staging", "there"),
    [
        (share("0.50", NOON - DAY), r"it is at 0\.50 since 2026-11-20T12:00:00\+00:00"),
        (share("1.00", NOON - DAY / 2), r"it is at 1\.00 since 2026-11-21T00:00:00\+00:00"),
        (share("1.00", NOON + DAY), r"it is at 1\.00 since 2026-11-22T12:00:00\+00:00"),
        (share("1.00"), r"it is at 1\.00, since when is not said"),
    ],
)
def test_production_does_not_begin_before(staging, there):
    with pytest.raises(RefusedError, match="staging has not served everybody for 24 hours") as said:
        check_staging(staging, NOON)

    assert re.search(there, str(said.value))


def test_growth_is_more_than_before_and_more_than_nobody():
    assert grows(share("0.00"), share("0.10"))
    assert not grows(share("0.10"), share("0.10"))
    assert not grows(share("0.00"), share("0.00"))
