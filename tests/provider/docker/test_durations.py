"""Durations are those of Go."""

import pytest

from provider.docker.durations import nanoseconds

SECOND = 10**9


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("1m0s", 60),
        ("1.5h", 5400),
        ("300ms", 0.3),
        ("0", 0),
        ("0s", 0),
        ("2h3m4s", 7384),
    ],
)
def test_a_duration_is_counted(text, seconds):
    assert nanoseconds(text) == int(seconds * SECOND)


@pytest.mark.parametrize("text", ["", "30", "s", "30 s", "1d", "-1s", "1s!", "1m 0s"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 — the text is all it says
        nanoseconds(text)
