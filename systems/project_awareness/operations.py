"""What Project Awareness is expected to use, and what it has to answer (PA-15, PA-16)."""

from decimal import Decimal

from planning.demand import Demand
from systems.project_awareness.settings import ProjectAwareness
from systems.system import Smoke

CPU_MS = 3
"""Milliseconds of CPU that a request takes: a hash, two look-ups in the cache."""

GB_SECONDS_A_REQUEST = Decimal("0.128") * Decimal("0.02")
"""An object of 128 MB that is awake for 20 ms. WebSockets hibernate, and are not counted."""

WATCHED_MONTH = 44_640
"""Runs of the watcher in a month of 31 days."""

ASKED_A_RUN = 3
"""Requests of a run to its object: what was found, what there is to tell, what has arrived."""

ROWS_WRITTEN_A_REQUEST = 3
"""Rows of an object's storage that a change writes: state, copy to be made, alarm."""


def demand(settings: ProjectAwareness) -> Demand:
    """Return what it is expected to use."""
    expected = settings.expected
    watched = WATCHED_MONTH * ASKED_A_RUN if settings.watch else 0
    objects = expected.object_requests_month + watched
    return Demand(
        worker_requests_month=expected.requests_month,
        worker_cpu_ms_request=CPU_MS,
        do_requests_month=objects,
        do_gb_seconds_month=objects * GB_SECONDS_A_REQUEST,
        do_rows_written_month=objects * ROWS_WRITTEN_A_REQUEST,
        do_rows_read_month=objects * ROWS_WRITTEN_A_REQUEST,
        kv_reads_day=expected.kv_reads_day,
        kv_writes_day=expected.kv_writes_day,
        r2_stored_bytes=expected.stored_bytes,
    )


SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/test"
SESSION = {"platform": "test", "session_id": "ops-verify"}
SYNC = {"source_platform": "test", "sync_type": "project_switch"}
FROM_A_PAGE = {"Origin": "https://claude.ai"}
"""Of a page that the edge does not challenge, so that the worker itself refuses it."""

TOKEN = "SERVICE_TOKEN"  # noqa: S105 - the name of a secret

SMOKE = (
    Smoke("/health", contains='"status":"healthy"'),
    Smoke("/api/info", contains='"name":"project-awareness"'),
    Smoke("/nowhere", 404, "not_found"),
    Smoke(SUGGESTIONS, contains='"suggestions":[]'),
    Smoke(SUGGESTIONS, contains='"platform":"claude-code"', bearer=TOKEN),
    Smoke("/api/auth/verify", 401, "unauthorized", "POST"),
    Smoke("/api/auth/verify", contains='"token_id":"service"', method="POST", bearer=TOKEN),
    Smoke("/api/sessions/statistics", 401, "unauthorized"),
    Smoke("/api/sessions/register", 401, "unauthorized", "POST", body=SESSION),
    Smoke("/api/sessions/register", 201, "ops-verify", "POST", body=SESSION, bearer=TOKEN),
    Smoke("/api/sessions/statistics", contains='"active_sessions":', bearer=TOKEN),
    Smoke("/api/projects/sync", 401, "unauthorized", "POST", FROM_A_PAGE, body=SYNC),
    Smoke("/api/projects/sync", contains='"sequence":', method="POST", body=SYNC, bearer=TOKEN),
    Smoke("/ws", 426, "upgrade_required", bearer=TOKEN),
    Smoke("/mcp", 401, "unauthorized", "POST", body={}),
    Smoke("/docs/openapi.json", contains='"openapi":"3.1.0"'),
)
"""The source's smoke, functional and integration tests: healthy, closed to strangers, a session is
registered and counted, a project is told of without a browser, the WebSocket is there."""
