"""The watcher on the real runtime: what it checks and judges, and who is told (PA-11, PA-13)."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from components.bundle import ROOT, bundle
from local.runtime.analytics.query import DISK, file_of
from systems.project_awareness.watcher_resources import ENTRY, OBJECTS
from systems.project_awareness.watcher_settings import Alerts, limits
from tests.support_runtime import eventually
from tests.systems.project_awareness.conftest import DATASETS, HOST, SCRIPT, AwarenessStack, token

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(300)]

NAME = "project-awareness-watch-test"
CHECKS = "checks_test"
PAGER_KEY = "canary0pager0key0of0the0tests000"
CANARY = "canary-webhook-of-the-tests"
WEBHOOK = f"https://hooks.slack.com/services/T0/B0/{CANARY}"
HOLDERS = ("ProjectAwarenessDurableObject", "SessionSyncDurableObject")
FAILURES = Alerts().failures
FLOOD = 1_200
"""So many that the errors among them would be too few for anybody to be told."""
LEAST = 20
TOO_SLOW = 600_000
"""How fast this machine is, is not asked here."""

LIMITS = {
    **limits(Alerts(least_requests=LEAST)),
    "calm_minutes": 0,
    "slow_ms": TOO_SLOW,
}
RULES = ("service_down", "errors_page", "errors_warn", "slow")
"""What the tests are about; other checks may be slow on a machine that does more."""

Told = Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Watched:
    """Project Awareness with its watcher, whose cron a test runs."""

    stack: AwarenessStack

    def run(self) -> None:
        answer = self.stack.cloud.result("POST", f"/local/cron/{NAME}?cron=*%20*%20*%20*%20*")
        assert answer["outcome"] == "ok", answer

    def select(self, sql: str) -> list[dict[str, Any]]:
        path = self.stack.cloud.account("/analytics_engine/sql")
        answer = self.stack.cloud.client.post(path, content=f"{sql} FORMAT JSON".encode())
        if answer.is_error:
            assert "unable to find table" in answer.text
            return []
        return list(answer.json()["data"])

    def checks(self, name: str, state: str) -> int:
        where = (
            f"blob1 = '{name}' AND blob3 = '{state}' AND timestamp > now() - INTERVAL '5' MINUTE"
        )
        rows = self.select(f"SELECT sum(_sample_interval) AS n FROM {CHECKS} WHERE {where}")  # noqa: S608
        return int(rows[0]["n"]) if rows else 0

    def requests(self, condition: str) -> int:
        where = f"{condition} AND timestamp > now() - INTERVAL '5' MINUTE"
        usage = DATASETS["USAGE_ANALYTICS"]
        rows = self.select(f"SELECT sum(_sample_interval) AS n FROM {usage} WHERE {where}")  # noqa: S608
        return int(rows[0]["n"]) if rows else 0

    def told(self) -> Told:
        """Count what the look-alikes were told of `RULES`: who, what and of which."""
        kept = self.stack.cloud.result("GET", "/local/received?per_page=500")
        lines = [(each["service"], *_said(each["service"], each["body"])) for each in kept]
        return Counter(line for line in lines if line[2] in RULES)

    def age(self, minutes: int) -> None:
        """Have every point be so much older."""
        self._change("timestamp = timestamp - ?", 60 * minutes)

    def slow_down(self, milliseconds: int) -> None:
        """Have every request there is a point of have taken so long."""
        self._change("double2 = ?", milliseconds)

    def _change(self, what: str, value: int) -> None:
        cloud = self.stack.cloud
        # A question has all be kept that was written before it.
        cloud.client.post(cloud.account("/analytics_engine/sql"), content=b"SHOW TABLES")
        file = file_of(cloud.directory / "runtime" / "state" / DISK)
        with closing(sqlite3.connect(file, timeout=30)) as database, database:
            database.execute(f"UPDATE points SET {what}", (value,))  # noqa: S608

    def break_down(self, *classes: str) -> None:
        faults = [{"worker": SCRIPT, "durable_object": each} for each in classes]
        self.stack.cloud.result("POST", "/local/faults", json={"faults": faults})


def _said(service: str, body: dict[str, Any]) -> tuple[str, str]:
    if service == "pagerduty":
        rule = body["dedup_key"].removeprefix("project-awareness-development-").rpartition("-")[0]
        return body["event_action"], rule
    action = body["text"].partition(": ")[2].partition(".")[0]
    return action, body["blocks"][1]["text"]["text"].rpartition("#")[2].rstrip("`")


@pytest.fixture(scope="module")
def watched(counted_awareness: AwarenessStack) -> Iterator[Watched]:
    cloud = counted_awareness.cloud
    variables = {
        "ENVIRONMENT": "development",
        "OWN_ORIGIN": f"https://{HOST}",
        "OTHER_ORIGINS": "",
        "ACCOUNT_ID": cloud.account_id,
        "USAGE_DATASET": DATASETS["USAGE_ANALYTICS"],
        "CHECKS_DATASET": CHECKS,
        "HEALTH_SECONDS": "60",
        "ALERTS": json.dumps(LIMITS),
    }
    secrets = {
        "SERVICE_TOKEN": token("claude"),
        "ANALYTICS_TOKEN": cloud.token,
        "PAGERDUTY_API_KEY": PAGER_KEY,
        "SLACK_WEBHOOK_URL": WEBHOOK,
    }
    code = (ROOT / bundle(str(ENTRY.relative_to(ROOT)), NAME).path).read_text(encoding="utf-8")
    cloud.upload(
        NAME,
        {"index.mjs": code},
        bindings=[
            *(
                {"type": "durable_object_namespace", "name": name, "class_name": each}
                for name, each in OBJECTS.items()
            ),
            {"type": "analytics_engine", "name": "HEALTH_CHECKS", "dataset": CHECKS},
            *({"type": "plain_text", "name": k, "text": v} for k, v in variables.items()),
            *({"type": "secret_text", "name": k, "text": v} for k, v in secrets.items()),
        ],
        migrations={"new_tag": "v1", "new_sqlite_classes": list(OBJECTS.values())},
        compatibility_flags=["nodejs_compat_do_not_populate_process_env"],
    )
    yield Watched(counted_awareness)
    log = json.dumps(cloud.result("GET", "/local/logs?limit=10000"))
    assert not [each for each in secrets.values() if each in log]


def test_it_runs_where_no_dataset_has_a_point_yet(watched: Watched) -> None:
    """PA-13: right after the first deployment there is nothing, which is no error."""
    watched.run()

    eventually(lambda: watched.checks("health", "up") > 0, expected=True)
    assert watched.told() == Counter()
    log = json.dumps(watched.stack.cloud.result("GET", f"/local/logs?worker={NAME}"))
    assert "rule_not_judged" not in log


def test_its_socket_opens_and_hears_something(watched: Watched) -> None:
    """PA-11: a WebSocket is opened every other minute; this waits for one that has just begun."""
    eventually(lambda: time.time() % 120 < 50, expected=True, seconds=120)
    watched.run()

    eventually(lambda: watched.checks("websocket", "up") > 0, expected=True)


def test_failures_are_told_once_and_resolved_once(watched: Watched) -> None:
    """PA-11, PA-13: requests that fail, then points, then one page; and one end, after restarts.

    Whoever sends many that are refused meanwhile hides none of it.
    """
    watched.break_down(*HOLDERS)
    session = {"platform": "claude-code", "session_id": f"s-{uuid4()}"}
    failed = [
        watched.stack.ask("POST", "/api/sessions/register", json=session).status_code
        for _ in range(30)
    ]
    assert min(failed) >= 500
    refused = [
        watched.stack.ask("GET", f"/nothing/{number}", None).status_code for number in range(FLOOD)
    ]
    assert set(refused) == {404}
    for _ in range(FAILURES):
        watched.run()
    eventually(lambda: watched.requests("double1 >= 500") >= len(failed), expected=True)
    eventually(lambda: watched.checks("health", "down") >= FAILURES, expected=True)
    for _ in range(3):
        watched.run()

    begun = Counter(
        {
            ("pagerduty", "trigger", "service_down"): 1,
            ("pagerduty", "trigger", "errors_page"): 1,
            ("slack", "begins", "service_down"): 1,
            ("slack", "begins", "errors_warn"): 1,
        }
    )
    assert watched.told() == begun

    watched.break_down()
    watched.age(minutes=20)
    watched.stack.switch("atlas")
    eventually(lambda: watched.requests("double1 < 500") > 0, expected=True)
    watched.run()
    eventually(lambda: watched.checks("health", "up") > 0, expected=True)
    for _ in range(3):
        watched.run()

    ended = Counter(
        {
            ("pagerduty", "resolve", "service_down"): 1,
            ("pagerduty", "resolve", "errors_page"): 1,
            ("slack", "resolved", "service_down"): 1,
            ("slack", "resolved", "errors_warn"): 1,
        }
    )
    assert watched.told() == begun + ended
    assert _keys(watched, "trigger") == _keys(watched, "resolve")


def test_slow_answers_are_told_once_and_resolved_once(watched: Watched) -> None:
    """PA-13: the percentile is the SQL API's own, over points that stand in the dataset."""
    before = watched.told()
    for _ in range(LEAST):
        watched.stack.ask("GET", "/api/info")
    eventually(lambda: watched.requests("double1 < 500") >= LEAST, expected=True)
    watched.slow_down(milliseconds=TOO_SLOW + 1)
    for _ in range(3):
        watched.run()
    begun = Counter({("pagerduty", "trigger", "slow"): 1})
    assert watched.told() - before == begun

    watched.age(minutes=20)
    watched.stack.ask("GET", "/api/info")
    eventually(lambda: watched.requests("double1 < 500") > 0, expected=True)
    for _ in range(3):
        watched.run()
    assert watched.told() - before == begun + Counter({("pagerduty", "resolve", "slow"): 1})


def test_every_rule_could_be_judged(watched: Watched) -> None:
    """PA-13: the SQL API understands each of them, where there are points."""
    watched.stack.ask("GET", "/api/info")
    eventually(lambda: watched.requests("double1 < 500") > 0, expected=True)
    watched.run()
    log = json.dumps(watched.stack.cloud.result("GET", f"/local/logs?worker={NAME}&limit=10000"))

    assert "rule_not_judged" not in log


def _keys(watched: Watched, action: str) -> set[str]:
    kept = watched.stack.cloud.result("GET", "/local/received?service=pagerduty&per_page=500")
    bodies = [each["body"] for each in kept]
    return {each["dedup_key"] for each in bodies if each["event_action"] == action}
