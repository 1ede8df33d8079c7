"""The load test of Project Awareness, and the limits that it has to meet without a credential."""

from collections.abc import Iterator
from dataclasses import replace

from systems.load import Asked, Credential, Followed, Levels, Limit, Load, Message
from systems.project_awareness.credential import HEADER, LONGEST_SECONDS, load_test_credential
from systems.project_awareness.operations import SUGGESTIONS, TOKEN
from systems.project_awareness.rates import Rates
from systems.project_awareness.settings import ProjectAwareness

SESSIONS = 20
"""Sessions that are registered again and again."""

PACE = 25
"""Requests a second that the limit on everything lets through for as long as one likes."""

STATISTICS = "/api/sessions/statistics"


def _session(number: int) -> Message:
    return {"platform": "test", "session_id": f"load-{number % SESSIONS}"}


def _sync(number: int) -> Message:
    return {
        "source_platform": "test",
        "sync_type": "context_update",
        "project": {"project_id": f"load-{number % SESSIONS}"},
    }


def _number(message: Message) -> int | None:
    number = message.get("sequence")
    return number if isinstance(number, int) else None


REQUESTS = (
    Asked(SUGGESTIONS, 55, bearer=TOKEN),
    Asked(STATISTICS, 20, bearer=TOKEN),
    Asked("/api/sessions/register", 8, "POST", _session, bearer=TOKEN),
    Asked("/api/projects/sync", 2, "POST", _sync, bearer=TOKEN),
    Asked("/api/auth/session", 5, bearer=TOKEN),
    Asked("/api/info", 5),
    Asked("/health", 5),
)
"""Mostly what assistants read; two changes a second reach every WebSocket."""


def load(settings: ProjectAwareness) -> Load:
    """Return what is asked: 100 requests a second for 5 minutes, 100 WebSockets for 10 (PA-15)."""
    return load_of(settings.limits)


def load_of(rates: Rates) -> Load:
    """Return the load test of a deployment with these *rates*."""
    return Load(
        requests=REQUESTS,
        followed=Followed("/ws", _number, bearer=TOKEN),
        credential=Credential(HEADER, "LOAD_TEST_KEY", load_test_credential, LONGEST_SECONDS),
        levels=Levels(p95_ms=100, errors_percent=0.1, sockets_percent=99),  # PA-17
        limits=tuple(_limits(rates)),
    )


def _limits(rates: Rates) -> Iterator[Limit]:
    """Yield the limits of an address that its endpoints meet (PA-9)."""
    login = Asked("/api/auth/session", bearer=TOKEN)
    yield replace(_limit(rates, "all"), asked=Asked("/docs"), within="")
    yield replace(_limit(rates, "suggestions"), asked=Asked(SUGGESTIONS, bearer=TOKEN))
    yield replace(_limit(rates, "sessions"), asked=Asked(STATISTICS, bearer=TOKEN))
    yield replace(_limit(rates, "auth"), asked=login, is_exact=True)
    yield replace(_limit(rates, "sockets"), is_exact=True, open_most=rates.sockets_open)
    yield replace(_limit(rates, "strangers"), asked=Asked("/api/info"), per_second=PACE)


def _limit(rates: Rates, name: str) -> Limit:
    """Return a limit as it is configured; the worker names it in its refusals."""
    per_minute, burst = getattr(rates, f"{name}_per_minute"), getattr(rates, f"{name}_burst")
    return Limit(name, f"({name})", per_minute, burst, within="all")
