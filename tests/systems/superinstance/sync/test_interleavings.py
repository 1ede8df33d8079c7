"""Two clients lose no update on the real runtime, whatever dies, and a lock ends by time (SI-5).

`SYNC_INTERLEAVINGS` says how many there are; by default as many as the gate has time for.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from harness.identity import identity_provider
from harness.local_cloudflare import local_cloudflare
from tests.systems.superinstance.sync.client import FILE, Attempt, Client
from tests.systems.superinstance.sync.stack import SyncStack, deploy, upload

pytestmark = pytest.mark.workerd

INTERLEAVINGS = int(os.environ.get("SYNC_INTERLEAVINGS", "24"))
STEPS = 8
SEED = 20261129
KILLED_EVERY = 12
LOCK_SECONDS = 30
ANSWER_SECONDS = 60


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncStack]:
    """Deploy one for this file: it is killed at times."""
    directory = tmp_path_factory.mktemp("interleaved") / "cloudflare"
    with identity_provider() as provider, local_cloudflare(directory) as cloud:
        yield deploy(cloud, provider)


def test_two_clients_lose_no_update_and_a_dead_holder_holds_nobody_up(mortal: SyncStack) -> None:
    lock = mortal.ask("dead-holder", "POST", "/lock").json()
    locked_at = time.monotonic()
    attempts = [made for number in range(INTERLEAVINGS) for made in _interleaved(mortal, number)]

    told = [each.status for each in attempts]
    assert min(told.count("applied"), told.count("conflict")) >= INTERLEAVINGS / 2, len(told)
    _expect_free_after(mortal, lock, locked_at)


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
        if made.version != made.base + 1 and made.value is not None:
            return False
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


def _expect_free_after(sync: SyncStack, lock: dict[str, object], locked_at: float) -> None:
    """Wait until the time of *lock* is over: then others push, and its holder does not."""
    if time.monotonic() - locked_at < LOCK_SECONDS - 7:
        assert sync.push("dead-holder", "a", 0, 1).status_code == 423
    time.sleep(max(0, locked_at + LOCK_SECONDS + 1 - time.monotonic()))
    late = sync.push("dead-holder", "b", 0, 1, lock_id=lock["lock_id"])

    assert (late.status_code, late.json()["error"]["code"]) == (409, "lock_lost")
    assert sync.push("dead-holder", "a", 0, 1).status_code == 200


def test_d1_refuses_a_write_whose_token_is_older_than_it_has_seen(mortal: SyncStack) -> None:
    """As the next holder has marked it, while this one was paused."""
    user = "paused"
    lock = mortal.ask(user, "POST", "/lock").json()
    assert mortal.push(user, "a", 0, 1, lock_id=lock["lock_id"]).status_code == 200
    newer = str(lock["fencing_token"] + 7)
    mortal.sql("UPDATE sync_users SET fence = CAST(?1 AS INTEGER) WHERE user_id = ?2", newer, user)

    late = mortal.push(user, "a", 1, 2, lock_id=lock["lock_id"])
    assert (late.status_code, late.json()["error"]["code"]) == (409, "lock_lost")
    assert mortal.ask(user, "DELETE", f"/lock/{lock['lock_id']}").status_code == 204
    assert mortal.pull(user)["a"]["value"] == 1
    assert mortal.push(user, "a", 1, 3).json()["results"][0]["status"] == "applied"
    assert mortal.ask(user, "POST", "/lock").json()["fencing_token"] > int(newer)


RINGING = """
const busyMs = SyncState.prototype.busyMs;
SyncState.prototype.busyMs = async function () {
  await this.alarm();
  return busyMs.call(this);
};
"""
"""Rings the alarm of a user whenever the status is asked for."""


def test_bytes_that_nothing_refers_to_are_swept_when_they_are_due(mortal: SyncStack) -> None:
    user = "swept"
    for base, content in ((0, b"old"), (1, b"new")):
        path = f"/knowledge/notes?base_version={base}"
        assert mortal.ask(user, "PUT", path, content=content).status_code == 200
    (kept,) = mortal.sql("SELECT object_key FROM sync_items WHERE user_id = ?1", user)
    (due,) = mortal.sql("SELECT object_key FROM sync_objects WHERE user_id = ?1", user)
    both = {kept["object_key"], due["object_key"]}

    upload(mortal, RINGING)
    mortal.status(user)
    assert both <= mortal.objects("KNOWLEDGE_STORE")
    mortal.sql("UPDATE sync_objects SET due_at = 1 WHERE user_id = ?1", user)
    mortal.status(user)
    assert both & mortal.objects("KNOWLEDGE_STORE") == {kept["object_key"]}
    assert mortal.sql("SELECT object_key FROM sync_objects WHERE user_id = ?1", user) == []
    assert mortal.ask(user, "GET", "/knowledge/notes").content == b"new"
