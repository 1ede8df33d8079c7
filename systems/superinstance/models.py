"""Models that the router may ask, and what each costs from when on."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from config.fields import NotEmpty, Settings, Whole
from planning.refusals import RefusedError

NANO_A_TOKEN = 1_000
"""10⁻⁹ dollars a token for each dollar a million tokens."""

MOST_DOLLARS = 100_000
MOST_BYTES = 5_120
"""What Cloudflare takes as the text of a variable."""


def _decimal(value: object) -> object:
    """Take 0.1 as it is written, not as the binary number next to it."""
    return repr(value) if isinstance(value, float) else value


def _payable(dollars: Decimal) -> Decimal:
    if not dollars.is_finite() or not 0 <= dollars <= MOST_DOLLARS or dollars != round(dollars, 3):
        raise RefusedError(
            f"write dollars for a million tokens, from 0 to {MOST_DOLLARS:,}, with at most three "
            "decimals"
        )
    return dollars


Dollars = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    AfterValidator(_payable),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "maximum": MOST_DOLLARS}),
]
"""Dollars for a million tokens."""

ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}$")]
ModelId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:+=-]{0,127}$")]
"""As a provider has it, or the look-alikes of the laptop: `claude-sonnet-5-5+busy=7`."""


class Price(Settings):
    """What a model costs from a day on, in dollars for a million tokens."""

    since: date
    """First day, in UTC, that it costs that."""

    input: Dollars
    """Tokens that are sent."""

    output: Dollars
    """Tokens that are answered."""

    cache_read: Dollars | None = None
    """Tokens that the provider reads from a cache. Default: as `input`."""

    cache_write: Dollars | None = None
    """Tokens that it writes to a cache for five minutes. Default: 1.25 times `input`."""

    cache_write_hour: Dollars | None = None
    """Tokens that it writes to a cache for an hour. Default: twice `input`."""


def _in_order(prices: tuple[Price, ...]) -> tuple[Price, ...]:
    if any(later.since <= earlier.since for earlier, later in pairwise(prices)):
        raise RefusedError("is not in the order of `since`; write the oldest first, each day once")
    return prices


class Model(Settings):
    """A model of a provider."""

    name: ModelName
    """What callers call it, whichever id it has."""

    provider: Literal["anthropic", "openai"]
    """Whose it is."""

    id: ModelId
    """What its provider calls it."""

    max_output: Annotated[Whole, Field(ge=1, le=1_000_000)]
    """Tokens that it answers with at most."""

    prices: Annotated[tuple[Price, ...], NotEmpty, AfterValidator(_in_order)]
    """What it costs, the oldest first: a call costs what holds on its day."""


def distinct(models: tuple[Model, ...]) -> tuple[Model, ...]:
    """Return *models*, whose names and ids are each one model's."""
    named = [each for model in models for each in {model.name, model.id}]
    twice = sorted({each for each in named if named.count(each) > 1})
    if twice:
        raise RefusedError(f"names {', '.join(twice)} more than once; a name is one model's")
    size = len(variable(models).encode())
    if size > MOST_BYTES:
        raise RefusedError(
            f"takes {size:,} bytes as a variable of the worker, of at most {MOST_BYTES:,}; "
            "leave out prices that hold no more, or models"
        )
    return models


def variable(models: Iterable[Model]) -> str:
    """Return *models* as the worker reads them: prices are whole 10⁻⁹ dollars a token."""
    return json.dumps([_written(model) for model in models], separators=(",", ":"))


def _written(model: Model) -> Mapping[str, Any]:
    return {
        "name": model.name,
        "provider": model.provider,
        "id": model.id,
        "max_output": model.max_output,
        "prices": [
            {name: _value(value) for name, value in price if value is not None}
            for price in model.prices
        ],
    }


def _value(value: date | Decimal) -> str | int:
    return value.isoformat() if isinstance(value, date) else int(value * NANO_A_TOKEN)


def _price(since: str, *, cached: str, **dollars: str) -> Price:
    prices: dict[str, Any] = {"since": since, "cache_read": cached, **dollars}
    return Price.model_validate(prices)


LIVE = (
    Model(
        name="claude-sonnet",
        provider="anthropic",
        id="claude-sonnet-5-5",
        max_output=64_000,
        prices=(
            _price(
                "2026-09-29",
                input="2",
                output="10",
                cached="0.2",
                cache_write="2.5",
                cache_write_hour="4",
            ),
        ),
    ),
    Model(
        name="gpt-4",
        provider="openai",
        id="gpt-4.1-2025-04-14",
        max_output=32_768,
        prices=(_price("2025-04-14", input="2", output="8", cached="0.5"),),
    ),
)
"""Sonnet and GPT-4 as Anthropic's and OpenAI's price lists have them on 29 November 2026."""
