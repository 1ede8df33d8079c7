"""Compatibility dates, and the flags they imply."""

from datetime import date as day

import pytest

from planning.compatibility import check_date, check_flag, check_reached, has_node
from planning.refusals import RefusedError
from planning.runtime_flags import DEFAULT_SINCE


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


@pytest.mark.parametrize(
    ("date", "today", "said"),
    [
        ("2026-11-24", "2026-11-24", None),
        ("2026-11-24", "2027-06-01", None),
        ("2026-11-25", "2026-11-26", "2026-11-24 is the latest that the pinned workerd runs"),
        ("2999-01-01", "2027-06-01", "2026-11-24 is the latest that the pinned workerd runs"),
        ("2026-11-11", "2026-11-10", "2026-11-10 is today; write that day or an earlier one"),
    ],
)
def test_a_date_is_refused_that_is_to_come_or_that_the_runtime_does_not_know(date, today, said):
    if said is None:
        assert check_reached(date, day.fromisoformat(today)) == date
    else:
        with pytest.raises(RefusedError, match=f"^'{date}' is refused: {said}"):
            check_reached(date, day.fromisoformat(today))


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("bogus_flag", r"'bogus_flag' is no compatibility flag that workers .* may have"),
        ("nodejs_compatt", "did you mean nodejs_compat"),
        ("durable_object_rename", "is no compatibility flag"),
        ("x" * 5_000, "^'x{80}' is no"),
    ],
    ids=["unknown", "mistyped", "experimental", "long"],
)
def test_a_flag_that_no_deployed_worker_may_have_is_refused(flag, said):
    with pytest.raises(RefusedError, match=said):
        check_flag(flag, "2026-11-01")


def test_a_flag_and_what_turns_it_off_are_not_taken_together():
    assert check_flag("nodejs_als", "2026-11-01", beside=["nodejs_als", "rpc"]) == "nodejs_als"
    with pytest.raises(RefusedError, match="contradicts no_nodejs_als, which stands here too"):
        check_flag("nodejs_als", "2026-11-01", beside=["no_nodejs_als", "nodejs_als"])


@pytest.mark.parametrize(
    ("date", "flags", "has"),
    [
        ("2026-08-04", (), True),
        ("2026-08-03", (), False),
        ("2026-08-03", ("nodejs_compat",), True),
        ("2024-09-23", ("nodejs_compat",), True),
        ("2024-09-22", ("nodejs_compat",), False),
        ("2024-09-22", ("nodejs_compat_v2",), True),
        ("2026-11-01", ("no_nodejs_compat",), True),
        ("2026-11-01", ("no_nodejs_compat", "no_nodejs_compat_v2"), False),
    ],
)
def test_w24_which_workers_import_the_modules_of_node_by_their_plain_names(date, flags, has):
    assert has_node(date, flags) is has


@pytest.mark.parametrize(
    ("flag", "date", "beside"),
    [
        ("nodejs_compat_populate_process_env", "2026-11-01", []),
        ("nodejs_compat_populate_process_env", "2025-04-01", ["nodejs_compat"]),
        ("enable_nodejs_http_server_modules", "2025-09-01", ["nodejs_compat"]),
    ],
)
def test_a_flag_that_another_brings_along_is_refused_with_the_day(flag, date, beside):
    """PA-1: no flag stands there that holds anyway, also by way of another."""
    with pytest.raises(RefusedError, match=rf"{flag} comes with .* since 2025-.*remove the flag"):
        check_flag(flag, date, beside=[*beside, flag])


def test_a_flag_that_another_would_bring_along_is_kept_without_it():
    flag = "nodejs_compat_populate_process_env"

    assert check_flag(flag, "2025-04-01", beside=[flag]) == flag
    assert check_flag(flag, "2025-03-31", beside=["nodejs_compat", flag]) == flag
    assert check_flag(flag, "2026-11-01", beside=["no_nodejs_compat", flag]) == flag
