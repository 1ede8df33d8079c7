"""Answers that are kept, on the runtime's own Cache API, while many users read and write (PA-7)."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from common.certificates import trusted_at
from tests.systems.project_awareness.conftest import (
    DATASETS,
    HOST,
    LOOPBACK,
    TIMEOUT,
    USERS,
    AwarenessStack,
)

pytestmark = pytest.mark.workerd

REQUESTS = 10_000
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


@dataclass
class User:
    """One of many who write and read, and knows what each read has to answer."""

    name: str
    client: httpx.AsyncClient
    headers: dict[str, str]
    random: random.Random
    written: int = 0
    asked: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    """What came of the reads that are kept."""

    async def go(self, requests: int) -> None:
        """Write once, then mix reads and writes until *requests* were sent."""
        await self.write()
        while self.asked < requests:
            await self.random.choices((self.read, self.write, self.write_beside), (40, 3, 1))[0]()

    async def write(self) -> None:
        """Tell of a project and a session of that number; both carry the user's name."""
        self.written += 1
        mark = f"{self.name}-{self.written}"
        project = {"project_id": mark, "working_directory": FOLDER}
        told = {"source_platform": "claude-code", "sync_type": "project_switch", "project": project}
        await self._post("/api/projects/sync", told)
        session = {"platform": self.name, "session_id": SESSION, "project_id": mark}
        await self._post("/api/sessions/register", session)
        shared = {"project_id": SESSION}
        await self._post("/api/projects/sync", {**told, "project": shared, "context": {"by": mark}})

    async def write_beside(self) -> None:
        """Read while a write is under way: either answer is right, and the next read's is new."""
        await asyncio.gather(self.write(), self._get("suggestions"), self._get("statistics"))
        await self.read()

    async def read(self) -> None:
        """Ask for something, which has to be as it was written last."""
        kind = self.random.choice(KINDS)
        if kind == "refused":
            await self._refused()
            return
        answer = await self._get(kind)
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

    async def _get(self, kind: str) -> httpx.Response:
        answer = await self._send("GET", PATHS[kind])
        assert answer.status_code == httpx.codes.OK, answer.text
        if kind in KEPT:
            self.outcomes[answer.headers["x-cache"]] += 1
        return answer

    async def _refused(self) -> None:
        """Ask for what there is not: a refusal is kept for nobody."""
        for path in ("/api/sessions/none", "/api/projects/sync?platform=NONE", "/nowhere"):
            answer = await self._send("GET", path)
            assert answer.is_client_error
            assert answer.headers["cache-control"] == "no-store"

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = await self._send("POST", path, json=body)
        assert answer.is_success, answer.text
        assert answer.headers["cache-control"] == "no-store"

    async def _send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        self.asked += 1
        answer = await self.client.request(method, path, headers=self.headers, **sent)
        assert set(MARK.findall(answer.text)) <= {self.name}, f"{path} tells {self.name} of others"
        assert answer.headers["cache-control"]
        return answer


async def _all(awareness: AwarenessStack, run: Callable[[User], Awaitable[None]]) -> list[User]:
    address = f"http://{LOOPBACK}:{awareness.cloud.edge_port}"
    limits = httpx.Limits(max_connections=len(USERS), max_keepalive_connections=len(USERS))
    async with httpx.AsyncClient(
        base_url=address, timeout=TIMEOUT, limits=limits, verify=trusted_at(address)
    ) as client:
        users = [_user(awareness, name, client) for name in USERS]
        await asyncio.gather(*map(run, users))
    return users


def _user(awareness: AwarenessStack, name: str, client: httpx.AsyncClient) -> User:
    headers = {"host": HOST, **awareness.headers(name, lifted=True)}
    return User(name, client, headers, random.Random(name))  # noqa: S311 - nothing secret


@pytest.fixture(scope="module")
def before(awareness: AwarenessStack) -> Counter[str]:
    """Give what other tests were answered."""
    return _counted(awareness)


@pytest.fixture(scope="module")
def mixed(awareness: AwarenessStack, before: Counter[str]) -> list[User]:
    del before  # is counted first
    return asyncio.run(_all(awareness, lambda user: user.go(REQUESTS // len(USERS))))


@pytest.mark.timeout(1800)  # what it waits for takes minutes beside much else
def test_of_ten_thousand_mixed_answers_none_is_anothers_and_none_is_behind_a_write(
    mixed: list[User],
) -> None:
    """PA-7: each answer names its user alone, and has what the user wrote last."""
    outcomes = sum((user.outcomes for user in mixed), Counter[str]())
    rate = outcomes["HIT"] / outcomes.total()

    assert sum(user.asked for user in mixed) >= REQUESTS
    assert set(outcomes) == {"HIT", "MISS"}
    # The cache has to have been at work, or nothing was shown of it.
    assert rate > 0.3, f"{rate:.0%} of {outcomes.total()} reads were kept answers"


def test_hits_are_counted_as_they_were_answered(
    mixed: list[User], before: Counter[str], awareness: AwarenessStack
) -> None:
    """PA-7, PA-12: in the dataset, all users together."""
    outcomes = sum((user.outcomes for user in mixed), Counter[str]())

    assert _counted(awareness) - before == outcomes


def _counted(stack: AwarenessStack) -> Counter[str]:
    """Return how often answers were kept ones, and how often made, as the dataset says."""
    sql = (
        f"SELECT blob6 AS found, SUM(_sample_interval) AS n FROM {DATASETS['USAGE_ANALYTICS']} "  # noqa: S608 - a name of our own
        "WHERE blob6 != '' GROUP BY found"
    )
    answer = stack.cloud.client.post(stack.cloud.account("/analytics_engine/sql"), content=sql)
    rows = answer.json()["data"] if answer.is_success else []  # there is none before a point
    return Counter({row["found"]: int(row["n"]) for row in rows})
