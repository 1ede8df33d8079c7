"""What billing answers to the workers that are bound to it, on the real runtime (SI-3)."""

import pytest

from tests.systems.superinstance.conftest import BillingStack, entry, eventually

pytestmark = pytest.mark.workerd

ROUNDED_UP = "11000000"
"""$0.011: 1000 tokens in and 500 out of Claude 3.5 Sonnet come to $0.010815 (SI-3)."""


def test_a_request_is_charged_as_the_source_has_it(billing: BillingStack) -> None:
    """SI-A13."""
    answer = billing.record("one", "r-1")

    assert answer.json() == {
        "recorded": True,
        "charged_nano": ROUNDED_UP,
        "balance_nano": f"-{ROUNDED_UP}",
    }


def test_the_same_request_is_billed_once(billing: BillingStack) -> None:
    """SI-A13."""
    first = billing.record("twice", "r-1")
    again = billing.record("twice", "r-1", cost_nano="99000000")

    assert first.json()["recorded"] is True
    assert again.json() == {**first.json(), "recorded": False}


def test_a_flush_moves_what_is_pending_to_d1(billing: BillingStack) -> None:
    """SI-A11."""
    for number in range(3):
        assert billing.record("flushed", f"r-{number}").is_success
    assert billing.balance("flushed")["pending_records"] == 3

    flushed = billing.flush("flushed")

    assert flushed.json() == {"flushed_records": 3, "pending_records": 0, "pending_nano": "0"}
    rows = billing.sql("SELECT * FROM usage WHERE account_id = 'flushed' ORDER BY sequence")
    assert [row["sequence"] for row in rows] == [1, 2, 3]
    assert {row["charged_nano"] for row in rows} == {int(ROUNDED_UP)}
    assert rows[0] | {"at": rows[0]["answered_at"]} | entry("r-0", cost_nano=10_500_000) == (
        rows[0] | {"at": rows[0]["answered_at"]}
    )
    (batch,) = billing.sql("SELECT * FROM batches WHERE account_id = 'flushed'")
    assert (batch["records"], batch["charged_nano"]) == (3, 3 * int(ROUNDED_UP))


def test_five_dollars_pending_go_to_d1_by_themselves(billing: BillingStack) -> None:
    """SI-A14."""
    dear = {"cost_nano": "5000000000", "multiplier_tier": "local"}
    assert billing.record("dear", "r-1", **dear).is_success

    assert eventually(lambda: billing.balance("dear")["pending_records"] == 0)
    (mark,) = billing.sql("SELECT flushed FROM ledgers WHERE account_id = 'dear'")
    assert mark["flushed"] == 1
