"""Ctrl-C at a question ends the command with exit code 130, and nothing was changed."""

import os
import pty
import select
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import typer

from components.bundle import ROOT
from ops.commands import init
from ops.run.consent import DeclinedError
from ops.terminal import console
from ops.terminal.interrupts import Interrupted

QUESTION = b"[y/N]"
QUIET_SECONDS = 0.5
"""After that it waits for an answer."""


def pressed(folder: Path, *words: str) -> tuple[int, str]:
    """Run a command at a terminal, press Ctrl-C at its question; return exit code and output."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        command = [sys.executable, "-m", *words]
        os.execve(sys.executable, command, {**os.environ, "HOME": str(folder)})  # noqa: S606
    said = b""
    with suppress(OSError):  # it has ended
        while True:
            is_quiet = not select.select([terminal], [], [], QUIET_SECONDS)[0]
            if is_quiet and QUESTION in said and b"interrupted" not in said:
                os.write(terminal, b"\x03")
            elif not is_quiet:
                said += os.read(terminal, 1024)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


@pytest.mark.parametrize("command", [("ops", "reset"), ("local", "reset", "--dir")])
def test_at_a_terminal_it_is_said_that_nothing_was_changed(tmp_path, command):
    kept = tmp_path / "cloudflare" / "kept"
    kept.parent.mkdir(mode=0o700)
    kept.write_text("data")
    words = [*command, str(kept.parent)] if command[-1] == "--dir" else command

    code, said = pressed(tmp_path, *words)

    assert code == 130
    assert said.splitlines()[-1].endswith("interrupted; nothing was changed")
    assert "Aborted" not in said
    assert kept.read_text() == "data"


def test_a_question_of_init_is_one_of_them(monkeypatch):
    def press(*_, **__):
        raise Interrupted

    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "prompt", press)

    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$") as declined:
        vars(init)["_choose"]("--zone", {"chitty.cc": "one of two"})
    assert declined.value.exit_code == 130
