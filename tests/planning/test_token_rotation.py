"""Which secret a service token is to have next, whatever was done before (OP-5)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from planning.token_rotation import Turn, next_turn

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER, EARLIER = NOW + HOUR, NOW - HOUR


def test_the_first_rotation_keeps_the_first_secret_for_a_while():
    assert next_turn(Turn(1, None), 1, NOW, DAY) == Turn(2, NOW + DAY)


def test_one_that_was_set_and_not_made_is_gone_on_with():
    assert next_turn(Turn(2, LATER), 1, NOW, DAY) == Turn(2, LATER)


def test_one_that_lay_for_too_long_keeps_the_former_secret_from_now_on():
    """Else the new one would be made with a former one that has ended already."""
    assert next_turn(Turn(2, EARLIER), 1, NOW, DAY) == Turn(2, NOW + DAY)


def test_one_that_is_under_way_is_finished_and_another_begun_only_when_asked_for():
    assert next_turn(Turn(2, LATER), 2, NOW, DAY) == Turn(2, LATER)
    assert next_turn(Turn(2, LATER), 2, NOW, DAY, again=True) == Turn(3, NOW + DAY)
    assert next_turn(Turn(2, EARLIER), 2, NOW, DAY) == Turn(3, NOW + DAY)


def test_a_number_that_somebody_made_elsewhere_is_gone_beyond():
    assert next_turn(Turn(1, None), 4, NOW, DAY) == Turn(5, NOW + DAY)


moments = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(tzinfo=UTC)
)


@given(st.integers(1, 5), moments, st.integers(1, 5), st.booleans())
def test_it_never_goes_back_and_never_leaves_the_former_secret_without_time(
    version, until, deployed, again
):
    turn = next_turn(Turn(version, until), deployed, NOW, DAY, again=again)

    assert turn.version >= deployed
    assert turn.until is not None
    assert turn.until > NOW
    settled = next_turn(turn, turn.version, NOW + timedelta(minutes=1), DAY)
    assert settled == turn
