"""What Project Awareness writes to its datasets on the real runtime, and what SQL says of it."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from websockets.exceptions import InvalidStatus

from ops.health.datasets import Reading, SqlApi
from planning.figures import Figure
from systems.project_awareness import dashboards
from systems.project_awareness.metrics import Datasets
from systems.project_awareness.settings import ProjectAwareness
from tests.config.examples import loaded
from tests.systems.project_awareness.conftest import DATASETS, AwarenessStack, token

pytestmark = pytest.mark.workerd

PATIENCE = 30.0
OTHERS = 18
"""Requests that meet no limit."""

CANARY = "canary-5b7e21"
USED = "SELECT blob1, double1, blob4, blob6, SUM(_sample_interval) AS points FROM usage_test"
SECURITY = "SELECT blob1, blob2, blob3, SUM(_sample_interval) AS points FROM security_test"
METRICS = "SELECT blob1, blob2, SUM(_sample_interval) AS points FROM performance_test"


@dataclass(frozen=True)
class Sent:
    """Where requests were sent, and what became of those that met a limit, by their status."""

    stack: AwarenessStack
    limited: Counter[int]


@pytest.fixture(scope="module")
def sent(counted_awareness: AwarenessStack) -> Sent:
    """Send what the tests below count, once, and wait until all of it is a point."""
    ask = counted_awareness.ask
    for _ in range(4):
        ask("GET", "/health", None)
    for _ in range(3):
        ask("GET", "/api/sessions/statistics")
    ask("GET", "/api/sessions/statistics", None)
    ask("GET", "/api/sessions/statistics", None, headers={"authorization": f"Bearer {CANARY}"})
    for _ in range(2):
        ask("GET", f"/nowhere/{CANARY}?{CANARY}=1", None)
    ask("GET", f"/.env?{CANARY}", None)
    body = {"platform": "cursor", "session_id": f"{CANARY}-{uuid4()}"}
    ask("POST", "/api/sessions/register", json=body)
    for _ in range(2):
        counted_awareness.switch(CANARY)
    with counted_awareness.websocket(lifted=True):
        pass
    with pytest.raises(InvalidStatus, match="401"), counted_awareness.websocket(None):
        pass
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
    ask("POST", "/mcp", headers={"origin": "https://evil.example"}, json=initialize)
    limited: Counter[int] = Counter()
    while not limited[429]:  # 10 at once, then one a second: how many depends on the machine
        limited[ask("GET", "/api/auth/session", lifted=False).status_code] += 1
    _eventually(lambda: sum(_used(counted_awareness).values()) == OTHERS + limited.total())
    return Sent(counted_awareness, limited)


def _sql(stack: AwarenessStack, query: str) -> list[dict[str, Any]]:
    path = stack.cloud.account("/analytics_engine/sql")
    answer = stack.cloud.client.post(path, content=query)
    if "unable to find table" in answer.text:
        return []
    assert answer.is_success, answer.text
    rows: list[dict[str, Any]] = answer.json()["data"]
    return rows


def _used(stack: AwarenessStack) -> Counter[tuple[str, int, str, str]]:
    rows = _sql(stack, f"{USED} GROUP BY blob1, double1, blob4, blob6")
    return Counter(
        {(r["blob1"], int(r["double1"]), r["blob4"], r["blob6"]): int(r["points"]) for r in rows}
    )


def _eventually(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_request_is_a_point(sent: Sent) -> None:
    """PA-12: by endpoint, status, platform and cache, exactly as many as were sent."""
    limited = {("GET /api/auth/session", each, "", ""): n for each, n in sent.limited.items()}

    assert _used(sent.stack) == Counter(
        {
            **limited,
            ("GET /health", 200, "", ""): 4,
            ("GET /api/sessions/statistics", 200, "", "MISS"): 1,
            ("GET /api/sessions/statistics", 200, "", "HIT"): 2,
            ("GET /api/sessions/statistics", 401, "", ""): 2,
            ("GET *", 404, "", ""): 3,
            ("POST /api/sessions/register", 201, "cursor", ""): 1,
            ("POST /api/projects/sync", 200, "claude-code", ""): 2,
            ("GET /ws", 101, "", ""): 1,
            ("GET /ws", 401, "", ""): 1,
            ("POST /mcp", 403, "", ""): 1,
        }
    )


def test_every_kind_of_event_is_seen(sent: Sent) -> None:
    """PA-12."""
    rows = _sql(sent.stack, f"{SECURITY} GROUP BY blob1, blob2, blob3")
    seen = {(row["blob1"], row["blob2"], row["blob3"]): int(row["points"]) for row in rows}

    assert seen == {
        ("rate_limit_triggers", "auth", "/api/auth/session"): 1,
        ("failed_authentications", "no_token", "/api/sessions/statistics"): 1,
        ("failed_authentications", "token_not_valid", "/api/sessions/statistics"): 1,
        ("failed_authentications", "no_token", "/ws"): 1,
        ("suspicious_patterns", "hidden_file", "*"): 1,
        ("blocked_requests", "origin_not_allowed", "/mcp"): 1,
    }


def test_what_was_waited_for_is_measured(sent: Sent) -> None:
    """PA-12."""
    rows = _sql(sent.stack, f"{METRICS} GROUP BY blob1, blob2")

    assert {(row["blob1"], row["blob2"]): int(row["points"]) for row in rows} == {
        ("session_consolidation_duration", "POST /api/sessions/register"): 1,
        ("cross_platform_sync_latency", "POST /api/projects/sync"): 2,
    }


def test_no_point_holds_a_secret(sent: Sent) -> None:
    """PA-12: nor a query, an address, or a path that somebody made up."""
    written = json.dumps([_sql(sent.stack, f"SELECT * FROM {name}") for name in DATASETS.values()])  # noqa: S608

    assert "GET /health" in written
    for secret in (CANARY, token("claude"), "127.0.0.1", "evil.example"):
        assert secret not in written


def _settings() -> ProjectAwareness:
    settings: ProjectAwareness = loaded().blocks["project_awareness"].settings
    named = Datasets(usage="usage_test", performance="performance_test", security="security_test")
    return settings.model_copy(update={"datasets": named})


def _readings(stack: AwarenessStack, figures: list[Figure]) -> dict[str, Reading]:
    api = SqlApi(stack.cloud.api_url, stack.cloud.account_id, stack.cloud.token)
    return {each.figure.title: each for each in api.readings(figures, 60)}


def test_what_has_to_be_reached_is_read_of_it(sent: Sent) -> None:
    """PA-17: a refusal is no failure of ours, a WebSocket without a token no failed one."""
    found = _readings(sent.stack, list(dashboards.kpis(_settings())))

    assert found["availability"].values == (("", Decimal(100)),)
    assert found["errors"].values == (("", Decimal(0)),)
    assert found["WebSockets that connect"].values == (("", Decimal(100)),)
    assert found["active sessions"].values == (("", Decimal(1)),)
    assert dict(found["adoption"].values) == {"claude-code": Decimal(2), "cursor": Decimal(1)}
    assert dict(found["use"].values)["GET /api/auth/session"] == sent.limited.total()
    (waited,) = found["response, p95"].values
    assert waited[1] >= 0


def test_dashboards_are_read_of_it(sent: Sent) -> None:
    """PA-12: those of an hour, by the hour."""
    performance, security = dashboards.dashboards(_settings())
    found = _readings(sent.stack, list(security.figures))
    kept = _readings(sent.stack, list(performance.figures))["answers from the cache"]

    assert found["blocked requests"].values == (("", Decimal(1)),)
    assert dict(found["failed authentications"].values) == {
        "/api/sessions/statistics": Decimal(2),
        "/ws": Decimal(1),
    }
    assert [round(value, 2) for _, value in kept.values] == [Decimal("66.67")]


def test_what_nobody_wrote_is_no_data(counted_awareness: AwarenessStack) -> None:
    """PA-17: a dataset comes to be with its first point, and none is neither 0 nor good."""
    nowhere = Figure(title="x", dataset="nobody_writes", value="SUM(_sample_interval)")

    assert _readings(counted_awareness, [nowhere])["x"].values == ()


def test_a_token_without_the_right_is_one_sentence(counted_awareness: AwarenessStack) -> None:
    api = SqlApi(counted_awareness.cloud.api_url, "0" * 32, "wrong-token-of-the-tests")
    figure = Figure(title="x", dataset="usage_test", value="1")

    with pytest.raises(Exception, match="Account Analytics: Read") as raised:
        api.readings([figure], 60)
    assert "wrong-token" not in str(raised.value)
