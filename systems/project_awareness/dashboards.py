"""What Project Awareness shows of itself, and what it has to reach (PA-12, PA-17, FW-3).

The columns are those that `workers/awareness/analytics/events.ts` writes; docs/project-awareness.md
says them as well.
"""

from collections.abc import Iterator
from decimal import Decimal

from planning.figures import WEIGHT, Dashboard, Figure, Goal, p95, per_hour, percent
from systems.project_awareness.settings import ProjectAwareness

ENDPOINT, PLATFORM, CACHE = "blob1", "blob4", "blob6"
STATUS, DURATION = "double1", "double2"
KIND, DETAIL, PATH = "blob1", "blob2", "blob3"
METRIC, MILLISECONDS = "blob1", "double1"

OWN_ERRORS = f"{STATUS} >= 500"
"""Errors of ours: what a caller does wrong is answered below 500."""

CONNECTED = f"{STATUS} = 101"
SECONDS_A_MINUTE = 60


def dashboards(settings: ProjectAwareness) -> Iterator[Dashboard]:
    """Yield the dashboards of the source: performance, and security."""
    yield Dashboard("performance", "AI Workload Performance", tuple(_performance(settings)))
    yield Dashboard("security", "Security Monitoring", tuple(_security(settings)))


def kpis(settings: ProjectAwareness) -> Iterator[Figure]:
    """Yield what it has to reach, and what is counted of its use."""
    usage = settings.datasets.usage
    yield Figure(
        title="response, p95",
        dataset=usage,
        value=p95(DURATION),
        unit="ms",
        goal=Goal("<", Decimal(100)),
    )
    yield from _rates(usage)
    yield Figure(
        title="synchronisation, p95",
        dataset=settings.datasets.performance,
        value=p95(MILLISECONDS),
        where=f"{METRIC} = 'cross_platform_sync_latency'",
        unit="ms",
        goal=Goal("<", Decimal(200)),
    )
    yield from _use(settings)


def _rates(usage: str) -> Iterator[Figure]:
    """Yield the shares of requests that went well, as far as they came to the worker."""
    yield Figure(
        title="availability",
        dataset=usage,
        value=percent(f"{STATUS} < 500"),
        where=f"{ENDPOINT} = 'GET /health'",
        unit="%",
        goal=Goal(">=", Decimal("99.9")),
    )
    yield Figure(
        title="errors",
        dataset=usage,
        value=percent(OWN_ERRORS),
        unit="%",
        goal=Goal("<", Decimal("0.1")),
    )
    yield Figure(
        title="WebSockets that connect",
        dataset=usage,
        value=percent(CONNECTED),
        where=f"{ENDPOINT} = 'GET /ws' AND ({CONNECTED} OR {OWN_ERRORS})",
        unit="%",
        goal=Goal(">", Decimal(99)),
    )


def _use(settings: ProjectAwareness) -> Iterator[Figure]:
    usage = settings.datasets.usage
    yield Figure(
        title="active sessions",
        dataset=settings.datasets.performance,
        value=WEIGHT,
        where=f"{METRIC} = 'session_consolidation_duration'",
        unit="registered",
        minutes=max(1, settings.sessions.timeout_seconds // SECONDS_A_MINUTE),
    )
    yield Figure(
        title="adoption",
        dataset=usage,
        value=WEIGHT,
        where=f"{PLATFORM} != ''",
        by=PLATFORM,
        unit="requests",
    )
    yield Figure(title="use", dataset=usage, value=WEIGHT, by=ENDPOINT, unit="requests")


def _performance(settings: ProjectAwareness) -> Iterator[Figure]:
    usage, thresholds = settings.datasets.usage, settings.thresholds
    yield Figure(
        title="response, p95",
        dataset=usage,
        value=p95(DURATION),
        unit="ms",
        goal=Goal("<=", Decimal(thresholds.p95_ms)),
    )
    yield Figure(
        title="errors",
        dataset=usage,
        value=percent(OWN_ERRORS),
        unit="%",
        goal=Goal("<=", thresholds.errors * 100),
    )
    yield Figure(title="p95 of", dataset=usage, value=p95(DURATION), by=ENDPOINT, unit="ms")
    yield Figure(
        title="p95 of",
        dataset=settings.datasets.performance,
        value=p95(MILLISECONDS),
        by=METRIC,
        unit="ms",
    )
    yield Figure(title="requests", dataset=usage, value=per_hour(), by=ENDPOINT, unit="an hour")
    yield Figure(
        title="answers from the cache",
        dataset=usage,
        value=percent(f"{CACHE} = 'HIT'"),
        where=f"{CACHE} != ''",
        unit="%",
    )


def _security(settings: ProjectAwareness) -> Iterator[Figure]:
    security = settings.datasets.security
    yield Figure(
        title="blocked requests",
        dataset=security,
        value=per_hour(),
        where=f"{KIND} = 'blocked_requests'",
        unit="an hour",
        goal=Goal("<=", Decimal(settings.thresholds.blocked_hour)),
    )
    yield Figure(title="events", dataset=security, value=per_hour(), by=KIND, unit="an hour")
    for title, kind, by in (
        ("failed authentications", "failed_authentications", PATH),
        ("limits", "rate_limit_triggers", DETAIL),
        ("suspicious", "suspicious_patterns", DETAIL),
        ("blocked by", "blocked_requests", DETAIL),
    ):
        where = f"{KIND} = '{kind}'"
        yield Figure(
            title=title, dataset=security, value=per_hour(), where=where, by=by, unit="an hour"
        )
