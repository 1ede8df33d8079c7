"""What calls of SuperInstance are expected to cost at providers, and what is charged (SI-3)."""

from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal

from planning.cost_per_call import Calls
from planning.prices import MILLION
from systems.superinstance.models import Price
from systems.superinstance.settings import SuperInstance

CLOUD = Decimal("1.03")
"""What a provider's answer is multiplied by: the tier `cloud` of the ledger."""

STEP = Decimal("0.001")
"""What a charge is rounded up to, in US dollars."""


def provider_dollars(settings: SuperInstance) -> Decimal:
    """Return the US dollars a month that providers are paid for what is expected."""
    return provider_dollars_a_call(settings) * settings.expected.requests_month


def calls(settings: SuperInstance) -> Calls:
    """Return the calls of a month, and what one is charged: multiplied, rounded up at the end."""
    exact = provider_dollars_a_call(settings) * CLOUD
    steps = (exact / STEP).to_integral_value(ROUND_CEILING)
    return Calls(settings.expected.requests_month, steps * STEP)


def provider_dollars_a_call(settings: SuperInstance) -> Decimal:
    """Return what the preferred model is paid today for the tokens that are expected of a call."""
    price = price_on(settings.router.models[0].prices, datetime.now(UTC).date())
    expected = settings.expected
    asked = price.input * expected.input_tokens_request
    return (asked + price.output * expected.output_tokens_request) / MILLION


def price_on(prices: tuple[Price, ...], day: date) -> Price:
    """Return which of *prices*, the oldest first, holds on *day*: the first before any does."""
    return next((each for each in reversed(prices) if each.since <= day), prices[0])
