"""Compatibility dates, and the flags they imply."""

import pytest

from planning.compatibility import DEFAULT_SINCE, check_date, check_flag
from planning.refusals import RefusedError


def test_a_flag_that_its_date_implies_is_refused_with_the_day():
    with pytest.raises(RefusedError, match="streams_enable_constructors is the default since 2022"):
        check_flag("streams_enable_constructors", "2024-08-29")


@pytest.mark.parametrize(
    ("flag", "date"),
    [("streams_enable_constructors", "2022-11-29"), ("nodejs_compat", "2024-08-29")],
)
def test_a_flag_is_kept_before_it_became_the_default(flag, date):
    assert check_flag(flag, date) == flag


@pytest.mark.parametrize(("flag", "since"), DEFAULT_SINCE.items())
def test_the_day_itself_implies_the_flag(flag, since):
    assert check_date(since) == since
    with pytest.raises(RefusedError):
        check_flag(flag, since)


@pytest.mark.parametrize("text", ["2026-1-1", "20260101", "2026-02-30", "tomorrow", "1999-01-01"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(RefusedError, match="YYYY-MM-DD"):
        check_date(text)
