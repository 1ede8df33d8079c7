"""What `backup` and `restore` do with what their copies say, without an account (FW-4)."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from ops.backup import backup_writer, durable_objects
from ops.backup.backup_folder import Folder, private_file
from ops.backup.backup_writer import Source
from ops.backup.progress import Copied
from ops.backup.stores import Store
from ops.commands import backup as command
from ops.errors import OpsError
from ops.paths import Paths
from ops.run.consent import DeclinedError
from ops.stack import state
from ops.stack.target import Target
from ops.terminal import console
from ops.terminal.interrupts import Interrupted

STORE = Store("kv", "notes", "live-notes", "0" * 32)
STACK = Target("live", "live", {"chittyos:account": "a" * 32})


class Memory:
    """Copies lists of lines that are kept in memory."""

    suffix = ".txt"

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.after: list[bytes] = []
        """What somebody else writes as soon as a restore is done."""
        self.fails, self.stops = False, False
        self.left = ""
        """What a restore cannot bring back."""

    def is_empty(self, _: Store) -> bool:
        return not self.kept

    def save(self, _: Store, file: Path, _tell: Any) -> Copied:
        if self.fails:
            raise OpsError("the account does not answer; run the same command again")
        with private_file(file) as out:
            out.writelines(self.kept)
        return Copied(len(self.kept))

    def clear(self, _: Store, _tell: Any) -> None:
        self.kept = []

    def restore(self, _: Store, file: Path, begin: int, tell: Any) -> Any:
        tell(Copied(notes=(self.left,) if self.left else ()))
        self.kept += file.read_bytes().splitlines(keepends=True)[begin:]
        yield len(self.kept)
        if self.stops:
            raise OpsError("the account does not answer")
        self.kept += self.after

    def files(self, _: Path) -> Any:
        return iter(())

    def comparable(self, line: bytes) -> bytes:
        return line


@pytest.fixture
def memory():
    return Memory()


@pytest.fixture(autouse=True)
def stack(tmp_path, monkeypatch, memory):
    """Have the commands copy one store of *memory*."""
    session = SimpleNamespace(paths=Paths(tmp_path), target=STACK)
    tools = {"kv": memory}
    copying = SimpleNamespace(
        tools=tools,
        show=lambda *_: None,
        stores=lambda _: [STORE],
        account=None,
        doors=(),
        left_out={},
    )

    @contextmanager
    def given(*_):
        yield copying

    monkeypatch.setattr(command, "_opened", lambda _: session)
    monkeypatch.setattr(command, "_copying", given)
    monkeypatch.setattr(state, "resources", lambda _: [])
    monkeypatch.setattr(state, "exported", lambda _: "{}")
    monkeypatch.setattr(durable_objects, "uncopied", lambda *_: [])
    return session


@pytest.fixture
def saved(tmp_path, memory):
    """Give the folder of a backup; the store is empty since."""
    memory.kept = [b"one\n", b"two\n"]
    folder = Folder(tmp_path / "backup")
    backup_writer.save(
        folder, Source("live", STACK.account, [STORE], "{}"), {"kv": memory}, _silent
    )
    memory.kept = []
    return folder.path


def _silent(*_: object) -> None:
    pass


def test_a_backup_that_was_stopped_goes_on_by_the_command_that_it_names(
    tmp_path, memory, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    memory.kept, memory.fails = [b"one\n"], True
    with pytest.raises(OpsError, match="the account does not answer; go on with") as stopped:
        command.backup("live")
    named = str(stopped.value).partition("python -m ops backup live --to ")[2]
    assert "run the same command again" not in str(stopped.value)
    assert f"backup of live to {named}" in capsys.readouterr().out.replace("\n", "")
    memory.fails = False

    command.backup("live", to=Path(named))

    assert Folder(Path(named)).whole().copies[0].entries == 1


def test_a_backup_that_is_whole_is_not_gone_on_with(saved):
    with pytest.raises(OpsError, match=r"whole backup already; give another folder$"):
        command.backup("live", to=saved)


def test_a_restore_says_what_its_backup_does_not_have_before_it_deletes(
    saved, memory, monkeypatch, capsys
):
    """What nobody could copy is deleted for good."""
    file = saved / "manifest.json"
    manifest = Folder(saved).whole()
    (copy,) = manifest.copies
    noted = copy.model_copy(update={"notes": ("3 objects have no name",)})
    changes = {"copies": (noted,), "left_out": ("queue: messages under way",)}
    file.write_text(manifest.model_copy(update=changes).model_dump_json())
    asked = []

    def decline(question):
        asked.append(question)
        return False

    memory.kept = [b"of an object without a name\n"]
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "confirm", decline)

    with pytest.raises(OpsError, match="nothing was changed"):
        command.restore("live", saved, replace=True)

    said = capsys.readouterr().out
    assert "not in it: live-notes: 3 objects have no name" in said
    assert "not in it: queue: messages under way" in said
    assert "also what the backup does not have" in asked[0]


def test_ctrl_c_at_the_question_of_a_restore_deletes_nothing(saved, memory, monkeypatch):
    def press(_):
        raise Interrupted

    memory.kept = [b"by somebody else\n"]
    monkeypatch.setattr(console, "can_ask", lambda: True)
    monkeypatch.setattr(typer, "confirm", press)
    with pytest.raises(DeclinedError, match=r"^interrupted; nothing was changed$"):
        command.restore("live", saved, replace=True)

    assert memory.kept == [b"by somebody else\n"]


def test_what_differed_after_a_restore_is_written_again_with_replace(saved, memory):
    memory.after = [b"by somebody else\n"]
    with pytest.raises(OpsError, match=r"differs from the backup.*restore it again with --replace"):
        command.restore("live", saved, compare=True)
    memory.after = []

    command.restore("live", saved, replace=True, yes=True, compare=True)

    assert memory.kept == [b"one\n", b"two\n"]


def test_a_restore_that_was_stopped_is_named_with_its_age_before_it_goes_on(saved, memory, capsys):
    memory.stops = True
    with pytest.raises(OpsError, match="does not answer"):
        command.restore("live", saved)
    memory.stops = False

    command.restore("live", saved)

    assert "going on with a restore that was stopped 0:00:0" in capsys.readouterr().out
    assert memory.kept == [b"one\n", b"two\n"]


def test_replace_begins_anew_where_a_restore_was_stopped(saved, memory):
    memory.stops = True
    with pytest.raises(OpsError, match="does not answer"):
        command.restore("live", saved)
    memory.stops, memory.kept = False, [b"by somebody else\n"]

    command.restore("live", saved, replace=True, yes=True)

    assert memory.kept == [b"one\n", b"two\n"]


@pytest.mark.parametrize("left", ["", "2 objects stay in the backup alone"])
def test_a_restore_says_what_it_could_not_bring_back(saved, memory, capsys, left):
    memory.left = left

    command.restore("live", saved)

    said = "not brought back: live-notes: 2 objects stay in the backup alone"
    assert (said in capsys.readouterr().out) == bool(left)
