"""What calls are expected to cost at providers, in the forecast and its budgets (SI-3)."""

from datetime import date
from decimal import Decimal

import pytest

import config
from systems.superinstance import spending
from systems.superinstance.models import Price
from systems.superinstance.operations import demand
from tests.systems.superinstance.test_component import load, values

SOURCE = {
    "name": "claude",
    "provider": "anthropic",
    "id": "claude-3-5-sonnet-20241022",
    "max_output": 8192,
    "prices": [{"since": "2024-10-22", "input": 3, "output": 15}],
}
"""The model of the source, at its price."""


def settings(**expected):
    """Give what is configured, with the model of the source as the only one."""
    router = {**values()["superinstance:router"], "models": [SOURCE]}
    given = values(**{"superinstance:router": router, "superinstance:expected": expected})
    return load(given).blocks["superinstance"].settings


def test_a_call_of_the_source_costs_and_is_charged_as_it_has_it():
    """SI-3: 1000 in and 500 out come to $0.010815, and are charged at $0.011."""
    found = settings(requests_month=2_000_000)

    assert spending.provider_dollars_a_call(found) == Decimal("0.0105")
    assert spending.calls(found).charged == Decimal("0.011")
    assert spending.calls(found).month == 2_000_000
    assert demand(found).model_dollars_month == 21_000


@pytest.mark.parametrize(
    ("expected", "measures"),
    {
        "requests_month": ("kv_reads_day", "worker_requests_month", "do_requests_month"),
        "session_requests_month": ("kv_reads_day", "worker_requests_month", "do_requests_month"),
        "account_requests_month": ("kv_reads_day", "worker_requests_month", "do_requests_month"),
        "pulls_month": ("worker_requests_month", "do_requests_month", "do_rows_written_month"),
        "pushes_month": ("worker_requests_month", "do_requests_month", "do_rows_written_month"),
        "synced_entry_bytes": ("d1_stored_bytes",),
        "synced_bytes": ("r2_stored_bytes",),
    }.items(),
)
def test_what_is_expected_is_reckoned_with_where_it_is_billed(expected, measures):
    """SI-1: a key is looked up for whatever is asked with it, and each request is counted."""
    few, many = (demand(settings(**{expected: amount})) for amount in (300_000, 3_000_000))

    assert all(getattr(few, measure) < getattr(many, measure) for measure in measures)


def test_tokens_that_are_expected_are_those_that_are_priced():
    found = settings(input_tokens_request=0, output_tokens_request=2_000)

    assert spending.provider_dollars_a_call(found) == Decimal("0.03")


def test_a_price_holds_from_its_day_on():
    first, later = (
        Price(since=since, input=Decimal(1), output=Decimal(1))
        for since in (date(2026, 11, 1), date(2026, 12, 1))
    )

    days = {date(2026, 10, 1): first, date(2026, 11, 30): first, date(2026, 12, 1): later}
    assert {day: spending.price_on((first, later), day) for day in days} == days


def test_a_forecast_above_the_budget_for_models_is_refused():
    """SI-3: $7,000 are expected of the first model of the default."""
    budget = {"models": {"dollars": 6_999}}

    with pytest.raises(config.ConfigError) as raised:
        load(values(**{"chittyos:budgets": budget}))

    (said,) = [each.text for each in raised.value.problems if each.path.endswith("budgets.models")]
    assert said.startswith("$7,000.00 a month are expected of $6,999 for models")
    assert load(values(**{"chittyos:budgets": {"models": {"dollars": 7_000}}}))
