"""A copy that was stopped goes on where it was, and a request that was refused is sent again."""

import json

import httpx
import pytest

from ops.backup import d1, kv
from ops.backup.backup_folder import MANIFEST, Folder, Manifest
from ops.backup.d1_reading import Database
from ops.backup.restore_journal import Journal
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.cloudflare_api.answer import RefusedError
from ops.cloudflare_api.client import LASTING
from ops.errors import OpsError

KEYS = 1_200


class StoppedError(Exception):
    """The command was killed."""


def account(*answers):
    """Make an account that gives one of *answers* after the other: a status, and its headers."""
    left = list(answers)

    def answer(_request):
        status, headers = left.pop(0)
        said = {"success": status == httpx.codes.OK, "result": "it", "errors": []}
        if status != httpx.codes.OK:
            said["errors"] = [{"code": 10000, "message": "Authentication error"}]
        return httpx.Response(status, headers=headers, json=said)

    return Account("https://api.example", "a" * 32, "canary", httpx.MockTransport(answer))


def test_what_is_too_much_at_once_is_sent_again_when_the_account_says(waited):
    told = account((429, {"retry-after": "77"}), (503, {}), (200, {})).result("GET", "/d1")

    assert told == "it"
    assert waited[0] >= 77
    assert 0 < waited[1] < 77


def test_a_refusal_is_said_with_its_code_and_without_the_token(waited):
    with pytest.raises(RefusedError, match="403: 10000 Authentication error") as refused:
        account((403, {})).result("GET", "/d1/database")

    assert "canary" not in str(refused.value)
    assert waited == []


def test_an_account_that_does_not_answer_is_given_up_with_what_to_do(waited):
    gone = account(*[(503, {})] * LASTING.attempts)

    with pytest.raises(OpsError, match=r"status 503.*run the same command again"):
        gone.result("GET", "/d1/database")
    assert len(waited) == LASTING.attempts - 1


def test_a_manifest_that_leads_out_of_its_folder_is_refused(tmp_path):
    made = Manifest(stack="s", account="a", began="now").model_dump()
    made["state"] = {"path": "../../etc/passwd", "sha256": "0", "bytes": 1}
    (tmp_path / MANIFEST).write_text(json.dumps(made))

    with pytest.raises(OpsError, match=r"state\.path: Value error, leads out of the backup"):
        Folder(tmp_path).begun()


@pytest.mark.workerd
@pytest.mark.timeout(300)
def test_a_stopped_backup_and_a_stopped_restore_go_on(world, tmp_path, monkeypatch):
    monkeypatch.setattr(kv, "A_WRITE", 100)
    here, there = world.place("stopped-here"), world.place("stopped-there")
    world.put(here, *({"key": f"{n:04}", "value": "v"} for n in range(KEYS)))
    world.sql(here, "CREATE TABLE t (n); INSERT INTO t VALUES (1)")
    journal = Journal(tmp_path / "journal")

    def stop(store, done):
        if store.kind == "kv" and done.entries >= KEYS // 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        world.save(here, tmp_path / "backup", show=stop)
    with pytest.raises(OpsError, match="stopped before its end; finish it: python -m ops backup"):
        world.restore(tmp_path / "backup", there)
    copied = (tmp_path / "backup" / "d1" / "db.sql").stat().st_mtime_ns
    world.save(here, tmp_path / "backup")
    assert (tmp_path / "backup" / "d1" / "db.sql").stat().st_mtime_ns == copied

    with pytest.raises(StoppedError):
        world.restore(tmp_path / "backup", there, journal=journal, show=stop)
    assert 0 < journal.lines("kv kv") < KEYS
    written: list[int] = []
    writes = kv._write

    def note(*told):
        written.append(1)
        return writes(*told)

    monkeypatch.setattr(kv, "_write", note)
    world.restore(tmp_path / "backup", there, journal=Journal(tmp_path / "journal"))

    assert 0 < len(written) <= 7
    assert world.keys(there) == world.keys(here)
    assert not (tmp_path / "journal").exists()


@pytest.mark.workerd
def test_what_was_wiped_since_a_restore_was_stopped_begins_anew(world, tmp_path):
    here, there = world.place("wiped-here"), world.place("wiped-there")
    world.put(here, {"key": "k", "value": "v"})
    world.save(here, tmp_path / "backup")
    journal = Journal(tmp_path / "journal")
    journal.write("kv kv", 1)

    world.restore(tmp_path / "backup", there, journal=journal)

    assert world.value(there, "k") == b"v"


@pytest.mark.workerd
def test_a_database_takes_a_copy_again_that_it_was_given_before(world, tmp_path):
    here, there = world.place("twice-here"), world.place("twice-there")
    world.sql(here, "CREATE TABLE t (n); INSERT INTO t VALUES (1)")
    world.save(here, tmp_path / "backup")
    for _ in range(3):  # the third file is the second again: both take away what a restore made
        world.restore(tmp_path / "backup", there, replace=True)
        assert world.sql(there, "SELECT n FROM t") == [{"n": 1}]
        world.sql(there, "UPDATE t SET n = 2")


def test_what_d1_says_of_a_file_that_it_refuses_is_told(tmp_path):
    said = {"status": "error", "success": True, "errors": ["no such table: t"], "messages": []}
    answer = {"success": True, "result": said}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer))
    asked = Account("https://api.example", "a" * 32, "canary", transport)
    (tmp_path / "sql").write_text("SELECT * FROM t;")
    database = Database(asked, Store("d1", "db", "live-db", "0" * 32))

    with pytest.raises(OpsError, match=r"refuses the copy of live-db: no such table: t; the data"):
        d1.import_file(asked, database, tmp_path / "sql", "live-db")
