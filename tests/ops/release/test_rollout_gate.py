"""The gate of a step: what takes it back, and what does not (FW-4)."""

from itertools import chain, repeat
from typing import Any

import pytest

from ops.health.probes import Answer
from ops.release.rollout_gate import Hold, Watch

NEW, OLD = {"url": "https://some.chitty.cc"}, {"url": "https://some.chitty.cc", "script": "old"}
WELL = Answer("some", "https://some.chitty.cc/health", ok=True, said="200")
ILL = Answer("some", "https://some.chitty.cc/health", ok=False, said="500")
DEGRADED = Answer("some", "a", ok=True, said="200", without=frozenset({"registry"}))
ROUNDS = 60


class Clock:
    """A minute that passes when somebody pauses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("ops.release.rollout_gate.time.monotonic", lambda: self.now)

    def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watch for a minute what answers as given, the last for ever, beside a version before it."""

    def run(*answers: Answer, before: Answer | None = None, **hold: Any) -> Any:
        coming = chain(answers, repeat(answers[-1]))

        def ask(address: Any) -> Answer:
            if address is OLD and before is not None:
                return before
            return next(coming)

        there = {OLD["url"]: OLD} if before else {}
        pause = Clock(monkeypatch).pause
        return Watch(Hold(ROUNDS, **hold), ask, there, pause=pause).run([NEW])

    return run


def test_what_lives_through_the_hold_stays(watched):
    seen = watched(WELL)

    assert (seen.why, seen.failed, seen.others) == ("", 0, {})
    assert seen.asked == ROUNDS + 1


def test_what_fails_several_times_in_a_row_is_taken_back_at_once(watched):
    seen = watched(WELL, ILL)

    assert seen.why == "https://some.chitty.cc/health failed 3 times in a row: 500"
    assert seen.asked == 4


def test_what_fails_now_and_then_is_taken_back_when_it_is_too_often(watched):
    """Every tenth answer: never three in a row, and more than five of a hundred."""
    seen = watched(*([ILL, *[WELL] * 9] * 7))

    assert seen.why == "7 of 61 answers failed, 11 %, where 5 % may"
    assert watched(*([ILL, *[WELL] * 9] * 7), percent=20).why == ""


def test_how_often_in_a_row_can_be_said(watched):
    assert watched(ILL, ILL, ILL, ILL, WELL, in_a_row=5, percent=10).why == ""


def test_incident_22_a_dependant_down_for_a_minute_is_a_warning(watched):
    """A healthy build was taken back for the 503 of what it depends on."""
    seen = watched(DEGRADED)

    assert seen.why == ""
    assert seen.others == {"some goes on without registry": ROUNDS + 1}


def test_what_the_version_before_fails_at_as_well_is_not_the_fault_of_the_new_one(watched):
    seen = watched(ILL, before=ILL)

    assert (seen.why, seen.failed) == ("", 0)
    assert "and so does the version before it" in next(iter(seen.others))
    assert watched(ILL, before=WELL).why
