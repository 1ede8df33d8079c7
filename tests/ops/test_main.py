"""How a command ends: a sentence and an exit code, whatever happens, and never a traceback."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ops import __main__ as command
from ops.commands import app
from ops.engine.report import Report
from ops.errors import OpsError
from ops.paths import Paths
from ops.preview import preview_document
from ops.run import progress
from ops.terminal import interrupts

ROOT = Path(__file__).parents[2]
PASSPHRASE = "p" * 43
TOKEN = "chitty_" + "x" * 43


@pytest.fixture
def ends(tmp_path, monkeypatch, capsys):
    """Run a command in a clone with secrets that does *what*; return code, stdout and stderr."""
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "passphrase").write_text(PASSPHRASE + "\n")
    monkeypatch.setattr(command, "Paths", lambda: Paths(tmp_path))
    monkeypatch.setattr(interrupts, "install", lambda: None)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "c" * 40)

    def run(what, *arguments):
        monkeypatch.setattr(app, "app", what)
        monkeypatch.setattr(sys, "argv", ["ops", *arguments])
        code = command.main()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def fails(error):
    def run():
        raise error

    return run


def test_what_nobody_thought_of_is_one_line_and_the_traceback_a_file_of_the_owner(ends, tmp_path):
    code, out, err = ends(fails(ZeroDivisionError("by\nzero")))

    log = tmp_path / ".local" / "log" / "ops-errors.log"
    assert (code, out) == (1, "")
    assert err == f"error: ZeroDivisionError: by zero; where it happened stands in {log}\n"
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("secret", [PASSPHRASE, "c" * 40, TOKEN])
def test_the_line_shows_no_secret(ends, secret):
    _, _, err = ends(fails(ValueError(f"no such thing: {secret}")))

    assert "no such thing: [secret]; where" in err


def test_a_folder_that_cannot_be_written_keeps_the_line(ends, tmp_path):
    (tmp_path / ".local" / "log").write_text("a file where the folder should be")

    code, _, err = ends(fails(PermissionError(13, "Permission denied", "/x")))

    assert code == 1
    assert err.startswith("error: PermissionError: /x: Permission denied; where it happened")
    Path(err.split()[-1]).unlink()


@pytest.mark.parametrize(
    ("given", "ended"),
    [
        (None, (0, "", "")),
        (0, (0, "", "")),
        (3, (3, "", "")),
        ("no such stack", (1, "", "no such stack\n")),
    ],
)
def test_a_command_ends_as_python_would_have_it(ends, given, ended):
    assert ends(fails(SystemExit(given))) == ended


@pytest.mark.parametrize("error", [OpsError("no such stack"), KeyError("x"), SystemExit(2)])
def test_a_failed_env_makes_the_eval_of_a_shell_fail(ends, error):
    code, out, _ = ends(fails(error), "env", "nope")
    done = subprocess.run(["/bin/sh", "-c", f"eval {shlex.quote(out)}"], check=False)

    assert code != 0
    assert done.returncode == 1


def test_only_a_failed_env_prints_for_a_shell(ends):
    assert ends(fails(SystemExit(0)), "env", "--help")[1] == ""
    assert ends(fails(OpsError("x")), "up", "nope")[1] == ""


def test_ctrl_c_while_everything_is_still_being_loaded_is_one_sentence(tmp_path):
    slow = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(30)"
    (tmp_path / "typer.py").write_text(slow)

    done = python(["-m", "ops", "env", "development"], {"PYTHONPATH": str(tmp_path)})

    assert done.returncode == 130
    assert done.stderr == f"{interrupts.MESSAGE}\n"
    assert done.stdout == "false\n"


def test_ctrl_c_says_what_goes_on_where_there_is_more_to_say(ends):
    """OP-4: who runs a rotation again that has ended would make another value."""
    said = "rotated, and not checked; check it with: x"

    assert ends(fails(interrupts.Interrupted(said)), "rotate") == (130, "", f"{said}\n")


AN_ENGINE = """
import os, signal, threading, warnings
from ops.terminal import interrupts
interrupts.install()
try:
    with interrupts.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        warnings.warn("Error in event stream: cut off")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        print("the engine has ended")
except interrupts.Interrupted:
    print("and then it was interrupted")
"""


def test_ctrl_c_waits_for_the_engine_and_its_threads_are_quiet():
    done = python(["-c", AN_ENGINE], {})

    assert done.stdout.splitlines() == ["the engine has ended", "and then it was interrupted"]
    assert done.stderr == f"\n{interrupts.ENDING}\n"


def python(arguments, environ):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_run_that_failed_before_its_first_step_does_not_say_that_nothing_changes(capsys):
    progress.summary(Report(failure="no such zone"), planned=True)
    assert capsys.readouterr().out == ""

    progress.summary(Report(), planned=True)
    assert capsys.readouterr().out == "no changes\n"


@pytest.mark.parametrize("name", ["nowhere/plan.json", "."])
def test_a_plan_that_could_not_be_written_is_said_before_anything_runs(tmp_path, name):
    with pytest.raises(OpsError, match="name a file in a folder that exists"):
        preview_document.check_place(tmp_path / name)


def test_a_plan_that_cannot_be_written_after_all_is_said(tmp_path):
    with pytest.raises(OpsError, match="name another file after --json"):
        preview_document.write({}, tmp_path)
