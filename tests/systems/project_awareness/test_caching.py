"""Answers that are kept, on the runtime's own Cache API, while many users read and write (PA-7)."""

import json
import random
import re
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.systems.project_awareness.conftest import (
    DATASETS,
    HOST,
    LOOPBACK,
    TIMEOUT,
    USERS,
    AwarenessStack,
)

# Ten thousand requests take minutes beside much else.
pytestmark = [pytest.mark.workerd, pytest.mark.timeout(1800)]

REQUESTS = 10_000
IDLE = 1.0
"""Seconds after which a connection is opened anew."""

FOLDER = "/shared"
SESSION = "shared"
"""Every user asks for the same folder and the same session: keys differ by the token alone."""

KINDS = ("suggestions", "statistics", "session", "status", "context", "identity", "refused")
MARK = re.compile(r"user-\d\d")
PATHS = {
    "suggestions": f"/api/projects/suggestions?platform=claude-code&working_directory={FOLDER}",
    "statistics": "/api/sessions/statistics",
    "session": f"/api/sessions/{SESSION}",
    "status": "/api/projects/sync?platform=claude-code",
    "context": f"/api/projects/{SESSION}/context",
    "identity": "/api/auth/session",
}
KEPT = {"suggestions", "statistics", "session", "status"}


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Line:
    """A connection that stays open; of a plain client, which takes little of the time."""

    connection: HTTPConnection
    headers: Mapping[str, str]
    used: float = 0

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        content = {"content-type": "application/json"} if body else {}
        sent = json.dumps(body) if body else None
        if time.monotonic() - self.used > IDLE:
            self.connection.close()  # it opens again by itself; the edge may have closed it
        self.connection.request(method, path, sent, {**self.headers, **content})
        answer = self.connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        text = answer.read().decode()
        self.used = time.monotonic()
        return Answer(answer.status, headers, text)


