"""Ctrl-C, wherever it comes, leaves no temporary file of a command."""

import ast
import sys
from pathlib import Path

import pytest

from common import files
from ops.backup import backup_folder
from ops.stack import config_editor, environment
from ops.terminal.interrupts import Interrupted

ROOT = Path(__file__).resolve().parents[2]
LASTING = {"common/files.py: mkstemp": "takes what went wrong where its own file cannot be written"}
"""Temporary files that are meant to stay, and why."""


def temporary():
    """Yield each use of `tempfile` in a command, and whether it ends with a block."""
    for path in [*(ROOT / "ops").rglob("*.py"), *(ROOT / "common").glob("*.py")]:
        tree = ast.parse(path.read_text())
        blocks = (each for each in ast.walk(tree) if isinstance(each, ast.With))
        opened = {id(item.context_expr) for block in blocks for item in block.items}
        for each in ast.walk(tree):
            if isinstance(each, ast.Call) and (name := made(each)):
                yield f"{path.relative_to(ROOT)}: {name}", id(each) in opened


def made(call):
    names = {"TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile", "mkdtemp", "mkstemp"}
    called = (
        call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    )
    return called if called in names else ""


def test_every_temporary_file_ends_with_the_block_that_it_is_for():
    found = list(temporary())

    assert len(found) >= 8
    assert {where for where, ends in found if not ends} == LASTING.keys()


@pytest.fixture
def pressed():
    """Give a function that does something and has Ctrl-C come at its line *at*; whether it came."""

    def press(do, at):
        left = at

        def line(frame, event, _):
            nonlocal left
            if event == "line" and (frame.f_code.co_filename, frame.f_lineno) not in REMOVES:
                left -= 1
                if left == 0:
                    raise Interrupted
            return line

        sys.settrace(lambda frame, *_: line if frame.f_code.co_filename in WATCHED else None)
        try:
            do()
        except Interrupted:
            return True
        finally:
            sys.settrace(None)
        return False

    yield press
    sys.settrace(None)


WATCHED = {str(each.__file__) for each in (files, backup_folder, environment, config_editor)}
REMOVES = {
    (name, number)
    for name in WATCHED
    for number, text in enumerate(Path(name).read_text().splitlines(), 1)
    if ".unlink(missing_ok=True)" in text
}
"""The lines that remove a file, in which the removal itself would be cut off."""

TEXT = "what is written\n"


def write_backup(path):
    with backup_folder.private_file(path) as opened:
        opened.write(TEXT.encode())


WRITERS = {
    "a private file": lambda path: files.write_private(path, TEXT),
    "what takes the place of a file": lambda path: files.replace(path, TEXT.encode()),
    "a part of a backup": write_backup,
    "the passphrase": environment.make_passphrase,
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # cut-off files
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("before", [None, TEXT])
def test_an_interrupt_leaves_the_whole_file_or_what_was_there_and_nothing_beside(
    tmp_path, pressed, write, before
):
    path, came = tmp_path / "file", 0
    for at in range(1, 200):
        path.unlink(missing_ok=True)
        if before:
            path.write_text(before)
        if not pressed(lambda: write(path), at):
            break
        came += 1

        assert {each.name for each in tmp_path.iterdir()} <= {"file"}, at
        assert not path.exists() or path.read_text() == TEXT or write is WRITERS["the passphrase"]

    assert came > (0 if before and write is WRITERS["the passphrase"] else 4)
    assert path.exists()
