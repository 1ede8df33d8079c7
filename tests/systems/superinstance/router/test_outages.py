"""What becomes of calls while something is out: nothing is lost, nothing is billed twice (SI-6)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.support_kills import Killer
from tests.systems.superinstance.conftest import SCRIPT as BILLING
from tests.systems.superinstance.router.stack import SCRIPT, RouterStack
from tests.workers.stack import eventually

pytestmark = pytest.mark.workerd

SEED = 20261129
KILLS = 6
QUESTIONS = 80


@contextmanager
def out(router: RouterStack, worker: str, object_class: str) -> Iterator[None]:
    """Have no object of a class be reached, as in an outage."""
    faults = [{"worker": worker, "durable_object": object_class}]
    router.cloud.result("POST", "/local/faults", json={"faults": faults})
    try:
        yield
    finally:
        router.cloud.result("POST", "/local/faults", json={"faults": []})


def awaited(router: RouterStack, account: str) -> dict[str, Any]:
    """Wait until all calls of the account are billed; return what the ledger says."""
    assert eventually(lambda: router.standing(account)["unbilled_requests"] == 0, 120)
    return router.billed(account)


def test_what_billing_cannot_be_told_it_is_told_later(router):
    """SI-P6."""
    router.admit("billing-down")
    with out(router, BILLING, "BillingLedger"):
        answers = [router.escalate("billing-down", f"q-{number}") for number in range(5)]
        with router.stream("billing-down", "q-stream", model_preference="gpt") as answer:
            stream = answer.read()
        again = router.escalate("billing-down", "q-0")

        assert [answer.status_code for answer in answers] == [200] * 5
        assert stream.endswith(b"data: [DONE]\n\n")
        assert again.headers["idempotent-replayed"] == "true"
        assert router.standing("billing-down")["unbilled_requests"] == 6
        assert router.ask("billing-down", "GET", "/v1/usage").status_code == 503
        assert router.ask(None, "GET", "/docs").status_code == 200

    total = awaited(router, "billing-down")
    assert total["requests"] == 6


def test_without_its_journal_no_provider_is_asked(router):
    router.admit("journal-down", limit=None)
    assert router.standing("journal-down")["requests_remaining"] == 100
    asked = len(router.providers.calls())
    with out(router, SCRIPT, "CallJournal"):
        refused = router.escalate("journal-down", "q-1")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "journal_unavailable")
    assert len(router.providers.calls()) == asked
    assert router.escalate("journal-down", "q-1").is_success


def test_a_request_that_comes_often_at_once_is_made_once(router):
    router.admit("at-once")
    asked = len(router.providers.calls())
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: router.escalate("at-once", "q-1"), range(20)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    texts = {answer.text for answer in answers if answer.is_success}
    assert len(texts) == 1
    codes = {a.json()["error"]["code"] for a in answers if not a.is_success}
    assert codes <= {"request_running"}
    assert len(router.providers.calls()) == asked + 1
    assert awaited(router, "at-once")["requests"] == 1


def test_what_was_answered_is_billed_after_kill_9(router):
    """SI-P5: Each question is asked again until it is answered, while the runtime is killed."""
    router.admit("killed", limit=10_000)
    killer = Killer(router.cloud, kills=KILLS, before=QUESTIONS, seed=SEED)

    def ask(number: int) -> int:
        cost = _until_answered(router, f"q-{number}")
        killer.answered()
        return cost

    with ThreadPoolExecutor(8) as pool:
        costs = list(pool.map(ask, range(QUESTIONS)))

    assert killer.killed >= 1
    total = awaited(router, "killed")
    assert total["requests"] == QUESTIONS
    assert total["cost_nano"] == str(sum(costs))


def _until_answered(router: RouterStack, request_id: str) -> int:
    """Return what the answer costs. A call whose router has died is free when its time is over."""

    def answered() -> httpx.Response | None:
        try:
            answer = router.escalate("killed", request_id, model_preference="claude+tokens=7")
        except httpx.TransportError:
            return None
        return answer if answer.is_success else None

    whole = eventually(answered, 180)
    assert whole is not None
    return int(whole.json()["cost_nano"])
