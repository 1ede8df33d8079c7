"""One device of a user: pulls, pushes, settles, holds the lock at times, and dies at times."""

import random
import time
from dataclasses import dataclass, replace
from typing import Any

import httpx

from tests.systems.superinstance.sync.stack import SyncStack

FILE = "file"
ITEMS = ("a", "b", FILE)
"""Two settings, and an item of knowledge."""

TRY_SECONDS = 60
AGAIN = {423, 502, 503}
DELETED = None


@dataclass(frozen=True)
class Attempt:
    """What a client has sent, and what it was told of it."""

    item: str
    base: int
    seen: str | None
    """The value that the client had seen; `None` for a deletion, and where it had seen nothing."""

    value: str | None
    resolves: tuple[str, ...] = ()
    status: str = "untold"
    version: int = 0
    conflict_id: str | None = None


class Client:
    """Does one thing or another by *chance*, as *user* on the device *name*."""

    def __init__(self, sync: SyncStack, user: str, name: str, chance: random.Random) -> None:
        self.sync, self.user, self.name, self.chance = sync, user, name, chance
        self.attempts: list[Attempt] = []
        self.seen: dict[str, tuple[int, str | None]] = {}
        self.lock: str | None = None

    def live(self, steps: int) -> list[Attempt]:
        """Take so many steps; give what was sent, and what became of it."""
        ways = (self._pull, self._push, self._settle, self._hold, self._die)
        for _ in range(steps):
            (way,) = self.chance.choices(ways, (25, 50, 10, 8, 7))
            way()
        self._give_back()
        return self.attempts

    def _pull(self) -> None:
        for item in self._asked("GET", "/settings").get("items", []):
            value = DELETED if item["deleted"] else item["value"]
            self.seen[item["id"]] = (item["version"], value)
        read = self._ask("GET", f"/knowledge/{FILE}")
        if read is not None and read.status_code == 200:
            self.seen[FILE] = (int(read.headers["etag"].strip('"')), read.text)

    def _push(self, item: str | None = None, resolves: tuple[str, ...] = ()) -> None:
        item = item or self.chance.choice(ITEMS)
        base, seen = self.seen.get(item, (0, None))
        written = f"{self.user}-{self.name}-{len(self.attempts)}"
        value = DELETED if self.chance.random() < 0.15 else written
        self.attempts.append(Attempt(item, base, seen, value, resolves))
        told = self._until_told(self.attempts[-1])
        if told is None:
            return
        self.attempts[-1] = told
        if told.status == "applied":
            self.seen[item] = (told.version, value)

    def _until_told(self, attempt: Attempt) -> Attempt | None:
        """Send until it is told what became of it; some give up before."""
        deadline = time.monotonic() + TRY_SECONDS
        while time.monotonic() < deadline:
            answer = self._send(attempt)
            if answer is not None and answer.status_code not in AGAIN:
                said = answer.json()
                if said.get("error", {}).get("code") != "lock_lost":
                    (told,) = said.get("results", [said])
                    assert "status" in told, answer.text
                    return replace(
                        attempt,
                        status=told["status"],
                        version=told["version"],
                        conflict_id=told["conflict_id"],
                    )
                self.lock = None
            if self.chance.random() < 0.15:
                return None
        return None

    def _send(self, attempt: Attempt) -> httpx.Response | None:
        # Some requests are left in the middle: nobody knows then what has become of them.
        left = self.chance.random() < 0.1
        options: dict[str, Any] = {"timeout": self.chance.uniform(0.001, 0.03)} if left else {}
        lock = {} if self.lock is None else {"lock_id": self.lock}
        if attempt.item != FILE:
            change = {
                "id": attempt.item,
                "base_version": attempt.base,
                "resolves": attempt.resolves,
                **({"deleted": True} if attempt.value is None else {"value": attempt.value}),
            }
            body = {"device": self.name, "changes": [change], **lock}
            return self._ask("POST", "/settings", json=body, **options)
        query = {"base_version": attempt.base, "device": self.name, **lock}
        if attempt.resolves:
            query["resolves"] = ",".join(attempt.resolves)
        if attempt.value is None:
            return self._ask("DELETE", f"/knowledge/{FILE}", params=query, **options)
        sent = {"params": query, "content": attempt.value.encode(), **options}
        return self._ask("PUT", f"/knowledge/{FILE}", **sent)

    def _settle(self) -> None:
        """Write anew what is in conflict, after a look at what is current, and name the copy."""
        conflicts = self._asked("GET", "/status").get("conflicts", [])
        if conflicts:
            chosen = self.chance.choice(conflicts)
            self._pull()
            self._push(chosen["item_id"], (chosen["conflict_id"],))

    def _hold(self) -> None:
        if self.lock is not None:
            self._give_back()
            return
        answer = self._ask("POST", "/lock")
        if answer is not None and answer.status_code == 201:
            self.lock = answer.json()["lock_id"]

    def _die(self) -> None:
        """Begin anew, with nothing in memory; mostly somebody has given its lock back."""
        if self.chance.random() < 0.9:
            self._give_back()
        self.seen, self.lock = {}, None

    def _give_back(self) -> None:
        if self.lock is not None:
            self._ask("DELETE", f"/lock/{self.lock}")
        self.lock = None

    def _asked(self, method: str, path: str) -> dict[str, Any]:
        answer = self._ask(method, path)
        read: dict[str, Any] = {} if answer is None or not answer.is_success else answer.json()
        return read

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response | None:
        """Ask; `None` where no answer came."""
        try:
            return self.sync.ask(self.user, method, path, **sent)
        except httpx.HTTPError:
            return None
