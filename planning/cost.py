"""What a month costs: the demand of all systems, held against prices and free parts (CC-14)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from enum import Enum

from planning.demand import DAYS, GB, Quantity, Total
from planning.plans import Plan
from planning.prices import MILLION, Price, Prices, Rounding
from planning.refusals import RefusedError

MONTHS = 12
_CENT = Decimal("0.01")
MODELS = "models.dollars"
"""Name of the price of what providers of models are paid."""


class Reading(Enum):
    """How a started billing unit is read where it is not clear."""

    PROPORTIONAL = "proportional"
    ROUNDED_UP = "rounded up"


@dataclass(frozen=True)
class Line:
    """One thing that is used and what it costs a month, in US dollars and whole cents.

    *free* and *billed* make up *quantity*. *amounts* holds one amount for each reading.
    *easily_forgotten*: a sum of operations, storage and servers alone leaves it out.
    """

    price: Price
    quantity: Decimal
    free: Decimal
    amounts: tuple[Decimal, Decimal]
    easily_forgotten: bool = False

    @property
    def billed(self) -> Decimal:
        """Return the part of the quantity that is paid for, before any rounding up."""
        return self.quantity - self.free

    def amount(self, reading: Reading) -> Decimal:
        """Return what it costs a month, by that *reading*."""
        return self.amounts[0 if reading is Reading.PROPORTIONAL else 1]


@dataclass(frozen=True)
class Estimate:
    """What a month costs: a line for everything that is used, and the prices that were taken."""

    lines: tuple[Line, ...]
    prices: Prices

    def month(self, reading: Reading, *, everything: bool = True) -> Decimal:
        """Return the US dollars of a month. Not *everything*: without what is easily forgotten."""
        counted = (line for line in self.lines if everything or not line.easily_forgotten)
        return sum((line.amount(reading) for line in counted), Decimal(0))

    def year(self, reading: Reading, *, everything: bool = True) -> Decimal:
        """Return twelve times the month."""
        return self.month(reading, everything=everything) * MONTHS


def _measure(name: str, unit: int = 1) -> Callable[[Total], Quantity]:
    return lambda total: Decimal(total.sum(name)) / unit


def _monthly(name: str) -> Callable[[Total], Quantity]:
    return lambda total: Decimal(total.sum(name)) * DAYS


_METERED: dict[str, Callable[[Total], Quantity]] = {
    "workers.requests": _measure("worker_requests_month"),
    "workers.cpu_ms": _measure("worker_cpu_ms_month"),
    "kv.reads": _monthly("kv_reads_day"),
    "kv.writes": _monthly("kv_writes_day"),
    "kv.deletes": _monthly("kv_deletes_day"),
    "kv.lists": _monthly("kv_lists_day"),
    "kv.storage_gb_month": _measure("kv_stored_bytes", GB),
    "do.requests": _measure("do_requests_month"),
    "do.duration_gb_s": _measure("do_gb_seconds_month"),
    "do.rows_read": _measure("do_rows_read_month"),
    "do.rows_written": _measure("do_rows_written_month"),
    "do.storage_gb_month": _measure("do_stored_bytes", GB),
    "d1.rows_read": _measure("d1_rows_read_month"),
    "d1.rows_written": _measure("d1_rows_written_month"),
    "d1.storage_gb_month": _measure("d1_stored_bytes", GB),
    "queues.operations": _measure("queue_operations_month"),
    "analytics.points": _measure("analytics_points_month"),
    "analytics.queries": _measure("analytics_queries_month"),
}
"""What Workers Paid bills. Workers Free bills none of it: beyond its limits it refuses."""

_BILLED_ON_ANY_PLAN: dict[str, Callable[[Total], Quantity]] = {
    "r2.storage_gb_month": _measure("r2_stored_bytes", GB),
    "r2.class_a": _measure("r2_class_a_month"),
    "r2.class_b": _measure("r2_class_b_month"),
    "r2.infrequent_storage_gb_month": _measure("r2_infrequent_stored_bytes", GB),
    "r2.infrequent_class_a": _measure("r2_infrequent_class_a_month"),
    "r2.infrequent_class_b": _measure("r2_infrequent_class_b_month"),
    "r2.infrequent_retrieval_gb": _measure("r2_infrequent_retrieved_bytes_month", GB),
    "load_balancing.month": lambda total: int(total.sum("load_balancer_endpoints") > 0),
    "load_balancing.endpoints": _measure("load_balancer_endpoints"),
    "load_balancing.queries": _measure("load_balancer_queries_month"),
    "certificates.zone": lambda total: len(total.certificate_zones()),
    MODELS: _measure("model_dollars_month"),
}

METERED_ON_ANY_PLAN = {**_METERED, **_BILLED_ON_ANY_PLAN}
"""How much is used of what is billed by use, by the name of its price."""

_EASILY_FORGOTTEN = (
    "workers.paid_",
    "do.duration_",
    "zone.",
    "load_balancing.",
    "certificates.",
    "models.",
)
"""How the names of prices begin that first estimates leave out."""


def estimate(total: Total, plan: Plan, prices: Prices) -> Estimate:
    """Return what *total* costs a month on *plan*; what is not used has no line.

    Refused: a fixed cost that *prices* do not know.
    """
    quantities = dict(_plans(plan))
    quantities |= {name: measure(total) for name, measure in _METERED.items()}
    quantities |= {name: measure(total) for name, measure in _BILLED_ON_ANY_PLAN.items()}
    for name, count in total.fixed().items():
        if name in quantities:
            raise RefusedError(f"{name!r} is counted by use; it is no fixed cost: remove it")
        quantities[name] = count
    unbilled = _METERED.keys() if plan.account == "free" else ()
    return Estimate(
        tuple(
            _line(prices.named(name), Decimal(quantity), free_of_charge=name in unbilled)
            for name, quantity in quantities.items()
            if quantity
        ),
        prices,
    )


def _plans(plan: Plan) -> Iterator[tuple[str, Quantity]]:
    yield "workers.paid_month", int(plan.account == "paid")
    for name in ("pro", "business"):
        yield f"zone.{name}", sum(has == name for has in plan.zones.values())


def _line(price: Price, quantity: Decimal, *, free_of_charge: bool) -> Line:
    free = quantity if free_of_charge else min(quantity, Decimal(price.included))
    units = (quantity - free) / price.per
    whole = units.to_integral_value(ROUND_CEILING)
    least = whole if price.rounding is Rounding.ALWAYS else units
    most = units if price.rounding is Rounding.NEVER else whole
    amounts = (_cents(least * price.amount), _cents(most * price.amount))
    return Line(price, quantity, free, amounts, price.name.startswith(_EASILY_FORGOTTEN))


def _cents(dollars: Decimal) -> Decimal:
    return dollars.quantize(_CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Row:
    """A line of an estimate as text, for a table or for JSON."""

    what: str
    quantity: str
    free: str
    billed: str
    price: str
    proportional: str
    rounded_up: str


def rows(found: Estimate) -> tuple[Row, ...]:
    """Return a row for each line of *found*, then the sums: without what is easily forgotten, all.

    Money is in US dollars a month with two decimals, `12.99`; sums of a year follow those of a
    month.
    """
    lines = [
        Row(
            line.price.what,
            _plain(line.quantity),
            _plain(line.free),
            _plain(line.billed),
            _unit_price(line.price),
            *(f"{line.amount(reading):,.2f}" for reading in Reading),
        )
        for line in found.lines
    ]
    return (*lines, *_sums(found))


def _sums(found: Estimate) -> Iterator[Row]:
    for everything, scope in (
        (False, "without plans, duration, add-ons and models"),
        (True, "everything"),
    ):
        for period, sums in (("month", found.month), ("year", found.year)):
            amounts = (f"{sums(reading, everything=everything):,.2f}" for reading in Reading)
            yield Row(f"A {period}, {scope}", "", "", "", "", *amounts)


def _unit_price(price: Price) -> str:
    amount = {1: "", MILLION: "million "}.get(price.per, f"{price.per:,} ")
    return f"{price.amount} / {amount}{price.unit}"


def _plain(quantity: Decimal) -> str:
    """Return *quantity* with at most three decimals, and none that say nothing."""
    text = f"{quantity:,.3f}"
    return text.rstrip("0").rstrip(".")
