"""The load test that `ops load` runs: fifty clients of one account, each call billed (SI-P5)."""

import asyncio
from dataclasses import replace

import pytest

from ops.load import report, server_counts
from ops.load.load_target import Site
from ops.load.run import run
from ops.load.server_counts import Counted
from systems.load import Load
from systems.superinstance.load import ACCOUNT, load
from tests.config.examples import loaded
from tests.systems.superinstance.router.stack import HOST, RouterStack, key

pytestmark = pytest.mark.workerd


def declared() -> Load:
    """Give the declared load test, of seconds; nothing is held against a time here."""
    whole = load(loaded().blocks["superinstance"].settings)
    levels = replace(whole.levels, p95_ms=600_000)
    return replace(whole, levels=levels, rate=20, seconds=3, sockets=0)


def test_each_call_of_a_load_test_is_billed_in_full(router: RouterStack) -> None:
    """SI-P5, SI-6."""
    router.admit(ACCOUNT)
    site = Site(f"https://{HOST}", router.cloud.edge_port, lambda _: key(ACCOUNT))
    test = declared()
    outcome = run(site, test, lifted=True)

    assert report.faults(outcome, lifted=True) == []
    assert outcome.answers.outcomes == {"200": 60}
    assert outcome.counted == Counted("billed", 54, 54, 54)

    # One that was answered and is not billed would be found.
    assert test.tally
    tally = replace(test.tally, patience_seconds=0)
    short = asyncio.run(server_counts.settle(site, tally, 0, 55, 60))
    assert short.fault == "55 requests were answered, and 54 billed"


def test_a_call_that_is_billed_twice_is_found() -> None:
    assert Counted("billed", 5, 3, 4).fault == "4 requests were sent, and 5 billed"
    assert Counted("billed", 4, 3, 4).fault == ""
