"""What a month costs (CC-14), held against the examples that Cloudflare's documentation counts."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.cost import Reading, estimate, rows
from planning.demand import DAYS, GB, MEASURES, Demand, total_demand
from planning.plans import Plan
from planning.prices import PRICES
from planning.refusals import RefusedError
from tests.planning.demands import DEMANDS

PAID = Plan("paid")
EXACT, ROUNDED = Reading.PROPORTIONAL, Reading.ROUNDED_UP
PLANS = st.sampled_from((Plan("free"), PAID, Plan("paid", {"chitty.cc": "pro"})))

VOLUMES = Demand(
    do_requests_month=500_000,
    do_stored_bytes=500_000_000,
    r2_stored_bytes=5 * GB,
    r2_class_a_month=50_000,
    r2_class_b_month=200_000,
    fixed={"onepassword.user": 1},
)
"""CC-14: 500 K Durable Object requests, 500 MB; 5 GB, 50 K uploads, 200 K downloads."""


def costs(plan=PAID, prices=PRICES, **demand):
    return estimate(total_demand({"it": Demand(**demand)}), plan, prices)


def amounts(found, reading=EXACT):
    return {line.price.name: str(line.amount(reading)) for line in found.lines}


@pytest.mark.parametrize(
    ("server", "month", "year", "whole_month", "whole_year"),
    [
        ("server.hetzner", "12.99", "155.88", 13, 156),
        ("server.digitalocean", "19.99", "239.88", 20, 240),
        ("server.aws", "22.99", "275.88", 23, 276),
    ],
)
def test_the_sum_of_cc_14_is_the_free_parts_one_user_and_a_server(
    server, month, year, whole_month, whole_year
):
    """CC-14: $13 to $23 a month, $156 to $276 a year, from the cheapest server to the dearest."""
    connect = replace(VOLUMES, fixed={**VOLUMES.fixed, server: 1})

    found = estimate(total_demand({"connect": connect}), PAID, PRICES)

    for reading in Reading:
        assert found.month(reading, everything=False) == Decimal(month)
        assert found.year(reading, everything=False) == Decimal(year)
        assert found.month(reading) == Decimal(month) + 5  # Workers Paid
    assert round(found.month(EXACT, everything=False)) == whole_month
    assert round(found.year(EXACT, everything=False)) == whole_year


def test_what_first_estimates_leave_out_is_in_the_other_sum():
    """CC-14: Workers Paid, duration of Durable Objects, load balancing, certificates."""
    found = costs(
        Plan("paid", {"chitty.cc": "business"}),
        do_gb_seconds_month=1_400_000,
        load_balancer_endpoints=3,
        load_balancer_queries_month=500_001,
        advanced_certificate_zones=frozenset({"chitty.cc"}),
        kv_stored_bytes=2 * GB,
    )

    assert amounts(found) == {
        "workers.paid_month": "5.00",
        "zone.business": "250.00",
        "kv.storage_gb_month": "0.50",
        "do.duration_gb_s": "12.50",
        "load_balancing.month": "5.00",
        "load_balancing.endpoints": "5.00",
        "load_balancing.queries": "0.50",
        "certificates.zone": "10.00",
    }
    assert found.month(EXACT, everything=False) == Decimal("0.50")
    assert found.month(EXACT) == Decimal("288.50")


def test_examples_of_workers_prices():
    """developers.cloudflare.com/workers/platform/pricing, examples 1, 3 and 4."""
    one = costs(worker_requests_month=15_000_000, worker_cpu_ms_request=7)
    three = costs(worker_requests_month=720, worker_cpu_ms_request=180_000)
    four = costs(worker_requests_month=100_000_000, worker_cpu_ms_request=7)

    assert [found.month(EXACT) for found in (one, three, four)] == [
        Decimal("8.00"),
        Decimal("6.99"),
        Decimal("45.40"),
    ]


@pytest.mark.parametrize(
    ("requests", "gb_seconds", "rounded"),
    [
        (1_500_000, 128_000, "5.15"),
        (3_750_000, 11_059_200, "142.95"),
        (12_960_100, 33_177_600, "419.30"),
        (21_610_000, 552_960, "20.65"),
    ],
)
def test_examples_of_durable_object_prices(requests, gb_seconds, rounded):
    """developers.cloudflare.com/durable-objects/platform/pricing, examples 1 to 4."""
    found = costs(do_requests_month=requests, do_gb_seconds_month=gb_seconds)

    assert found.month(ROUNDED) == Decimal(rounded)


def test_duration_has_two_readings():
    """CC-14; cloudflare-docs#32590: 152,960 GB-s over are $1.91 or $12.50."""
    found = costs(do_gb_seconds_month=552_960)

    assert amounts(found, EXACT)["do.duration_gb_s"] == "1.91"
    assert amounts(found, ROUNDED)["do.duration_gb_s"] == "12.50"


