"""A question that is not answered by yes ends the command in a sentence, with nothing changed."""

import os
import pty
import select
import subprocess
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


CTRL_C, CTRL_D = b"\x03", b"\x04"
RESETS = [("ops", "reset"), ("local", "reset", "--dir")]


def pressed(folder: Path, key: bytes, *words: str) -> tuple[int, str]:
    """Run a command at a terminal, press *key* at its question; return exit code and output."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        command = [sys.executable, "-m", *words]
        os.execve(sys.executable, command, {**os.environ, "HOME": str(folder)})  # noqa: S606
    said = b""
    with suppress(OSError):  # it has ended
        while True:
            is_quiet = not select.select([terminal], [], [], QUIET_SECONDS)[0]
            if is_quiet and QUESTION in said and b"nothing was changed" not in said:
                os.write(terminal, key)
            elif not is_quiet:
                said += os.read(terminal, 1024)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), said.decode()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Give a file in a folder of data."""
    file = tmp_path / "cloudflare" / "kept"
    file.parent.mkdir(mode=0o700)
    file.write_text("data")
    return file


def words_of(command: tuple[str, ...], kept: Path) -> tuple[str, ...]:
    return (*command, str(kept.parent)) if command[-1] == "--dir" else command


@pytest.mark.parametrize("command", RESETS)
@pytest.mark.parametrize(
    ("key", "code", "sentence"), [(CTRL_C, 130, "interrupted"), (CTRL_D, 1, "not agreed to")]
)
def test_at_a_terminal_it_is_said_that_nothing_was_changed(kept, command, key, code, sentence):
    ended, said = pressed(kept.parent, key, *words_of(command, kept))

    assert ended == code
    assert said.splitlines()[-1].endswith(f"{sentence}; nothing was changed")
    assert "Aborted" not in said
    assert kept.read_text() == "data"


@pytest.mark.parametrize("command", RESETS)
def test_without_a_terminal_the_option_is_named(kept, command):
    """It ended with `Aborted!`, and nobody knew what to do."""
    done = subprocess.run(
        [sys.executable, "-m", *words_of(command, kept)],
        cwd=ROOT,
        input="y\n",  # somebody else's data: it is no answer
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    sentence = "error: there is no terminal to ask; add --yes; nothing was changed"
    assert done.stderr.strip() == sentence
    assert kept.read_text() == "data"


def test_a_question_of_init_is_one_of_them(monkeypatch):
    def press(*_, **__):
        raise Interrupted

    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "prompt", press)

    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$") as declined:
        vars(init)["_choose"]("--zone", {"chitty.cc": "one of two"})
    assert declined.value.exit_code == 130
