"""Prices are data with a date, and a stack may override any of them (CC-14)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.prices import PRICES, Price
from planning.refusals import RefusedError

NAMES = sorted(price.name for price in PRICES)


def test_each_price_has_a_date_a_source_and_a_name_of_its_own():
    assert PRICES.read_on >= date(2026, 11, 28)
    assert len(set(NAMES)) == len(NAMES)
    assert all(price.source.startswith("https://") for price in PRICES)


@pytest.mark.parametrize(
    ("name", "amount", "per", "included"),
    [
        ("do.requests", "0.15", 1_000_000, 1_000_000),
        ("do.duration_gb_s", "12.50", 1_000_000, 400_000),
        ("do.storage_gb_month", "0.20", 1, 5),
        ("r2.storage_gb_month", "0.015", 1, 10),
        ("r2.class_a", "4.50", 1_000_000, 1_000_000),
        ("r2.class_b", "0.36", 1_000_000, 10_000_000),
        ("r2.infrequent_storage_gb_month", "0.01", 1, 0),
        ("kv.reads", "0.50", 1_000_000, 10_000_000),
        ("kv.writes", "5.00", 1_000_000, 1_000_000),
        ("workers.paid_month", "5", 1, 0),
        ("workers.requests", "0.30", 1_000_000, 10_000_000),
        ("workers.cpu_ms", "0.02", 1_000_000, 30_000_000),
        ("onepassword.user", "7.99", 1, 0),
        ("server.digitalocean", "12", 1, 0),
        ("server.aws", "15", 1, 0),
        ("server.hetzner", "5", 1, 0),
    ],
)
def test_the_prices_of_cc_14_id_2_and_pa_16(name, amount, per, included):
    price = PRICES.named(name)

    assert (price.amount, price.per, price.included) == (Decimal(amount), per, included)


def test_an_override_says_that_it_is_one():
    changed = PRICES.override({"r2.storage_gb_month": "0.02", "do.requests.included": 5})

    assert changed.named("r2.storage_gb_month").amount == Decimal("0.02")
    assert changed.named("r2.storage_gb_month").source == "overridden by the stack"
    assert changed.named("do.requests").included == 5
    assert changed.named("do.requests").amount == Decimal("0.15")
    assert PRICES.named("r2.storage_gb_month").amount == Decimal("0.015")


@pytest.mark.parametrize("name", ["r2.storage", "", "r2.storage_gb_month.per", "included"])
def test_an_unknown_price_is_refused_with_the_known_ones(name):
    with pytest.raises(RefusedError, match=r"is no known price; known are: .*r2\.storage_gb_month"):
        PRICES.override({name: "1"})
    with pytest.raises(RefusedError, match="is no known price"):
        PRICES.named(name)


@pytest.mark.parametrize("wrong", ["", "free", "-1", "NaN", "Infinity", "1,5", 0.02, True, None])
def test_what_is_no_amount_of_money_is_refused(wrong):
    with pytest.raises(RefusedError, match=r"^r2\.class_a: .* is no decimal of 0 or more"):
        PRICES.override({"r2.class_a": wrong})


@given(
    name=st.sampled_from(NAMES),
    amount=st.decimals(0, 1_000, places=4),
    field=st.sampled_from(("", ".included")),
)
def test_an_override_moves_its_own_price_only(name, amount, field):
    def others(prices) -> list[Price]:
        return [price for price in prices if price.name != name]

    changed = PRICES.override({name + field: str(amount)})

    assert others(changed) == others(PRICES)
    assert getattr(changed.named(name), field[1:] or "amount") == amount
