"""What SuperInstance is expected to use, and what it has to answer (SI-3, SI-6)."""

from decimal import ROUND_CEILING, Decimal

from planning.demand import DAYS, Demand
from systems.superinstance import spending
from systems.superinstance.settings import SuperInstance
from systems.system import Smoke

CPU_MS = 5
"""Milliseconds of CPU that the router takes for an answer, and billing to charge it."""

JOURNAL_REQUESTS_A_CALL = 2
"""One request lets a call in and notes its answer; the alarm has billing told, of many at best."""

JOURNAL_ROWS_WRITTEN_A_CALL = 9
"""That it was made, its id, its answer with an index, and what billing is told: five; the end of
three of them; the alarm."""

JOURNAL_ROWS_READ_A_CALL = 8

KV_READS_A_REQUEST = 2
"""The key and its limit, where an isolate has not read them in the last half minute."""

ROWS_WRITTEN_A_COUNT = 2
"""That a request was made which asks no model, and its end: of a journal, and of who syncs."""

ROWS_READ_A_COUNT = 2

OBJECT_REQUESTS_A_LOOK = 2
"""The journal counts a request of an account; then it is asked itself, or the ledger is."""

CALL_SECONDS = 5
"""How long a model answers: a journal is awake meanwhile, at worst for one call alone."""

OBJECT_GB = Decimal("0.128")
GB_SECONDS_A_REQUEST = OBJECT_GB * Decimal("0.02")
"""An object of 128 MB that is awake for 20 ms."""

KEPT_MONTHS = 13
"""How long ids of calls and rows of usage are reckoned to be kept."""

OBJECT_BYTES_A_CALL = 200
"""Its id, in a journal and in a ledger."""

D1_BYTES_A_CALL = 250

OBJECT_ROWS_WRITTEN_A_RECORD = 6
"""Rows of a ledger: the request, what is pending and its end, the day, the account twice."""

OBJECT_ROWS_READ_A_RECORD = 6
OBJECT_ROWS_READ_A_BALANCE = 2

D1_ROWS_WRITTEN_A_RECORD = 1
"""The row of usage: it has no other index than its key."""

D1_ROWS_WRITTEN_A_FLUSH = 2
"""The batch, and the mark of how far the ledger is."""

D1_ROWS_READ_A_FLUSH = 4


SESSION_ROWS_READ = 20
"""Rows of an object that a request for a session reads: the session, its newest messages."""

SESSION_ROWS_WRITTEN = 4
"""Rows that it writes: a message with its index, the session with its own."""


LOCK_REQUESTS_A_PUSH = 3
"""An object of a user gives the lock of a push, takes it back, and sweeps now and then."""

LOCK_ROWS_A_PUSH = 3
D1_ROWS_WRITTEN_A_PUSH = 8
"""The user with the fence and the number, what is used thrice, an item with its index, a note."""

D1_ROWS_READ_A_PUSH = 12
D1_ROWS_READ_A_PULL = 5


def demand(settings: SuperInstance) -> Demand:
    """Return what it is expected to use; calls between workers are no requests of their own."""
    expected = settings.expected
    records, flushes = expected.requests_month, expected.flushes_month
    sessions, pushes = expected.session_requests_month, expected.pushes_month
    # Each request for a session as if it came by its address.
    with_a_key = records + sessions + expected.account_requests_month
    synced = expected.pulls_month + pushes
    counted = with_a_key - records + synced
    objects = records + expected.balance_reads_month + flushes
    objects += records * JOURNAL_REQUESTS_A_CALL + sessions + pushes * LOCK_REQUESTS_A_PUSH
    objects += expected.account_requests_month * OBJECT_REQUESTS_A_LOOK + sessions + synced
    read = records * (OBJECT_ROWS_READ_A_RECORD + JOURNAL_ROWS_READ_A_CALL)
    read += sessions * SESSION_ROWS_READ + counted * ROWS_READ_A_COUNT
    written = records * (OBJECT_ROWS_WRITTEN_A_RECORD + JOURNAL_ROWS_WRITTEN_A_CALL)
    written += sessions * SESSION_ROWS_WRITTEN + pushes * LOCK_ROWS_A_PUSH
    written += counted * ROWS_WRITTEN_A_COUNT
    awake = objects * GB_SECONDS_A_REQUEST + records * CALL_SECONDS * OBJECT_GB
    return Demand(
        worker_requests_month=with_a_key + synced,
        worker_cpu_ms_request=CPU_MS,
        do_requests_month=objects,
        kv_reads_day=_a_day(with_a_key * KV_READS_A_REQUEST),
        do_gb_seconds_month=awake,
        do_rows_written_month=written,
        do_rows_read_month=read + expected.balance_reads_month * OBJECT_ROWS_READ_A_BALANCE,
        do_stored_bytes=expected.session_stored_bytes + records * KEPT_MONTHS * OBJECT_BYTES_A_CALL,
        d1_stored_bytes=expected.synced_entry_bytes + records * KEPT_MONTHS * D1_BYTES_A_CALL,
        d1_rows_written_month=records * D1_ROWS_WRITTEN_A_RECORD
        + flushes * D1_ROWS_WRITTEN_A_FLUSH
        + pushes * D1_ROWS_WRITTEN_A_PUSH,
        d1_rows_read_month=records
        + flushes * D1_ROWS_READ_A_FLUSH
        + pushes * D1_ROWS_READ_A_PUSH
        + expected.pulls_month * D1_ROWS_READ_A_PULL,
        r2_stored_bytes=expected.synced_bytes,
        r2_class_a_month=expected.synced_files_month,
        r2_class_b_month=expected.synced_files_month,
        model_dollars_month=spending.provider_dollars(settings),
    )


def _a_day(month: int) -> Decimal:
    return (Decimal(month) / DAYS).to_integral_value(ROUND_CEILING)


BILLING = 1
"""Second of its addresses: what Stripe asks."""

SYNC = 2
"""Third of its addresses."""

SMOKE = (
    Smoke("/health", contains='"status":"healthy"'),
    Smoke("/health", contains='"status":"healthy"', address=BILLING),
    Smoke(
        "/topup",
        400,
        "signature_refused",
        "POST",
        body={"type": "payment_intent.succeeded"},
        address=BILLING,
    ),
    Smoke("/record", 404, "not_found", "POST", body={}, address=BILLING),
    Smoke("/balance?account_id=somebody", 404, "not_found", address=BILLING),
    Smoke("/v1/status", contains='"models":[{', bearer="SERVICE_KEY"),
    Smoke("/v1/status", 401, "unauthorized"),
    Smoke("/v1/sessions/list", contains='"sessions":', bearer="SERVICE_KEY", needs=("sessions",)),
    Smoke("/v1/sessions/list", 401, "unauthorized"),
    Smoke("/v1/sessions/delete", 403, "insufficient_scope", "POST", body={}, bearer="SERVICE_KEY"),
    Smoke("/v1/escalate", 401, "unauthorized", "POST", body={"query": "hello"}),
    Smoke("/v1/topups", 401, "unauthorized", "POST", body={"amount_cents": 500}),
    Smoke("/docs", contains="API of SuperInstance"),
    Smoke("/health", contains='"locks":"ok"', address=SYNC),
    Smoke("/sync/status", 401, "unauthorized", address=SYNC),
    Smoke("/sync/settings", 401, "unauthorized", "POST", body={"changes": []}, address=SYNC),
    Smoke("/docs", contains="API of SuperInstance sync", address=SYNC),
)
"""Healthy, closed to whoever is not Stripe, no ledger can be reached from outside; the router knows
its models and its own key, and nobody asks without one. No provider is asked: that would cost."""
