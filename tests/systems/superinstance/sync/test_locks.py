"""Locks end by time, late holders are refused, and what nothing refers to is swept (SI-5)."""

from typing import Any

import pytest

from tests.systems.superinstance.sync.stack import SyncStack, upload

pytestmark = pytest.mark.workerd

LATER = """
const now = Date.now;
Date.now = () => now() + 31_000;
const busyMs = SyncState.prototype.busyMs;
SyncState.prototype.busyMs = async function () {
  await this.alarm();
  return busyMs.call(this);
};
"""
"""At the end of the worker: moves its clock, and rings the alarm of whoever asks for the status."""


@pytest.fixture(scope="module")
def dead_holder(sync: SyncStack) -> dict[str, Any]:
    """Give a lock whose holder says no more, and bytes that nobody refers to, half a minute old."""
    lock = sync.ask("held-up", "POST", "/lock").json()
    busy = sync.push("held-up", "a", 0, 1)
    for base, content in ((0, b"old"), (1, b"new")):
        path = f"/knowledge/notes?base_version={base}"
        assert sync.ask("swept", "PUT", path, content=content).status_code == 200
    upload(sync, LATER)
    return {"lock": lock, "busy": busy}


def test_a_lock_holds_others_up_until_it_is_over(
    sync: SyncStack, dead_holder: dict[str, Any]
) -> None:
    user, dead, busy = "held-up", dead_holder["lock"], dead_holder["busy"]
    assert (busy.status_code, busy.json()["error"]["code"]) == (423, "locked")
    assert 1 <= int(busy.headers["retry-after"]) <= 30

    late = sync.push(user, "a", 0, 2, lock_id=dead["lock_id"])
    assert (late.status_code, late.json()["error"]["code"]) == (409, "lock_lost")
    following = sync.ask(user, "POST", "/lock").json()
    assert following["fencing_token"] > dead["fencing_token"]
    assert sync.push(user, "a", 0, 3, lock_id=following["lock_id"]).status_code == 200
    assert sync.pull(user)["a"]["value"] == 3


def test_d1_refuses_a_write_whose_token_is_older_than_it_has_seen(sync: SyncStack) -> None:
    """As the next holder has marked it, while this one was paused."""
    user = "paused"
    lock = sync.ask(user, "POST", "/lock").json()
    assert sync.push(user, "a", 0, 1, lock_id=lock["lock_id"]).status_code == 200
    newer = str(lock["fencing_token"] + 7)
    sync.sql("UPDATE sync_users SET fence = CAST(?1 AS INTEGER) WHERE user_id = ?2", newer, user)

    late = sync.push(user, "a", 1, 2, lock_id=lock["lock_id"])
    assert (late.status_code, late.json()["error"]["code"]) == (409, "lock_lost")
    assert sync.ask(user, "DELETE", f"/lock/{lock['lock_id']}").status_code == 204
    assert sync.pull(user)["a"]["value"] == 1
    assert sync.push(user, "a", 1, 3).json()["results"][0]["status"] == "applied"
    assert sync.ask(user, "POST", "/lock").json()["fencing_token"] > int(newer)


@pytest.mark.usefixtures("dead_holder")
def test_bytes_that_nothing_refers_to_are_swept_when_they_are_due(sync: SyncStack) -> None:
    user = "swept"
    (kept,) = sync.sql("SELECT object_key FROM sync_items WHERE user_id = ?1", user)
    (due,) = sync.sql("SELECT object_key FROM sync_objects WHERE user_id = ?1", user)
    both = {kept["object_key"], due["object_key"]}

    sync.status(user)
    assert both <= sync.objects("KNOWLEDGE_STORE")
    sync.sql("UPDATE sync_objects SET due_at = 1 WHERE user_id = ?1", user)
    sync.status(user)
    assert both & sync.objects("KNOWLEDGE_STORE") == {kept["object_key"]}
    assert sync.sql("SELECT object_key FROM sync_objects WHERE user_id = ?1", user) == []
    assert sync.ask(user, "GET", "/knowledge/notes").content == b"new"
