"""Push and pull of settings, history, knowledge and LoRA on the real runtime (SI-5)."""

import base64
import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.systems.superinstance.sync.stack import SyncStack

pytestmark = pytest.mark.workerd


def test_settings_come_back_as_they_were_pushed(sync: SyncStack) -> None:
    """SI-A16."""
    value = {"theme": "dunkel", "sizes": [1, 2.5, 1e30], "nothing": None, "emoji": "🦀"}
    pushed = sync.push("settings-user", "editor", 0, value)

    assert pushed.json()["results"][0]["status"] == "applied", pushed.text
    (item,) = sync.pull("settings-user").values()
    assert (item["version"], item["value"]) == (1, value)
    assert sync.pull("settings-user", since=pushed.json()["cursor"]) == {}


def test_a_stale_push_is_kept_beside_and_settled_by_one_that_names_it(sync: SyncStack) -> None:
    """SI-A17."""
    user = "conflict-user"
    sync.push(user, "theme", 0, "dark", device="laptop")
    lost = sync.push(user, "theme", 0, "light", device="phone").json()["results"][0]
    (listed,) = sync.status(user)["conflicts"]
    copy = sync.ask(user, "GET", f"/conflicts/{lost['conflict_id']}").json()

    assert (lost["status"], lost["version"]) == ("conflict", 1)
    assert listed["name"].startswith("theme (conflict of phone, 20")
    assert copy["value"] == "light"

    resolves = {"resolves": [lost["conflict_id"]]}
    settled = sync.push(user, "theme", 1, "grey", change=resolves).json()["results"][0]
    assert (settled["status"], settled["version"]) == ("applied", 2)
    assert sync.status(user)["conflicts"] == []


def test_history_takes_pages_of_entries(sync: SyncStack) -> None:
    """SI-A16."""
    changes = [{"id": f"m{n}", "base_version": 0, "value": {"n": n}} for n in range(100)]
    for part in (changes, [{**each, "id": f"x{each['id']}"} for each in changes]):
        answer = sync.ask("history-user", "POST", "/history", json={"changes": part})
        assert {each["status"] for each in answer.json()["results"]} == {"applied"}, answer.text

    first = sync.ask("history-user", "GET", "/history").json()
    second = sync.ask("history-user", "GET", f"/history?since={first['cursor']}").json()
    assert (len(first["items"]), first["more"]) == (100, True)
    assert (len(second["items"]), second["more"]) == (100, False)
    ids = {each["id"] for each in first["items"] + second["items"]}
    assert len(ids) == len(changes) * 2


DELETIONS = """
    WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 2001)
    INSERT INTO sync_items SELECT user_id, 'settings', 'gone-' || n, 2, n, 1, 'deleted', 0, NULL,
        NULL, NULL, 'phone', '2026-11-29T12:00:00Z'
    FROM n, sync_users WHERE user_id = 'deletes'"""
"""As many deletions as are remembered, after the first change of the user."""


def test_deletions_beyond_as_many_as_items_are_forgotten_and_said_to_be(sync: SyncStack) -> None:
    """SI-5."""
    user = "deletes"
    sync.push(user, "stays", 0, 1)
    sync.sql(DELETIONS)
    sync.sql("UPDATE sync_users SET change = 2001 WHERE user_id = ?", user)
    sync.sql("UPDATE sync_usage SET deletions = 2000 WHERE user_id = ?", user)
    change = {"id": "stays", "base_version": 1, "deleted": True}
    pushed = sync.ask(user, "POST", "/settings", json={"changes": [change]})
    late = sync.ask(user, "GET", "/settings?since=1")
    made = sync.push(user, "gone-2", 0, 1).json()["results"][0]

    assert pushed.json()["results"][0]["status"] == "applied", pushed.text
    assert (late.status_code, late.json()["error"]["code"]) == (409, "cursor_expired")
    assert (made["status"], made["version"]) == ("applied", 3)
    (usage,) = sync.sql("SELECT deletions, items FROM sync_usage WHERE user_id = ?", user)
    assert usage == {"deletions": 2000, "items": 1}
    assert len(sync.pull(user, since=2)) == 100


