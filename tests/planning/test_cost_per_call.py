"""What a call costs: both shares exactly, by the list (SI-3)."""

from decimal import Decimal

from planning.cost_per_call import Calls, per_call
from planning.demand import Demand
from planning.prices import PRICES

MONTH = 1_000_000
USED = Demand(
    worker_requests_month=MONTH,
    worker_cpu_ms_request=5,
    kv_reads_day=Decimal(MONTH) / 30,
    do_rows_written_month=11 * MONTH,
    model_dollars_month=10_500,
)


def test_shares_are_exact_and_nothing_is_taken_for_free():
    found = per_call(USED, Calls(MONTH, Decimal("0.011")), PRICES)

    cloudflare = Decimal("0.30") + 5 * Decimal("0.02") + Decimal("0.50") + 11 * Decimal("1.00")
    assert found is not None
    assert round(found.cloudflare * MONTH, 20) == cloudflare
    assert found.providers == Decimal("0.0105")
    assert str(found) == (
        "$0.000012 Cloudflare + $0.010500 providers of models = $0.010512, charged $0.011"
    )


def test_without_calls_there_is_no_cost_of_one():
    assert per_call(USED, Calls(0, Decimal(0)), PRICES) is None


def test_another_price_is_taken():
    dearer = PRICES.override({"workers.requests": "3000"})

    found = per_call(USED, Calls(MONTH, Decimal(0)), dearer)
    assert found is not None
    assert round(found.cloudflare, 6) == Decimal("0.003012")
