"""What SuperInstance is expected to use, and what it has to answer (SI-3, SI-6)."""

from decimal import Decimal

from planning.demand import Demand
from systems.superinstance.settings import SuperInstance
from systems.system import Smoke

CPU_MS = 2
"""Milliseconds of CPU that billing takes for a request of another worker: schema and charge."""

GB_SECONDS_A_REQUEST = Decimal("0.128") * Decimal("0.02")
"""An object of 128 MB that is awake for 20 ms."""

OBJECT_ROWS_WRITTEN_A_RECORD = 6
"""Rows of a ledger: the request, what is pending and its end, the day, the account twice."""

OBJECT_ROWS_READ_A_RECORD = 6
OBJECT_ROWS_READ_A_BALANCE = 2

D1_ROWS_WRITTEN_A_RECORD = 1
"""The row of usage: it has no other index than its key."""

D1_ROWS_WRITTEN_A_FLUSH = 2
"""The batch, and the mark of how far the ledger is."""

D1_ROWS_READ_A_FLUSH = 4


def demand(settings: SuperInstance) -> Demand:
    """Return what it is expected to use; calls between workers are no requests of their own."""
    expected = settings.expected
    records, flushes = expected.requests_month, expected.flushes_month
    objects = records + expected.balance_reads_month + flushes
    read = records * OBJECT_ROWS_READ_A_RECORD
    return Demand(
        worker_cpu_ms_request=CPU_MS,
        do_requests_month=objects,
        do_gb_seconds_month=objects * GB_SECONDS_A_REQUEST,
        do_rows_written_month=records * OBJECT_ROWS_WRITTEN_A_RECORD,
        do_rows_read_month=read + expected.balance_reads_month * OBJECT_ROWS_READ_A_BALANCE,
        d1_rows_written_month=records * D1_ROWS_WRITTEN_A_RECORD
        + flushes * D1_ROWS_WRITTEN_A_FLUSH,
        d1_rows_read_month=records + flushes * D1_ROWS_READ_A_FLUSH,
    )


SMOKE = (
    Smoke("/health", contains='"status":"healthy"'),
    Smoke("/topup", 400, "signature_refused", "POST", body={"type": "payment_intent.succeeded"}),
    Smoke("/record", 404, "not_found", "POST", body={}),
    Smoke("/balance?account_id=somebody", 404, "not_found"),
    Smoke("/v1/status", contains='"models":[{', bearer="SERVICE_KEY", address=1),
    Smoke("/v1/status", 401, "unauthorized", address=1),
    Smoke("/v1/escalate", 401, "unauthorized", "POST", body={"query": "hello"}, address=1),
    Smoke("/docs", contains="API of SuperInstance", address=1),
)
"""Healthy, closed to whoever is not Stripe, no ledger can be reached from outside; the router knows
its models and its own key, and nobody asks without one. No provider is asked: that would cost."""
