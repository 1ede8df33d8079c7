"""The load test of Project Awareness on the real runtime, shortened (PA-15, PA-9)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ops.load import report
from ops.load.load_target import Site
from ops.load.run import Outcome, run
from systems.load import Load
from systems.project_awareness.component import rate_limits
from systems.project_awareness.load import load_of
from systems.project_awareness.rates import Rates
from tests.systems.project_awareness.conftest import HOST, KEYS, AwarenessStack, token, upload

pytestmark = pytest.mark.workerd

LIMITED = "limited-awareness-test.chitty.cc"
FEW = Rates(
    all_per_minute=1200,
    all_burst=30,
    strangers_per_minute=60,
    strangers_burst=3,
    auth_per_minute=60,
    auth_burst=3,
    suggestions_per_minute=60,
    suggestions_burst=3,
    sessions_per_minute=60,
    sessions_burst=3,
    sockets_per_minute=240,
    sockets_burst=8,
    sockets_open=9,
)
"""Limits that are met in seconds."""


def shortened(rates: Rates, **changes: Any) -> Load:
    """Return the declared load test, of seconds; nothing is held against a time here."""
    whole = load_of(rates)
    levels = replace(whole.levels, p95_ms=600_000)
    return replace(whole, levels=levels, **changes)


def site(awareness: AwarenessStack, host: str, *, lifted: bool) -> Site:
    given = load_of(Rates()).credential
    assert given
    header = {given.header: given.sign(KEYS[given.secret], 600)} if lifted else {}
    port = awareness.cloud.edge_port
    return Site(f"https://{host}", port, lambda _: token("claude"), header)


@pytest.fixture(scope="module")
def limited(awareness: AwarenessStack) -> Callable[[Load], Outcome]:
    """Run a load test without a credential against a worker with few requests a minute."""
    upload(awareness, "limited-awareness-test", LIMITED, variables=_variables(FEW))
    return lambda test: run(site(awareness, LIMITED, lifted=False), test, lifted=False)


def _variables(rates: Rates) -> dict[str, str]:
    return {
        "RATE_LIMITS": rate_limits(rates),
        "RATE_LIMIT_RPM": str(rates.all_per_minute),
        "MAX_SOCKETS_PER_IP": str(rates.sockets_open),
    }


def test_with_a_credential_everything_is_answered_and_told_in_order(
    awareness: AwarenessStack,
) -> None:
    """PA-15: 100 requests a second for 5 minutes and 100 WebSockets for 10, shortened."""
    test = shortened(Rates(), rate=30, seconds=6, sockets=30, socket_seconds=8)
    outcome = run(site(awareness, HOST, lifted=True), test, lifted=True)

    assert report.faults(outcome, lifted=True) == []
    assert (outcome.answers.sent, outcome.answers.good) == (180, 180)
    assert (outcome.told.opened, outcome.told.dropped.total()) == (30, 0)
    assert outcome.told.messages > 0
    assert outcome.met == []


def test_without_it_every_limit_holds_at_its_number(limited: Callable[[Load], Outcome]) -> None:
    """PA-9: met at the documented count, refused with Retry-After, and bounded under load."""
    test = shortened(FEW, rate=60, seconds=4, sockets=14, socket_seconds=4)
    outcome = limited(test)

    assert report.faults(outcome, lifted=False) == []
    named = ["all", "suggestions", "sessions", "auth", "sockets", "strangers"]
    assert [each.limit.name for each in outcome.met] == named
    assert all(each.refused and each.let_through <= each.most for each in outcome.met)
    assert outcome.answers.refused > 0
    assert 0 < outcome.told.opened <= 10
    assert set(outcome.told.refused) == {"429"}


@pytest.mark.parametrize(
    ("name", "declared", "fault"),
    [
        ("all", {"all_burst": 5, "all_per_minute": 60}, "are the most that it lets through"),
        ("suggestions", {"suggestions_burst": 20}, "20 at once are to be let through"),
    ],
)
def test_a_limit_that_does_not_hold_is_found(
    limited: Callable[[Load], Outcome], name: str, declared: dict[str, int], fault: str
) -> None:
    """PA-9: a deployment that lets through more than is configured, or less, fails the run."""
    other = load_of(FEW.model_copy(update=declared))
    chosen = tuple(each for each in other.limits if each.name == name)
    test = replace(other, limits=chosen, rate=1, seconds=1, sockets=0, socket_seconds=1)
    (found, *_) = report.faults(limited(test), lifted=False)

    assert found.startswith(f"the limit {name}: ")
    assert fault in found


def test_the_credential_stands_in_no_log(awareness: AwarenessStack) -> None:
    lines = json.dumps(awareness.cloud.result("GET", "/local/logs"))

    assert "canary-load" not in lines


def test_it_is_declared_as_the_source_asks_for_it() -> None:
    """PA-15, PA-17."""
    whole = load_of(Rates())

    assert (whole.rate, whole.seconds, whole.sockets, whole.socket_seconds) == (100, 300, 100, 600)
    assert (whole.levels.p95_ms, whole.levels.errors_percent) == (100, 0.1)
    assert sum(each.share for each in whole.requests) == 100
