"""Locks that end with their process."""

import os
import subprocess
import sys

import pytest

from common.locks import FileLock, HeldError, exclusive, holder_of

HOLD = """
import os, sys
from pathlib import Path
from common.locks import FileLock
lock = FileLock(Path(sys.argv[1])); lock.acquire()
print(os.getpid(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path):
    """Let another process hold a lock: its file, and that process."""
    path = tmp_path / "folder" / "lock"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == str(process.pid)
    yield path, process
    process.kill()
    process.communicate()


def test_a_lock_that_is_held_is_refused_with_its_holder(held):
    path, process = held

    with pytest.raises(HeldError) as raised:
        FileLock(path).acquire()

    assert raised.value.holder == str(process.pid)


def test_a_lock_is_waited_for_and_that_is_said_once(held):
    path, process = held
    told = []

    def end(holder):
        told.append(holder)
        process.kill()

    with exclusive(path, patience=30, on_wait=end):
        assert told == [str(process.pid)]
        assert path.read_text() == str(os.getpid())


def test_a_lock_is_free_again_when_it_was_released_or_its_process_is_dead(held):
    path, process = held
    process.kill()
    process.wait()
    lock = FileLock(path)
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()

    FileLock(path).acquire()


def test_a_holder_that_was_never_written_is_unknown(held):
    path, _ = held
    path.write_text("no number")

    with pytest.raises(HeldError) as raised:
        FileLock(path).acquire()

    assert raised.value.holder == "unknown"


def test_who_holds_a_lock_can_be_asked_without_taking_it(held):
    path, process = held
    assert holder_of(path) == str(process.pid)

    process.kill()
    process.communicate()

    assert holder_of(path) is None
    assert path.read_text() == str(process.pid), "the question must not write"


def test_asking_for_a_lock_that_never_was_makes_no_file(tmp_path):
    assert holder_of(tmp_path / "lock") is None
    assert list(tmp_path.iterdir()) == []


def test_a_holder_that_has_not_written_itself_in_is_unknown(held):
    path, _ = held
    path.write_text("")

    assert holder_of(path) == "unknown"