@pytest.mark.parametrize("reading", Reading)
def test_examples_of_r2_prices(reading):
    """developers.cloudflare.com/r2/pricing: standard, infrequent, asset hosting, rounding."""
    standard = costs(r2_stored_bytes=1_000 * GB, r2_class_a_month=1_000, r2_class_b_month=1_000_000)
    infrequent = costs(
        r2_infrequent_stored_bytes=1_000 * GB,
        r2_infrequent_class_a_month=1_000,
        r2_infrequent_class_b_month=1_000_000,
        r2_infrequent_retrieved_bytes_month=1_000 * GB,
    )
    assets = costs(
        r2_stored_bytes=10 * GB, r2_class_a_month=100_000, r2_class_b_month=10_000_000 * DAYS
    )
    started = costs(r2_class_a_month=1_215_440)

    sums = [found.month(reading) - 5 for found in (standard, infrequent, assets, started)]
    assert sums == [Decimal("14.85"), Decimal("29.90"), Decimal("104.40"), Decimal("4.50")]


def test_kv_is_declared_by_the_day_and_paid_by_the_month():
    """ID-2: 10 M reads and 1 M writes a month, then $0.50 and $5 a million."""
    found = costs(kv_reads_day=500_000, kv_writes_day=50_000)

    (reads, writes) = found.lines[1:]
    assert (reads.quantity, reads.free, reads.billed) == (15_000_000, 10_000_000, 5_000_000)
    assert (reads.amount(EXACT), writes.amount(EXACT)) == (Decimal("2.50"), Decimal("2.50"))


def test_workers_free_bills_nothing_of_workers_and_r2_all_the_same():
    found = costs(Plan("free"), kv_reads_day=10**9, r2_class_b_month=20_000_000)

    assert amounts(found) == {"kv.reads": "0.00", "r2.class_b": "3.60"}


def test_a_fixed_cost_without_a_price_is_refused():
    with pytest.raises(RefusedError, match=r"'server\.moon' is no known price"):
        costs(fixed={"server.moon": 1})


def test_what_is_counted_by_use_is_no_fixed_cost():
    with pytest.raises(RefusedError, match=r"'kv\.reads' is counted by use"):
        costs(kv_reads_day=1, fixed={"kv.reads": 1})


def test_rows_say_each_line_and_four_sums():
    found = rows(costs(r2_stored_bytes=1_234 * GB + GB // 2, do_gb_seconds_month=552_960))

    assert [(r.what, r.quantity, r.free, r.billed, r.price) for r in found[:3]] == [
        ("Workers Paid plan", "1", "0", "1", "5 / account"),
        ("Durable Object duration", "552,960", "400,000", "152,960", "12.50 / million GB-s"),
        ("R2 storage", "1,234.5", "10", "1,224.5", "0.015 / GB-month"),
    ]
    assert [(r.what, r.proportional, r.rounded_up) for r in found[2:]] == [
        ("R2 storage", "18.38", "18.38"),
        ("A month, without plans, duration, add-ons and models", "18.38", "18.38"),
        ("A year, without plans, duration, add-ons and models", "220.56", "220.56"),
        ("A month, everything", "25.29", "35.88"),
        ("A year, everything", "303.48", "430.56"),
    ]


@given(demands=DEMANDS, plan=PLANS, measure=st.sampled_from(MEASURES), more=st.integers(1, 10**10))
def test_more_demand_never_costs_less(demands, plan, measure, more):
    before = estimate(total_demand(demands), plan, PRICES)
    grown = {"more": Demand(**{measure: more})}
    after = estimate(total_demand({**demands, **grown}), plan, PRICES)

    for reading in Reading:
        assert after.month(reading) >= before.month(reading)


@given(demands=DEMANDS, plan=PLANS)
def test_free_and_billed_parts_make_up_the_quantity_and_are_never_negative(demands, plan):
    for line in estimate(total_demand(demands), plan, PRICES).lines:
        assert line.free + line.billed == line.quantity
        assert min(line.free, line.billed) >= 0
        assert 0 <= line.amount(EXACT) <= line.amount(ROUNDED)


@given(demands=DEMANDS, plan=PLANS)
def test_the_smaller_sum_is_never_the_larger(demands, plan):
    found = estimate(total_demand(demands), plan, PRICES)

    for reading in Reading:
        assert found.month(reading, everything=False) <= found.month(reading)


@given(
    demands=DEMANDS,
    plan=PLANS,
    name=st.sampled_from([price.name for price in PRICES]),
    amount=st.decimals(0, 100, places=3),
)
def test_an_override_moves_its_own_line_only(demands, plan, name, amount):
    def others(prices):
        found = estimate(total_demand(demands), plan, prices)
        return [line for line in found.lines if line.price.name != name]

    assert others(PRICES.override({name: str(amount)})) == others(PRICES)
