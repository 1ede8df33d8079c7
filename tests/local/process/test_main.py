"""However a command ends, the user reads one sentence; a traceback goes into a private file."""

import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from local import __main__ as program
from local.errors import HomeError
from local.process import cli
from tests.support_local import PROJECT


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Run a command that raises *error*; exit code and what it wrote come back."""

    def end_with(error, *words):
        def raise_it(**_options):
            raise error

        monkeypatch.setattr(cli, "app", raise_it)
        monkeypatch.setattr(sys, "argv", ["local", "status", *words])
        monkeypatch.chdir(tmp_path)
        return program.main(), capsys.readouterr().err

    before = signal.getsignal(signal.SIGINT)
    yield end_with
    signal.signal(signal.SIGINT, before)


def test_what_is_foreseen_is_its_sentence(run):
    assert run(HomeError("where: what; do this")) == (1, "error: where: what; do this\n")


@pytest.mark.parametrize("words", [["--dir", "there"], ["--dir=there"]], ids=["two", "one"])
def test_what_is_not_foreseen_is_one_line_and_a_private_file(run, tmp_path, words):
    code, said = run(ZeroDivisionError("first\nsecond"), *words)

    file = tmp_path / "there" / "log" / "errors.log"
    assert code == 1
    assert said == f"error: ZeroDivisionError: first second; where it happened stands in {file}\n"
    assert "Traceback" in file.read_text()
    assert "in raise_it" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_traceback_has_a_place_even_when_the_directory_is_none(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "file").touch()

    code, said = run(PermissionError(13, "Permission denied", "/some/file"), "--dir", "file")

    beginning = (
        "error: PermissionError: /some/file: Permission denied; where it happened stands in "
    )
    assert code == 1
    assert said.startswith(beginning)
    assert "Traceback" in Path(said.removeprefix(beginning).strip()).read_text()


def test_ctrl_c_is_one_sentence(tmp_path):
    begun = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, "status", "--dir", str(tmp_path)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert begun.stdout
    begun.stdout.readline()
    time.sleep(0.2)
    begun.send_signal(signal.SIGINT)

    _, said = begun.communicate(timeout=30)

    assert begun.returncode == 130
    assert said == "interrupted; `make status` says what runs\n"


SLEEPER = """
import sys, time
from local import __main__ as program
from local.process import daemon

def sleep(home):
    print("sleeping", flush=True)
    time.sleep(60)

daemon.running_pid = sleep
sys.exit(program.main())
"""
