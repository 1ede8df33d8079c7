"""What Cloudflare and others charge, as data with a date. A stack may override any of it."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum

from planning.refusals import RefusedError

MILLION = 1_000_000
READ_ON = date(2026, 11, 28)
"""When these prices were last compared with their sources."""

_DOCS = "https://developers.cloudflare.com"
_INCLUDED = ".included"


class Rounding(Enum):
    """Whether a part of a billing unit costs as much as a whole one."""

    NEVER = "proportional"
    ALWAYS = "rounded up"
    UNCLEAR = "proportional or rounded up"
    """Both readings are about: examples round up, bills have been seen to do either."""


@dataclass(frozen=True)
class Price:
    """A price in US dollars: *amount* for each *per* of *unit*, after *included* a month.

    What Workers Free includes is another matter: see `planning.plans`.
    """

    name: str
    what: str
    unit: str
    amount: Decimal
    source: str
    per: int = 1
    included: int | Decimal = 0
    rounding: Rounding = Rounding.NEVER


@dataclass(frozen=True)
class Prices:
    """A list of prices, and the day it was last compared with its sources."""

    read_on: date
    items: tuple[Price, ...]

    def __iter__(self) -> Iterator[Price]:
        return iter(self.items)

    def named(self, name: str) -> Price:
        """Return the price called *name*, or refuse it with the names there are."""
        for price in self.items:
            if price.name == name:
                return price
        raise RefusedError(self._unknown(name))

    def override(self, changes: Mapping[str, str | int | Decimal]) -> "Prices":
        """Return these prices with *changes*: `r2.storage_gb_month: "0.02"`, in US dollars.

        `NAME.included` changes what is included a month. Refused: an unknown name, and a value
        that is no decimal of 0 or more.
        """
        found = {price.name: price for price in self.items}
        for key, value in changes.items():
            name = key.removesuffix(_INCLUDED)
            if name not in found:
                raise RefusedError(self._unknown(name))
            field = "included" if key.endswith(_INCLUDED) else "amount"
            changed = {field: _decimal(key, value), "source": "overridden by the stack"}
            found[name] = replace(found[name], **changed)  # type: ignore[arg-type]
        return replace(self, items=tuple(found.values()))

    def _unknown(self, name: str) -> str:
        known = ", ".join(price.name for price in self.items)
        return f"{name!r} is no known price; known are: {known}"


def _decimal(name: str, value: object) -> Decimal:
    """Return *value* exactly; a float is refused, for it is not what was written."""
    found = Decimal("NaN")
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        with suppress(InvalidOperation):
            found = Decimal(value)
    if not found.is_finite() or found < 0:
        raise RefusedError(
            f'{name}: {value!r} is no decimal of 0 or more; write it in quotes, as "0.02"'
        )
    return found


_Row = tuple[str, str, int, int, str, str]
"""Name, US dollars, for how many, how many are included a month, unit, what it is."""


def _listed(source: str, rounding: Rounding, *rows: _Row) -> tuple[Price, ...]:
    return tuple(
        Price(name, what, unit, Decimal(amount), source, per, included, rounding)
        for name, amount, per, included, unit, what in rows
    )


_BILLION = 1_000 * MILLION

PRICES = Prices(
    READ_ON,
    _listed(
        f"{_DOCS}/workers/platform/pricing/",
        Rounding.NEVER,
        ("workers.paid_month", "5", 1, 0, "account", "Workers Paid plan"),
        ("workers.requests", "0.30", MILLION, 10 * MILLION, "requests", "Worker requests"),
        ("workers.cpu_ms", "0.02", MILLION, 30 * MILLION, "ms", "Worker CPU time"),
    )
    + _listed(
        f"{_DOCS}/kv/platform/pricing/",
        Rounding.NEVER,
        ("kv.reads", "0.50", MILLION, 10 * MILLION, "reads", "KV reads"),
        ("kv.writes", "5.00", MILLION, MILLION, "writes", "KV writes"),
        ("kv.deletes", "5.00", MILLION, MILLION, "deletes", "KV deletes"),
        ("kv.lists", "5.00", MILLION, MILLION, "lists", "KV lists"),
        ("kv.storage_gb_month", "0.50", 1, 1, "GB-month", "KV storage"),
    )
    + _listed(
        # The storage of SQLite-backed objects is billed since 2026-01-07.
        f"{_DOCS}/durable-objects/platform/pricing/",
        Rounding.UNCLEAR,
        ("do.requests", "0.15", MILLION, MILLION, "requests", "Durable Object requests"),
        ("do.duration_gb_s", "12.50", MILLION, 400_000, "GB-s", "Durable Object duration"),
        ("do.rows_read", "0.001", MILLION, 25 * _BILLION, "rows", "Durable Object rows read"),
        ("do.rows_written", "1.00", MILLION, 50 * MILLION, "rows", "Durable Object rows written"),
        ("do.storage_gb_month", "0.20", 1, 5, "GB-month", "Durable Object storage"),
    )
    + _listed(
        f"{_DOCS}/r2/pricing/",
        Rounding.ALWAYS,
        ("r2.storage_gb_month", "0.015", 1, 10, "GB-month", "R2 storage"),
        ("r2.class_a", "4.50", MILLION, MILLION, "operations", "R2 class A operations"),
        ("r2.class_b", "0.36", MILLION, 10 * MILLION, "operations", "R2 class B operations"),
        (
            "r2.infrequent_storage_gb_month",
            "0.01",
            1,
            0,
            "GB-month",
            "R2 Infrequent Access storage",
        ),
        ("r2.infrequent_class_a", "9.00", MILLION, 0, "operations", "R2 Infrequent Access class A"),
        ("r2.infrequent_class_b", "0.90", MILLION, 0, "operations", "R2 Infrequent Access class B"),
        ("r2.infrequent_retrieval_gb", "0.01", 1, 0, "GB", "R2 Infrequent Access retrieval"),
    )
    + _listed(
        f"{_DOCS}/d1/platform/pricing/",
        Rounding.NEVER,
        ("d1.rows_read", "0.001", MILLION, 25 * _BILLION, "rows", "D1 rows read"),
        ("d1.rows_written", "1.00", MILLION, 50 * MILLION, "rows", "D1 rows written"),
        ("d1.storage_gb_month", "0.75", 1, 5, "GB-month", "D1 storage"),
    )
    + _listed(
        f"{_DOCS}/queues/platform/pricing/",
        Rounding.NEVER,
        ("queues.operations", "0.40", MILLION, MILLION, "operations", "Queue operations"),
    )
    + _listed(
        f"{_DOCS}/analytics/analytics-engine/pricing/",
        Rounding.NEVER,
        ("analytics.points", "0.25", MILLION, 10 * MILLION, "points", "Analytics Engine points"),
        ("analytics.queries", "1.00", MILLION, MILLION, "queries", "Analytics Engine queries"),
    )
    + _listed(
        # Plans are billed by the month; by the year Pro is $20 and Business $200 a month.
        "https://www.cloudflare.com/plans/",
        Rounding.ALWAYS,
        ("zone.pro", "25", 1, 0, "zone", "Pro plan of a zone"),
        ("zone.business", "250", 1, 0, "zone", "Business plan of a zone"),
        ("load_balancing.month", "5", 1, 0, "account", "Load Balancing"),
        ("load_balancing.endpoints", "5", 1, 2, "endpoint", "Load Balancing endpoints"),
        ("load_balancing.queries", "0.50", 500_000, 500_000, "queries", "Load Balancing queries"),
        ("certificates.zone", "10", 1, 0, "zone", "Advanced Certificate Manager"),
    )
    + _listed(
        # Dollars that are spent; what a model costs stands in the configuration of who asks it.
        "https://www.anthropic.com/pricing, https://openai.com/api/pricing/",
        Rounding.NEVER,
        ("models.dollars", "1", 1, 0, "dollar", "Providers of models"),
    )
    + _listed(
        "https://1password.com/pricing/",
        Rounding.ALWAYS,
        ("onepassword.user", "7.99", 1, 0, "user", "1Password"),
    )
    + _listed(
        # Servers with 2 GB for 1Password Connect; those of AWS and Hetzner cost about this.
        "https://www.digitalocean.com/pricing/, https://aws.amazon.com/ec2/pricing/, "
        "https://www.hetzner.com/cloud/",
        Rounding.ALWAYS,
        ("server.digitalocean", "12", 1, 0, "server", "Server at DigitalOcean"),
        ("server.aws", "15", 1, 0, "server", "Server at AWS"),
        ("server.hetzner", "5", 1, 0, "server", "Server at Hetzner"),
    ),
)
"""The prices that are used where a stack overrides none."""
