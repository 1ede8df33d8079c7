"""Objects are copied before the databases that they hand data on to, and brought back after."""

from pathlib import Path
from typing import Any, cast

import pytest

from ops.backup import backup_restore, backup_writer
from ops.backup.backup_folder import Copy, File, Folder, Manifest
from ops.backup.backup_restore import Step
from ops.backup.backup_writer import Source
from ops.backup.progress import Copied
from ops.backup.restore_journal import Journal
from ops.backup.stores import Kind, Store
from ops.commands.backup import Copying

LEDGERS = Store("objects", "ledgers", "billing Ledger", "n")
JOURNALS = Store("objects", "journals", "router Journal", "m")
DATABASE = {
    "urn": "urn:pulumi:s::p::cloudflare:index/d1Database:D1Database::db",
    "id": "1",
    "inputs": {"name": "db"},
}


def _copy(kind: Kind, name: str) -> Copy:
    return Copy(
        kind=kind,
        name=name,
        label=name,
        entries=0,
        bytes=0,
        file=File(path=name, bytes=0, sha256="0" * 64),
    )


def test_objects_are_copied_first_and_brought_back_last() -> None:
    """What is handed on between the two copies is in that of the database."""
    nothing = cast("Any", None)
    doors = {JOURNALS: nothing, LEDGERS: nothing}
    copying = Copying(nothing, (), {}, doors, nothing, nothing)
    places = copying.stores([DATABASE])
    assert [each.name for each in places] == ["journals", "ledgers", "db"]

    copies = tuple(_copy(each.kind, each.name) for each in places)
    manifest = Manifest(stack="s", account="a", began="now", copies=copies)
    planned = backup_restore.steps(manifest, places, "s")
    assert [step.store.name for step in planned] == ["db", "ledgers", "journals"]


class _Noting:
    """Notes what is copied."""

    suffix = ""

    def __init__(self) -> None:
        self.copied: list[str] = []

    def save(self, store: Store, file: Path, _: object) -> Copied:
        self.copied.append(store.name)
        file.write_bytes(b"")
        return Copied()


def test_what_objects_hand_on_to_is_not_older_than_they_are(tmp_path: Path) -> None:
    """FW-4: a backup that goes on copies journals anew, and ledgers after them."""
    before = Store("objects", "before", "b", "b")
    keys, rows = Store("kv", "keys", "k", "k"), Store("d1", "rows", "r", "r")
    source = Source("s", "a", [before, JOURNALS, LEDGERS, keys, rows], "{}")
    folder, noting = Folder(tmp_path), _Noting()
    copiers = cast("Any", dict.fromkeys(("objects", "kv", "d1"), noting))
    backup_writer.save(folder, source, copiers, lambda *_: None)
    begun = folder.whole().model_copy(update={"ended": None})
    folder.write(begun)
    (tmp_path / "objects" / "journals").unlink()
    noting.copied.clear()

    manifest = backup_writer.save(folder, source, copiers, lambda *_: None)

    assert noting.copied == ["journals", "ledgers", "rows"]
    named = [each.name for each in manifest.copies if each.kind == "objects"]
    assert named == ["before", "journals", "ledgers"]


class _KilledError(Exception):
    """The command ends here."""


class _Copier:
    """Is killed as it deletes."""

    def files(self, _: object) -> list[File]:
        return []

    def clear(self, *_: object) -> None:
        raise _KilledError


def test_what_a_replace_had_half_deleted_is_not_what_a_restore_before_it_had_done(
    tmp_path: Path,
) -> None:
    """FW-4: the plain command afterwards takes nothing for restored."""
    file = tmp_path / "journal.json"
    Journal(file).write(LEDGERS.key, 7)
    replacing = Journal(file)
    replacing.ignore()
    copy = _copy("objects", LEDGERS.name)
    copiers = cast("Any", {"objects": _Copier()})
    with pytest.raises(_KilledError):
        backup_restore.restore(
            Folder(tmp_path), [Step(LEDGERS, copy)], copiers, replacing, lambda *_: None
        )

    assert LEDGERS.key not in Journal(file)
