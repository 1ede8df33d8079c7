"""One run at a time in a clone: a second one waits, and says for whom."""

import fcntl
import secrets
import subprocess
import sys
import threading

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import command_lock
from ops.stack.environment import make_passphrase

HOLD = """
import sys
from pathlib import Path
from ops.stack import command_lock
from ops.paths import Paths
command_lock.take(Paths(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Give another run in the clone, which ends when its input does."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_run_says_who_runs_and_is_refused_in_the_end(other, tmp_path):
    said = rf"another run of ops is under way \(process {other.pid}\); wait for it to end"

    with pytest.raises(OpsError, match=said):
        command_lock.take(Paths(tmp_path), patience=0.1)


def test_a_second_run_goes_on_when_the_first_has_ended(other, tmp_path, capsys):
    ending = threading.Timer(0.5, other.stdin.close)
    ending.start()

    command_lock.take(Paths(tmp_path), patience=60)

    ending.join()
    assert f"(process {other.pid}); waiting for it to end, 60 seconds" in capsys.readouterr().err


def test_a_run_that_was_killed_holds_nobody_up(other, tmp_path):
    other.kill()
    other.wait()

    command_lock.take(Paths(tmp_path), patience=0)


def test_one_run_takes_its_turn_as_often_as_it_likes(tmp_path):
    for _ in range(2):
        command_lock.take(Paths(tmp_path), patience=0)

    with (tmp_path / ".local" / "ops.lock").open() as held, pytest.raises(BlockingIOError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_of_two_that_make_the_passphrase_at_once_one_does(tmp_path, monkeypatch):
    path = tmp_path / "passphrase"

    def meanwhile(_):
        path.write_text("of the other")
        return "of this one"

    monkeypatch.setattr(secrets, "token_urlsafe", meanwhile)

    make_passphrase(path)

    assert path.read_text() == "of the other"
    assert [file.name for file in tmp_path.iterdir()] == ["passphrase"]
