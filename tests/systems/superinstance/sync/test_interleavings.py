"""Two clients lose no update on the real runtime, whatever dies (SI-5).

`SYNC_INTERLEAVINGS` says how many there are; by default as many as the gate has time for.
"""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.systems.superinstance.sync.client import FILE, Attempt, Client
from tests.systems.superinstance.sync.stack import SyncStack

pytestmark = pytest.mark.workerd

INTERLEAVINGS = int(os.environ.get("SYNC_INTERLEAVINGS", "16"))
STEPS = 8
SEED = 20261129
KILLED_EVERY = 12
ANSWER_SECONDS = 60


def test_two_clients_lose_no_update(sync: SyncStack) -> None:
    attempts = [made for number in range(INTERLEAVINGS) for made in _interleaved(sync, number)]

    told = [each.status for each in attempts]
    assert min(told.count("applied"), told.count("conflict")) >= INTERLEAVINGS / 2, len(told)


def _interleaved(sync: SyncStack, number: int) -> list[Attempt]:
    """Have two clients of a user of their own live at the same time; give what they did."""
    user, chance = f"user-{number}", random.Random(SEED + number)  # noqa: S311 - no secrets
    clients = [
        Client(sync, user, name, random.Random(chance.random()))  # noqa: S311 - no secrets
        for name in ("one", "two")
    ]
    with ThreadPoolExecutor(len(clients)) as pool:
        lives = [pool.submit(client.live, STEPS) for client in clients]
        if number % KILLED_EVERY == KILLED_EVERY - 1:
            time.sleep(chance.uniform(0.05, 0.5))
            _kill_runtime(sync)
        attempts = [made for life in lives for made in life.result()]
    assert _lost(sync, user, attempts) == [], f"interleaving {number}"
    return attempts


def _kill_runtime(sync: SyncStack) -> None:
    pid = sync.cloud.result("GET", "/local/status")["runtime"]["pid"]
    if pid:
        os.kill(pid, signal.SIGKILL)


def _lost(sync: SyncStack, user: str, attempts: list[Attempt]) -> list[Attempt]:
    """Give what was pushed and answered, and is neither current, nor seen, nor a copy."""
    current = {
        each["id"]: (each["version"], None if each["deleted"] else each["value"])
        for each in _read(sync, user, "/settings").json()["items"]
    }
    for each in _read(sync, user, "/knowledge").json()["items"]:
        content = None if each["deleted"] else _read(sync, user, f"/knowledge/{FILE}").text
        current[each["id"]] = (each["version"], content)
    copies = {
        each["conflict_id"]: _copy(sync, user, each)
        for each in _read(sync, user, "/status").json()["conflicts"]
    }

    def is_kept(made: Attempt) -> bool:
        if made.status == "conflict":
            return copies.get(made.conflict_id, "") == made.value or _is_settled(made, attempts)
        if made.version != made.base + 1:
            return made.value is None  # deleted already, or never there: no new version
        version, value = current[made.item]
        if made.version == version:
            return bool(made.value == value)
        return any(
            (each.item, each.base, each.seen) == (made.item, made.version, made.value)
            for each in attempts
        )

    return [made for made in attempts if made.status != "untold" and not is_kept(made)]


def _is_settled(made: Attempt, attempts: list[Attempt]) -> bool:
    """Whether somebody who named the copy was applied, or was never told what became of it."""
    named = [each for each in attempts if made.conflict_id in each.resolves]
    return any(each.status != "conflict" for each in named)


def _copy(sync: SyncStack, user: str, listed: dict[str, object]) -> str | None:
    answer = _read(sync, user, f"/conflicts/{listed['conflict_id']}")
    if listed["deleted"]:
        return None
    if listed["item_id"] == FILE:
        return answer.text
    value: str = answer.json()["value"]
    return value


def _read(sync: SyncStack, user: str, path: str) -> httpx.Response:
    """Ask until it is answered: the runtime may be starting anew."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        answer = sync.ask(user, "GET", path)
        if answer.status_code == 200:
            return answer
        assert answer.status_code >= 500, answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.05)
