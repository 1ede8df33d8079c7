"""What ChittyID is expected to use, and what it has to answer (ID-2, ID-6)."""

from collections.abc import Iterator

from config.system_declaration import Guarded, behind
from planning.demand import DAYS, Demand
from systems.chittyid.settings import ChittyId
from systems.system import Smoke

CPU_MS = 5
"""Milliseconds of CPU that a request takes: two hashes and a look-up."""

ROWS_WRITTEN_A_MINT = 3
"""Rows written for an id, as D1 counts: itself, its index entry, and the counter."""

ROWS_READ_A_MINT = 2
ROWS_READ_A_LOOKUP = 1


def demand(settings: ChittyId) -> Demand:
    """Return what it is expected to use. A look-up that neither cache nor KV knows asks D1."""
    expected = settings.expected
    return Demand(
        worker_requests_month=(expected.mints_day + expected.lookups_day) * DAYS,
        worker_cpu_ms_request=CPU_MS,
        kv_reads_day=expected.kv_reads_day,
        kv_writes_day=expected.kv_writes_day,
        kv_deletes_day=expected.kv_deletes_day,
        kv_lists_day=expected.kv_lists_day,
        d1_rows_written_month=expected.mints_day * ROWS_WRITTEN_A_MINT * DAYS,
        d1_rows_read_month=_rows_read_day(settings) * DAYS,
    )


def _rows_read_day(settings: ChittyId) -> int:
    """Return the rows read a day. Each read of KV may be a miss that asks D1."""
    expected = settings.expected
    minting = expected.mints_day * ROWS_READ_A_MINT
    return minting + expected.kv_reads_day * ROWS_READ_A_LOOKUP


EXAMPLE = "CHITTY-EVNT-0001234-A1B2"
SLIP = "CHITTY-EVNT-0001243-A1B2"
ONCE = {"Idempotency-Key": "ops-verify"}
"""However often a stack is verified, one id is minted for it."""

SMOKE = (
    Smoke("/health", contains='"kv_status":"ok"', needs=("kv",)),
    Smoke("/v1/mint", 401, "unauthorized", "POST", body={"entity_type": "EVNT"}),
    Smoke("/admin/tokens/generate", 401, "unauthorized", "POST", body={}),
    Smoke(
        "/v1/mint",
        201,
        '"status":"minted"',
        "POST",
        ONCE,
        body={"entity_type": "EVNT"},
        bearer="CHITTY_ID_TOKEN",
        needs=("database",),
    ),
    Smoke(f"/v1/validate/{EXAMPLE}", contains='"valid":true', bearer="CHITTY_ID_TOKEN"),
    Smoke(f"/v1/validate/{SLIP}", contains="check_value", bearer="CHITTY_ID_TOKEN"),
    Smoke("/v1/validate/01-C-PROD-0001-P-2501-A-X", contains="true", bearer="CHITTY_ID_TOKEN"),
    Smoke("/admin/tokens", contains='"tokens":', bearer="ADMIN_TOKEN", needs=("database",)),
    Smoke("/docs", contains="API of ChittyID"),
)
"""The nine points (ID-6): healthy with KV, closed to strangers, mints, tells ids from slips, knows
both forms and its administrator, documented. Health is asked of every host beside them."""


def guarded(settings: ChittyId) -> Iterator[Guarded]:
    """Yield what Access stands before."""
    return behind([settings.host, *settings.aliases], settings.access)
