"""The migrations of ChittyConnect's database, on SQLite itself (CC-9)."""

import sqlite3
from collections.abc import Iterator

import pytest

from components.bundle import ROOT

FOLDER = ROOT / "systems/chittyconnect/migrations/chittyconnect"
DOCUMENT = {
    "id": "d",
    "chitty_id": "o",
    "type": "t",
    "name": "n",
    "content_type": "c",
    "size": 1,
    "key": "k",
    "status": "stored",
    "search_text": "n",
    "created_at": "2026-11-21",
    "updated_at": "2026-11-21",
}


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    opened.execute("PRAGMA foreign_keys = ON")
    for file in sorted(FOLDER.glob("*.sql")):
        opened.executescript(file.read_text(encoding="utf-8"))
    yield opened
    opened.close()


def test_the_first_file_is_003() -> None:
    names = sorted(file.name for file in FOLDER.glob("*.sql"))

    assert names[0] == "003_document_storage.sql"
    assert [int(name[:3]) for name in names] == list(range(3, 3 + len(names)))


@pytest.mark.parametrize(
    "changed",
    [
        {"size": -1},
        {"status": "lost"},
        {"status": "pending"},
        {"pending_until": "2026-11-22"},
        {"name": None},
    ],
)
def test_a_row_that_makes_no_sense_is_refused(
    database: sqlite3.Connection, changed: dict[str, object]
) -> None:
    _insert(database, {**DOCUMENT, "id": "sound", "key": "other"})

    with pytest.raises(sqlite3.IntegrityError):
        _insert(database, {**DOCUMENT, **changed})


def test_a_key_belongs_to_one_document(database: sqlite3.Connection) -> None:
    _insert(database, DOCUMENT)

    with pytest.raises(sqlite3.IntegrityError):
        _insert(database, {**DOCUMENT, "id": "another"})


def test_metadata_goes_with_its_document(database: sqlite3.Connection) -> None:
    _insert(database, DOCUMENT)
    database.execute("INSERT INTO document_metadata VALUES ('d', 'name', 'value')")

    with pytest.raises(sqlite3.IntegrityError):
        database.execute("INSERT INTO document_metadata VALUES ('none', 'name', 'value')")
    database.execute("DELETE FROM documents")

    assert database.execute("SELECT count(*) FROM document_metadata").fetchone() == (0,)


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (
            "SELECT * FROM documents WHERE chitty_id = 'o' ORDER BY created_at DESC, id DESC",
            "documents_by_owner",
        ),
        (
            "SELECT * FROM documents WHERE type = 't' ORDER BY created_at DESC, id DESC",
            "documents_by_type",
        ),
        ("SELECT * FROM documents ORDER BY created_at DESC, id DESC", "documents_by_time"),
        (
            "SELECT * FROM documents WHERE status = 'pending' AND pending_until <= 'now'",
            "documents_pending",
        ),
        ("SELECT * FROM document_garbage ORDER BY queued_at", "document_garbage_by_time"),
        ("SELECT session_id FROM session_index WHERE chitty_id = 'o'", "session_index_by_owner"),
        ("SELECT session_id FROM session_index WHERE expires_at <= 'now'", "session_index_by_end"),
    ],
)
def test_what_is_asked_often_has_an_index(
    database: sqlite3.Connection, statement: str, index: str
) -> None:
    plan = database.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()

    assert index in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def _insert(database: sqlite3.Connection, row: dict[str, object]) -> None:
    names = ", ".join(row)
    places = ", ".join("?" for _ in row)
    database.execute(f"INSERT INTO documents ({names}) VALUES ({places})", list(row.values()))  # noqa: S608