@pytest.mark.parametrize("collection", ["knowledge", "lora"])
def test_bytes_of_both_sides_of_a_conflict_are_kept(sync: SyncStack, collection: str) -> None:
    user, path = f"{collection}-user", f"/{collection}/adapter.bin"
    mine, theirs = secrets.token_bytes(3_000_000), secrets.token_bytes(10)
    first = sync.ask(user, "PUT", f"{path}?base_version=0", content=mine)
    second = sync.ask(user, "PUT", f"{path}?base_version=0", content=theirs)
    read = sync.ask(user, "GET", path)
    copy = sync.ask(user, "GET", f"/conflicts/{second.json()['conflict_id']}")

    assert (first.status_code, second.status_code) == (200, 409), first.text
    assert second.json()["error"]["code"] == "conflict"
    assert (read.content, read.headers["etag"]) == (mine, '"1"')
    digest = base64.b64encode(hashlib.sha256(mine).digest()).decode()
    assert read.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert copy.content == theirs
    known = sync.ask(user, "GET", path, headers={"if-none-match": '"1"'})
    assert known.status_code == 304


def test_a_file_may_be_empty(sync: SyncStack) -> None:
    pushed = sync.ask("empty-user", "PUT", "/knowledge/empty?base_version=0", content=b"")

    assert (pushed.status_code, pushed.json()["version"]) == (200, 1), pushed.text
    assert sync.ask("empty-user", "GET", "/knowledge/empty").content == b""


def test_what_is_too_large_or_of_unknown_length_is_refused(sync: SyncStack) -> None:
    def chunks():  # a body whose length is not said
        yield b"some bytes"

    path = "/knowledge/large?base_version=0"
    unknown = sync.ask("large-user", "PUT", path, content=chunks())
    large = sync.ask("large-user", "PUT", path, content=bytes(25 * 1024 * 1024 + 1))

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (411, "length_required")
    assert (large.status_code, large.json()["error"]["code"]) == (413, "body_too_large")
    assert sync.sql("SELECT * FROM sync_objects WHERE user_id = 'large-user'") == []


def test_nobody_reads_or_changes_what_is_of_another(sync: SyncStack) -> None:
    sync.push("owner", "secret", 0, "of the owner")
    sync.push("owner", "secret", 0, "a copy")
    sync.ask("owner", "PUT", "/knowledge/file?base_version=0", content=b"bytes")
    (copy,) = sync.status("owner")["conflicts"]
    lock = sync.ask("owner", "POST", "/lock").json()["lock_id"]
    asked = [
        ("GET", "/knowledge/file"),
        ("GET", f"/conflicts/{copy['conflict_id']}"),
        ("DELETE", f"/conflicts/{copy['conflict_id']}"),
        ("DELETE", f"/lock/{lock}"),
    ]
    seen = [sync.ask("stranger", method, path).status_code for method, path in asked]

    assert seen == [404, 404, 404, 409]
    assert sync.pull("stranger") == {}
    assert sync.push("stranger", "secret", 1, "x").json()["results"][0]["status"] == "conflict"
    assert sync.push("stranger", "other", 0, "x", lock_id=lock).status_code == 409
    assert sync.ask("owner", "DELETE", f"/lock/{lock}").status_code == 204
    assert sync.pull("owner")["secret"]["value"] == "of the owner"


def test_pushes_at_the_same_time_all_come_through(sync: SyncStack) -> None:
    """SI-A17."""

    def push(number: int) -> str:
        answer = sync.push("busy-user", f"s{number}", 0, number)
        assert answer.status_code == 200, answer.text
        status: str = answer.json()["results"][0]["status"]
        return status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(push, range(24))) == {"applied"}
    assert len(sync.pull("busy-user")) == 24


def test_no_log_says_what_was_pushed_or_by_whom(sync: SyncStack) -> None:
    sync.push("canary-user", "canary-item", 0, "canary-value")

    log = json.dumps(sync.cloud.result("GET", "/local/logs"))
    assert "POST" in log
    assert "canary" not in log
