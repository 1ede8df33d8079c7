"""What counts for a budget, and when it is told (PA-16)."""

from decimal import Decimal

import pytest

from planning.budgets import Spending, kv_operations, part, spent
from planning.cost import _BILLED_ON_ANY_PLAN, _METERED, estimate
from planning.demand import GB, Demand, total_demand
from planning.plans import Plan
from planning.prices import PRICES

BUSY = Demand(
    worker_requests_month=110_000_000,  # 100 million beyond what is included: $30
    kv_writes_day=100_000,  # 2 million a month beyond it: $10
    r2_stored_bytes=1_010 * GB,  # $15
    d1_stored_bytes=9 * GB,  # $3
    fixed={"server.aws": 4},
)


def of(what, dollars, tell_at="0.80"):
    budget = Spending(what, Decimal(dollars), Decimal(tell_at))
    found = estimate(total_demand({"it": BUSY}), Plan("paid", {"chitty.cc": "pro"}), PRICES)
    return spent(budget, found)


def test_what_runs_and_what_lies_there_are_two_budgets():
    assert of("workers", 500).dollars == 40
    assert of("storage", 200).dollars == 18


@pytest.mark.parametrize("price", [*_METERED, *_BILLED_ON_ANY_PLAN])
def test_everything_that_is_billed_by_use_is_in_one_of_them(price):
    expected = None if price.startswith(("load_balancing.", "certificates.")) else part(price)

    assert part(price) == expected
    assert (expected is None) == price.startswith(("load_balancing.", "certificates."))


@pytest.mark.parametrize("price", ["workers.paid_month", "zone.pro", "server.aws"])
def test_what_costs_the_same_every_month_is_in_none(price):
    assert part(price) is None


LEVELS = [(51, False, False), (50, True, False), (40, True, False), (39, True, True)]


@pytest.mark.parametrize(("dollars", "told", "over"), LEVELS)
def test_it_is_told_from_its_share_on_and_over_above_all_of_it(dollars, told, over):
    found = of("workers", dollars)

    assert (found.is_told, found.is_over) == (told, over)


def test_it_says_what_costs_most():
    assert str(of("storage", 200)) == (
        "$18.00 a month are expected of $200 for storage (R2 storage $15.00, D1 storage $3.00)"
    )


def test_operations_of_kv_are_those_of_a_month_of_every_kind():
    asked = Demand(kv_reads_day=1000, kv_writes_day=100, kv_deletes_day=10, kv_lists_day=1)

    assert kv_operations(total_demand({"it": asked})) == 33_330
