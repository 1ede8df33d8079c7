"""A lock of a dead process is removed; one of a live run stops the command."""

import json
import socket
import subprocess

import pytest

from ops.crash_recovery import stale_locks
from ops.errors import OpsError
from ops.paths import PROJECT
from ops.state_store import locks
from tests.toolchain.tools import executable


@pytest.fixture
def lock(tmp_path):
    """Answer a function that leaves a lock of stack `development` behind."""

    def leave(pid, host=None, text=None):
        folder = tmp_path / ".pulumi" / "locks" / "organization" / PROJECT / "development"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "0b1c.json"
        content = {"pid": pid, "username": "u", "hostname": host or socket.gethostname()}
        path.write_text(json.dumps(content) if text is None else text)
        return path

    return leave


@pytest.fixture
def dead_pid():
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def engine_pid(tmp_path):
    """Run something that looks like an engine to whoever lists processes."""
    slow = executable(tmp_path / "bin", "pulumi", "while :; do sleep 0.1; done")
    process = subprocess.Popen([slow])
    yield process.pid
    process.kill()
    process.wait()


def test_a_lock_of_a_dead_process_is_removed(lock, tmp_path, dead_pid):
    path = lock(dead_pid)

    said = stale_locks.release(tmp_path, "development")

    assert said == [f"removed the lock of process {dead_pid}, which is dead"]
    assert not path.exists()


def test_a_lock_whose_pid_is_another_program_by_now_is_removed(lock, tmp_path):
    other = subprocess.Popen(["sleep", "30"])
    path = lock(other.pid)

    try:
        assert len(stale_locks.release(tmp_path, "development")) == 1
    finally:
        other.kill()
        other.wait()
    assert not path.exists()


@pytest.mark.parametrize("text", ['{"pid": 12', "[]", '{"pid": null}'])
def test_a_lock_that_is_none_is_removed(lock, tmp_path, text):
    path = lock(0, text=text)

    assert len(stale_locks.release(tmp_path, "development")) == 1
    assert not path.exists()


def test_a_lock_of_a_process_that_cannot_be_is_removed(lock, tmp_path):
    lock(10**30)

    assert len(stale_locks.release(tmp_path, "development")) == 1


def test_a_live_run_keeps_its_lock(lock, tmp_path, engine_pid):
    path = lock(engine_pid)

    with pytest.raises(OpsError, match=f"being changed by process {engine_pid} .* which runs"):
        stale_locks.release(tmp_path, "development", patience=0.1)
    assert path.exists()


def test_a_lock_of_another_machine_is_never_touched(lock, tmp_path, dead_pid):
    path = lock(dead_pid, host="another-machine")

    with pytest.raises(OpsError, match=r"on another-machine.*ops state unlock development"):
        stale_locks.release(tmp_path, "development", patience=0.1)
    assert path.exists()


def test_a_lock_that_comes_meanwhile_is_not_removed(lock, tmp_path, dead_pid, monkeypatch):
    later = lock(dead_pid).with_name("later.json")
    read = locks.read

    def read_before_it_comes(store, stack):
        found = read(store, stack)
        later.write_text(json.dumps({"pid": 1, "hostname": "elsewhere"}))
        return found

    monkeypatch.setattr(locks, "read", read_before_it_comes)

    assert len(stale_locks.release(tmp_path, "development")) == 1
    assert later.exists()


def test_nothing_is_said_when_nothing_is_locked(tmp_path):
    assert stale_locks.release(tmp_path, "development") == []
