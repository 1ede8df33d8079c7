"""What systems are expected to use, in the units that Cloudflare counts, summed over an account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from planning.refusals import RefusedError

DAYS = 30
"""Days of a month, as Cloudflare's own price examples count."""

GB = 1_000_000_000
"""Bytes of a gigabyte of storage."""

Quantity = int | Decimal


@dataclass(frozen=True)
class Need:
    """A feature that only a plan or an add-on gives: see `planning.plans.FEATURES`.

    *path* is where the configuration asks for it. *zone* is the zone it is for, if it is for one.
    """

    feature: str
    path: str
    zone: str = ""


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What one system is expected to use. Everything is zero unless it is given.

    The end of a name is its unit: a day, a month (30 days), bytes that lie there all month.
    Refused: anything below zero, and anything but whole numbers and decimals.
    """

    crons: tuple[str, ...] = ()
    """Cron expressions, one for each trigger."""

    worker_requests_month: Quantity = 0
    worker_cpu_ms_request: Quantity = 0
    """Milliseconds of CPU that a request takes on average."""

    kv_reads_day: Quantity = 0
    kv_writes_day: Quantity = 0
    kv_deletes_day: Quantity = 0
    kv_lists_day: Quantity = 0
    kv_stored_bytes: Quantity = 0

    do_requests_month: Quantity = 0
    """Requests to Durable Objects: HTTP, RPC sessions, alarms, 1/20 of a WebSocket message."""
    do_gb_seconds_month: Quantity = 0
    """Active time of Durable Objects: 0.128 GB-s a second of each."""
    do_rows_read_month: Quantity = 0
    do_rows_written_month: Quantity = 0
    do_stored_bytes: Quantity = 0

    r2_stored_bytes: Quantity = 0
    r2_class_a_month: Quantity = 0
    r2_class_b_month: Quantity = 0
    r2_infrequent_stored_bytes: Quantity = 0
    r2_infrequent_class_a_month: Quantity = 0
    r2_infrequent_class_b_month: Quantity = 0
    r2_infrequent_retrieved_bytes_month: Quantity = 0

    d1_rows_read_month: Quantity = 0
    d1_rows_written_month: Quantity = 0
    d1_stored_bytes: Quantity = 0

    queue_operations_month: Quantity = 0
    """Writes, reads and deletes of 64 KB: three for a message that is delivered at once."""

    analytics_points_month: Quantity = 0
    """Data points written to Analytics Engine."""
    analytics_queries_month: Quantity = 0

    load_balancer_endpoints: Quantity = 0
    """Origins in the pools of load balancers."""
    load_balancer_queries_month: Quantity = 0
    """DNS queries for the names of load balancers."""

    advanced_certificate_zones: frozenset[str] = frozenset()
    """Zones with advanced certificates: paid once a zone, whoever asks."""

    model_dollars_month: Quantity = 0
    """US dollars that providers of language models are paid, by their own prices."""

    needs: tuple[Need, ...] = ()
    fixed: Mapping[str, Quantity] = field(default_factory=dict)
    """How many of what costs the same every month, by the name of its price: `server.aws`."""

    def __post_init__(self) -> None:
        for name in MEASURES:
            _check(name, getattr(self, name))
        for name, count in self.fixed.items():
            _check(f"fixed.{name}", count)

    @property
    def worker_cpu_ms_month(self) -> Quantity:
        """Return the milliseconds of CPU a month: those of a request times the requests."""
        return Decimal(self.worker_requests_month) * self.worker_cpu_ms_request


MEASURES = tuple(
    each.name
    for each in fields(Demand)
    if each.name not in {"crons", "advanced_certificate_zones", "needs", "fixed"}
)
"""The fields of a `Demand` that are a quantity."""


@dataclass(frozen=True)
class Total:
    """What all systems of an account ask for together, and who asks for how much.

    *demands* are sorted by the name of the system.
    """

    demands: tuple[tuple[str, Demand], ...] = ()

    def sum(self, measure: str) -> Quantity:
        """Return how much of *measure* all systems ask for together."""
        return sum(self.shares(measure).values())

    def shares(self, measure: str) -> dict[str, Quantity]:
        """Return how much of *measure* each system asks for, without those that ask for none."""
        asked = ((system, getattr(demand, measure)) for system, demand in self.demands)
        return {system: quantity for system, quantity in asked if quantity}

    def crons(self) -> dict[str, tuple[str, ...]]:
        """Return the cron expressions of each system that has any."""
        return {system: demand.crons for system, demand in self.demands if demand.crons}

    def certificate_zones(self) -> frozenset[str]:
        """Return the zones for which any system wants an advanced certificate."""
        return frozenset().union(*(each.advanced_certificate_zones for _, each in self.demands))

    def fixed(self) -> dict[str, Quantity]:
        """Return how many of each fixed cost there are, by the name of its price."""
        found: dict[str, Quantity] = {}
        for _, demand in self.demands:
            for name, count in demand.fixed.items():
                found[name] = found.get(name, 0) + count
        return dict(sorted(found.items()))

    def needs(self) -> Iterator[tuple[str, Need]]:
        """Yield each need with the system that has it."""
        for system, demand in self.demands:
            for need in demand.needs:
                yield system, need


def total_demand(demands: Mapping[str, Demand]) -> Total:
    """Return what *demands*, by the name of their system, come to together."""
    return Total(tuple(sorted(demands.items(), key=lambda item: item[0])))


def _check(name: str, quantity: object) -> None:
    if isinstance(quantity, bool) or not isinstance(quantity, int | Decimal):
        raise RefusedError(f"{name}: {quantity!r} is no quantity; give a whole number or a decimal")
    if not Decimal(quantity).is_finite() or quantity < 0:
        raise RefusedError(f"{name}: {quantity} is not 0 or more; correct it")
