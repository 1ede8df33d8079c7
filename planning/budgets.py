"""What may be spent and used a month, held against what is expected (PA-16).

Prices are those of the account's list; a plan of a zone, a certificate or a server is in no
budget, for it costs the same whatever is used.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from planning.cost import MODELS, Estimate, Line, Reading
from planning.demand import DAYS, Total

What = Literal["workers", "storage", "models"]
BUDGETS: tuple[What, ...] = ("workers", "storage", "models")

STORED = ("r2.", "kv.storage_", "do.storage_", "d1.storage_")
"""How the names of prices begin that are for what lies there; R2 bills its operations as well."""

OF_WORKERS = ("workers.", "kv.", "do.", "d1.", "queues.", "analytics.")
"""How those begin that are for what runs, as far as they are not for storage."""

KV_OPERATIONS = ("kv_reads_day", "kv_writes_day", "kv_deletes_day", "kv_lists_day")


@dataclass(frozen=True)
class Spending:
    """How many dollars a month may be spent on what, and from which share of them it is told."""

    what: What
    dollars: Decimal
    tell_at: Decimal


@dataclass(frozen=True)
class Spent:
    """What is expected to be spent of a budget: in the reading of prices that costs more."""

    budget: Spending
    lines: tuple[Line, ...]

    @property
    def dollars(self) -> Decimal:
        """Return the dollars of a month."""
        return sum((line.amount(Reading.ROUNDED_UP) for line in self.lines), Decimal(0))

    @property
    def is_over(self) -> bool:
        """Whether more is expected than may be spent."""
        return self.dollars > self.budget.dollars

    @property
    def is_told(self) -> bool:
        """Whether so much is expected that it has to be told."""
        return self.dollars >= self.budget.dollars * self.budget.tell_at

    def __str__(self) -> str:
        """Say how much it is, of how much, and what costs most."""
        said = f"${self.dollars:,.2f} a month are expected of ${self.budget.dollars:,} for"
        dearest = sorted(self.lines, key=lambda each: -each.amount(Reading.ROUNDED_UP))[:3]
        named = (
            f"{each.price.what} ${each.amount(Reading.ROUNDED_UP):,.2f}"
            for each in dearest
            if each.amount(Reading.ROUNDED_UP)
        )
        return f"{said} {self.budget.what} ({', '.join(named) or 'nothing is billed'})"


def spent(budget: Spending, expected: Estimate) -> Spent:
    """Return what of *expected* counts for *budget*."""
    return Spent(
        budget, tuple(each for each in expected.lines if part(each.price.name) == budget.what)
    )


def part(price: str) -> What | None:
    """Return the budget that the price of that name is paid from; `None`: from none."""
    if price.startswith(STORED):
        return "storage"
    if price == MODELS:
        return "models"
    fixed = price == "workers.paid_month"
    return "workers" if price.startswith(OF_WORKERS) and not fixed else None


def kv_operations(asked: Total) -> int:
    """Return the operations of KV a month that *asked* has, of every kind."""
    return int(sum(asked.sum(name) for name in KV_OPERATIONS) * DAYS)


def requests(asked: Total) -> int:
    """Return the requests to workers a month that *asked* has."""
    return int(asked.sum("worker_requests_month"))
