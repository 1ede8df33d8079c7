"""What Project Awareness is expected to use, and what it has to answer (PA-15, PA-16)."""

from collections.abc import Iterator
from decimal import Decimal

from config.declared import Guarded, behind
from planning.demand import Demand
from planning.health_checks import HealthCheck
from planning.host_tls import HostTls
from planning.routes import route_host
from systems.project_awareness.names import NAME, SHARED_PATH
from systems.project_awareness.settings import ProjectAwareness
from systems.system import Smoke
from systems.watching import edge_health_checks
from systems.zones import edge_tls

CPU_MS = 3
"""Milliseconds of CPU that a request takes: a hash, two look-ups in the cache."""

GB_SECONDS_A_REQUEST = Decimal("0.128") * Decimal("0.02")
"""An object of 128 MB that is awake for 20 ms. WebSockets hibernate, and are not counted."""

ROWS_WRITTEN_A_REQUEST = 3
"""Rows of an object's storage that a change writes: state, copy to be made, alarm."""


def demand(settings: ProjectAwareness) -> Demand:
    """Return what it is expected to use."""
    expected = settings.expected
    objects = expected.object_requests_month
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

BOTH = ("projects", "sessions")
"""Objects, by the checks of the worker's health that ask them."""

SMOKE = (
    Smoke("/health", contains='"status":"healthy"', needs=(*BOTH, "kv")),
    Smoke("/api/info", contains='"name":"project-awareness"'),
    Smoke("/nowhere", 404, "not_found"),
    Smoke(SUGGESTIONS, contains='"suggestions":[]'),
    Smoke(SUGGESTIONS, contains='"platform":"claude-code"', bearer=TOKEN, needs=BOTH),
    Smoke("/api/auth/verify", 401, "unauthorized", "POST"),
    Smoke("/api/auth/verify", contains='"token_id":"service"', method="POST", bearer=TOKEN),
    Smoke("/api/sessions/statistics", 401, "unauthorized"),
    Smoke("/api/sessions/register", 401, "unauthorized", "POST", body=SESSION),
    Smoke(
        "/api/sessions/register", 201, "ops-verify", "POST", body=SESSION, bearer=TOKEN, needs=BOTH
    ),
    Smoke("/api/sessions/statistics", contains='"active_sessions":', bearer=TOKEN, needs=BOTH),
    Smoke("/api/projects/sync", 401, "unauthorized", "POST", FROM_A_PAGE, body=SYNC),
    Smoke(
        "/api/projects/sync",
        contains='"sequence":',
        method="POST",
        body=SYNC,
        bearer=TOKEN,
        needs=BOTH,
    ),
    Smoke("/ws", 426, "upgrade_required", bearer=TOKEN, needs=BOTH),
    Smoke("/mcp", 401, "unauthorized", "POST", body={}),
    Smoke("/docs/openapi.json", contains='"openapi":"3.1.0"'),
)
"""The source's smoke, functional and integration tests: healthy, closed to strangers, a session is
registered and counted, a project is told of without a browser, the WebSocket is there."""


def guarded(settings: ProjectAwareness) -> Iterator[Guarded]:
    """Yield what Access stands before.

    A path is guarded below the host of others as well: else that would be the way round.
    """
    shared = [f"{route_host(each)}{SHARED_PATH.rstrip('/')}" for each in settings.worker.routes]
    return behind([settings.host, *shared], settings.access)


def health_checks(settings: ProjectAwareness) -> Iterator[HealthCheck]:
    """Yield what the edge asks of its host, as far as the plan of the zone goes (PA-11)."""
    return edge_health_checks(NAME, [settings.host], settings.edge)


def tls(settings: ProjectAwareness) -> Iterator[HostTls]:
    """Yield TLS of its host, where the configuration asks for it (PA-10)."""
    return edge_tls(NAME, [settings.host], settings.edge)
