"""Records that cannot be read are said, with the way out that fits."""

import sqlite3
from contextlib import closing

import pytest

from local.records.records import FullError, Kind, Records, RecordsError

RESET = "run `make reset`, which deletes all data here and the state of `development`"


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "records.db"
    records = Records(file)
    with records.transaction():
        for number in range(200):
            records.put(Kind.QUEUE, f"q{number}", {"queue_name": "x" * 200})
    records.close()
    return file


def test_a_file_that_is_no_database_is_damaged(path):
    path.write_bytes(b"garbage" * 1000)

    with pytest.raises(RecordsError) as caught:
        Records(path)
    assert str(caught.value) == f"{path} is damaged: file is not a database; {RESET}"


def test_a_page_that_is_garbage_is_found_at_the_start(path):
    content = bytearray(path.read_bytes())
    content[2 * 4096 : 3 * 4096] = b"\xaa" * 4096
    path.write_bytes(content)

    with pytest.raises(RecordsError, match=r"is damaged: .*make reset"):
        Records(path)


@pytest.mark.parametrize("body", ["{", "[]", "null", b"\xff"], ids=str)
def test_a_record_that_is_no_object_is_damaged(path, body):
    change(path, "UPDATE records SET body = ? WHERE key = 'q7'", body)
    records = Records(path)

    for read in (lambda: records.get(Kind.QUEUE, "q7"), lambda: records.all(Kind.QUEUE)):
        with pytest.raises(
            RecordsError, match=r"a record of a queue is no JSON object.*make reset"
        ):
            read()
    records.close()


def test_a_table_of_another_program_is_damaged(path):
    change(path, "ALTER TABLE records RENAME COLUMN body TO other")
    records = Records(path)

    with pytest.raises(RecordsError, match=r"is damaged: no such column.*make reset"):
        records.all(Kind.QUEUE)
    records.close()


def test_what_fails_with_whole_records_names_no_reset(tmp_path):
    (tmp_path / "records.db").mkdir()

    with pytest.raises(
        RecordsError, match="unable to open database file; see to its disk"
    ) as caught:
        Records(tmp_path / "records.db")
    assert "reset" not in str(caught.value)


def test_a_disk_without_room_is_said_and_nothing_is_changed(path):
    records = Records(path)
    (pages,) = records._db.execute("PRAGMA page_count").fetchone()
    records._db.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(FullError, match="cannot grow: database or disk is full"):
        grow(records)
    assert len(records.all(Kind.QUEUE)) == 200
    records.close()


def grow(records):
    with records.transaction():
        for number in range(200):
            records.put(Kind.QUEUE, f"new{number}", {"queue_name": "x" * 200})


def change(path, sql, *values):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(sql, values)