@dataclass
class User:
    """One of many who write and read, and knows what each read has to answer."""

    name: str
    line: Line
    beside: Line
    random: random.Random
    written: int = 0
    asked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """What came of the reads that may be kept."""

    def go(self, requests: int) -> None:
        """Write once, then mix reads and writes until *requests* were sent."""
        self.write()
        while self.asked < requests:
            self.random.choices((self.read, self.write, self.write_beside), (40, 3, 1))[0]()

    def write(self) -> None:
        """Tell of a project and a session of that number; both carry the user's name."""
        self.written += 1
        mark = f"{self.name}-{self.written}"
        project = {"project_id": mark, "working_directory": FOLDER}
        told = {"source_platform": "claude-code", "sync_type": "project_switch", "project": project}
        self._post("/api/projects/sync", told)
        session = {"platform": self.name, "session_id": SESSION, "project_id": mark}
        self._post("/api/sessions/register", session)
        shared = {"project_id": SESSION}
        self._post("/api/projects/sync", {**told, "project": shared, "context": {"by": mark}})

    def write_beside(self) -> None:
        """Read while a write is under way: either answer is right, and the next read's is new."""
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(self._get, "suggestions", self.beside)
            self.write()
            reading.result()
        self.read()

    def read(self) -> None:
        """Ask for something, which has to be as it was written last."""
        kind = self.random.choice(KINDS)
        if kind == "refused":
            self._refused()
            return
        answer = self._get(kind, self.line)
        assert self.wanted(kind) in answer.text, f"{kind} is behind {self.name}-{self.written}"

    def wanted(self, kind: str) -> str:
        """Return what an answer has after all that was written."""
        mark = f"{self.name}-{self.written}"
        return {
            "suggestions": f'"project_id":"{mark}"',
            "statistics": f'"synced_events":{2 * self.written}',
            "session": f'"project_id":"{mark}"',
            "status": f'"sequence":{2 * self.written}',
            "context": f'"by":"{mark}"',
            "identity": f'"subject":"owner:CHITTY-{self.name}"',
        }[kind]

    def _get(self, kind: str, line: Line) -> Answer:
        answer = self._send(line, "GET", PATHS[kind])
        assert answer.status == 200, answer.text
        if kind in KEPT:
            self.outcomes[answer.headers["x-cache"]] += 1
        return answer

    def _refused(self) -> None:
        """Ask for what there is not: a refusal is kept for nobody."""
        for path in ("/api/sessions/none", "/api/projects/sync?platform=NONE", "/nowhere"):
            answer = self._send(self.line, "GET", path)
            assert answer.status in (400, 404)
            assert answer.headers["cache-control"] == "no-store"
        # The first of them was looked for among kept answers.
        self.outcomes["NONE"] += 1

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        answer = self._send(self.line, "POST", path, body)
        assert answer.status in (200, 201), answer.text
        assert answer.headers["cache-control"] == "no-store"

    def _send(
        self, line: Line, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Answer:
        self.asked += 1
        answer = line.send(method, path, body)
        assert set(MARK.findall(answer.text)) <= {self.name}, f"{path} tells {self.name} of others"
        assert answer.headers["cache-control"]
        return answer


def _user(awareness: AwarenessStack, name: str) -> User:
    line, beside = _line(awareness, name), _line(awareness, name)
    return User(name, line, beside, random.Random(name))  # noqa: S311 - nothing secret


def _line(awareness: AwarenessStack, name: str) -> Line:
    headers = {"host": HOST, **awareness.headers(name, lifted=True)}
    return Line(HTTPConnection(LOOPBACK, awareness.cloud.edge_port, timeout=TIMEOUT), headers)


@dataclass(frozen=True)
class Mixed:
    """What came of all that the users asked, and what had been counted before."""

    asked: int
    outcomes: Counter[str]
    before: Counter[str]


@pytest.fixture(scope="module")
def mixed(awareness: AwarenessStack) -> Mixed:
    awareness.ask("GET", PATHS["statistics"])  # else there might be no dataset yet
    while not (before := _counted(awareness)):
        time.sleep(0.1)
    users = [_user(awareness, name) for name in USERS]
    with ThreadPoolExecutor(len(users)) as pool:
        list(pool.map(lambda user: user.go(REQUESTS // len(users)), users))
    for line in (each for user in users for each in (user.line, user.beside)):
        line.connection.close()
    outcomes = sum((user.outcomes for user in users), Counter[str]())
    return Mixed(sum(user.asked for user in users), outcomes, before)


def _counted(awareness: AwarenessStack) -> Counter[str]:
    """Ask the dataset how many reads were answered from the cache, and how many were not."""
    sql = (
        f"SELECT blob6 AS found, SUM(_sample_interval) AS n FROM {DATASETS['USAGE_ANALYTICS']} "  # noqa: S608 - our own
        "WHERE blob6 != '' GROUP BY found"
    )
    answer = awareness.cloud.client.post(
        awareness.cloud.account("/analytics_engine/sql"), content=sql
    )
    rows = answer.json()["data"] if answer.is_success else []
    return Counter({row["found"]: int(row["n"]) for row in rows})


def test_of_ten_thousand_mixed_answers_none_is_anothers_and_none_is_behind_a_write(
    mixed: Mixed,
) -> None:
    """PA-7: each answer names its user alone, and has what the user wrote last."""
    reads = mixed.outcomes["HIT"] + mixed.outcomes["MISS"]
    rate = mixed.outcomes["HIT"] / reads

    assert mixed.asked >= REQUESTS
    assert set(mixed.outcomes) == {"HIT", "MISS", "NONE"}
    # The cache has to have been at work, or nothing was shown of it.
    assert rate > 0.3, f"{rate:.0%} of {reads} reads were kept answers"


def test_hits_are_counted_as_they_were_answered(mixed: Mixed, awareness: AwarenessStack) -> None:
    """PA-7, PA-12: in the dataset, all users together."""
    outcomes = mixed.outcomes
    wanted = Counter(HIT=outcomes["HIT"], MISS=outcomes["MISS"])
    deadline = time.monotonic() + TIMEOUT

    while (counted := _counted(awareness) - mixed.before) != wanted:
        assert time.monotonic() < deadline, f"{counted} were counted of {wanted}"
        time.sleep(0.1)
