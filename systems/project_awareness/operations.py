"""What Project Awareness is expected to use, and what it has to answer (PA-15, PA-16)."""

from collections.abc import Iterator
from decimal import Decimal

from config.system_declaration import Guarded, behind
from planning.demand import DAYS, Demand, Quantity
from planning.health_checks import HealthCheck
from planning.host_tls import HostTls
from planning.routes import route_host
from systems.health_and_balancing import edge_health_checks
from systems.project_awareness.names import NAME, SHARED_PATH
from systems.project_awareness.settings import ProjectAwareness
from systems.system import Smoke
from systems.zones import edge_tls

CPU_MS = 3
"""Milliseconds of CPU that a request takes: a hash, two look-ups in the cache."""

GB_SECONDS_A_REQUEST = Decimal("0.128") * Decimal("0.02")
"""An object of 128 MB that is awake for 20 ms. Between requests it may hibernate with its
WebSockets open: that costs nothing, and pings are answered without waking it."""

MESSAGES_A_REQUEST = 20
"""Messages of WebSockets that are billed as one request; those that are sent to them are free."""

ALARMS_DAY = 24 * 60 * 60 // 300
"""An object looks every 300 s which of its WebSockets say nothing any more."""

WATCHED_MONTH = 44_640
"""Runs of the watcher in a month of 31 days."""

ASKED_A_RUN = 3
"""Requests of a run to its object: what was found, what there is to tell, what has arrived."""

ROWS_WRITTEN_A_REQUEST = 3
"""Rows of an object's storage that a change writes: state, copy to be made, alarm."""


def demand(settings: ProjectAwareness) -> Demand:
    """Return what it is expected to use; every WebSocket counts as one of an object of its own."""
    expected = settings.expected
    watched = WATCHED_MONTH * ASKED_A_RUN if settings.watch else 0
    asked = expected.object_requests_month + watched
    alarms = expected.sockets * ALARMS_DAY * DAYS
    return Demand(
        worker_requests_month=expected.requests_month,
        worker_cpu_ms_request=CPU_MS,
        do_requests_month=asked + alarms + _billed_messages(settings),
        do_gb_seconds_month=(asked + alarms) * GB_SECONDS_A_REQUEST,
        do_rows_written_month=asked * ROWS_WRITTEN_A_REQUEST + alarms,
        do_rows_read_month=asked * ROWS_WRITTEN_A_REQUEST + alarms,
        kv_reads_day=expected.kv_reads_day,
        kv_writes_day=expected.kv_writes_day,
        r2_stored_bytes=expected.stored_bytes,
        # A point for each request, and one for how long each took that waited for an object.
        analytics_points_month=expected.requests_month + asked,
    )


def _billed_messages(settings: ProjectAwareness) -> Quantity:
    """Return the requests that the messages of all WebSockets are billed as in a month."""
    expected = settings.expected
    messages = expected.sockets * expected.socket_messages_day * DAYS
    return Decimal(messages) / MESSAGES_A_REQUEST


SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/test"
SESSION = {"platform": "test", "session_id": "ops-verify"}
STATISTICS = "/api/sessions/statistics"
TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
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
    Smoke("/static/nowhere.js", 404, "file_not_found"),
    Smoke(SUGGESTIONS, contains='"suggestions":[]'),
    Smoke(
        SUGGESTIONS,
        contains='"platform":"claude-code"',
        bearer=TOKEN,
        needs=BOTH,
        within_ms=200,
    ),
    Smoke("/api/auth/verify", 401, "unauthorized", "POST"),
    Smoke("/api/auth/verify", contains='"token_id":"service"', method="POST", bearer=TOKEN),
    Smoke(STATISTICS, 401, "unauthorized"),
    Smoke("/api/sessions/register", 401, "unauthorized", "POST", body=SESSION),
    Smoke(
        "/api/sessions/register", 201, "ops-verify", "POST", body=SESSION, bearer=TOKEN, needs=BOTH
    ),
    Smoke(STATISTICS, contains='"test":', bearer=TOKEN, needs=BOTH, within_ms=500),
    Smoke("/api/projects/sync", 401, "unauthorized", "POST", FROM_A_PAGE, body=SYNC),
    Smoke(
        "/api/projects/sync",
        contains='"sequence":',
        method="POST",
        body=SYNC,
        bearer=TOKEN,
        needs=BOTH,
    ),
    Smoke("/ws", 426, "upgrade_required", bearer=TOKEN),
    Smoke("/ws", 401, "unauthorized"),
    Smoke("/ws", contains='"type":"welcome"', bearer=TOKEN, needs=BOTH, opens=True),
    Smoke("/mcp", 401, "unauthorized", "POST", body={}),
    Smoke("/mcp", contains='"name":"suggest_projects"', method="POST", body=TOOLS, bearer=TOKEN),
    Smoke("/docs/openapi.json", contains='"openapi":"3.1.0"'),
    Smoke("/api/sessions/ops-verify", 204, method="DELETE", bearer=TOKEN, needs=BOTH),
)
"""The source's smoke, functional and integration tests: healthy, closed to strangers, a session is
registered, counted and ended, a project is told of without a browser, the WebSocket opens, and
assistants find their tools."""


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
