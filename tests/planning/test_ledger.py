"""Which SQL files are pending, and which folders are refused."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.ledger import CREATE_LEDGERS, EMPTY, File, Ledger, check_files, plan, script
from planning.refusals import RefusedError


def files(count, start=1):
    """Make *count* files in order."""
    numbers = range(start, start + count)
    return tuple(File(f"{n:03}_step.sql", f"CREATE TABLE t{n} (x);") for n in numbers)


def ledger(*applied, wrangler=()):
    """Make the ledger of a database that ran *applied*."""
    return Ledger({file.name: file.sha256 for file in applied}, frozenset(wrangler))


@given(count=st.integers(1, 8), start=st.integers(1, 40), data=st.data())
def test_the_files_after_the_applied_ones_are_pending_in_order(count, start, data):
    folder = files(count, start)
    done = data.draw(st.integers(0, count))
    shuffled = data.draw(st.permutations(folder))

    assert plan(shuffled, ledger(*folder[:done])) == folder[done:]


@given(count=st.integers(1, 6), data=st.data())
def test_rows_of_wrangler_count_as_applied_whatever_ran(count, data):
    folder = files(count)
    done = data.draw(st.integers(0, count))
    names = [file.name for file in folder[:done]]

    assert plan(folder, ledger(wrangler=names)) == folder[done:]


def test_the_earlier_life_of_a_database_needs_no_files():
    folder = files(1, start=3)

    assert plan(folder, ledger(wrangler=["001_first.sql", "002_second.sql"])) == folder


def test_a_fresh_database_gets_everything():
    assert plan(files(2, start=3), EMPTY) == files(2, start=3)


@given(count=st.integers(1, 6), data=st.data())
def test_an_edited_applied_file_is_refused(count, data):
    folder = files(count)
    at = data.draw(st.integers(0, count - 1))
    edited = File(folder[at].name, folder[at].sql + " ")

    with pytest.raises(RefusedError, match=f"{edited.name} was edited after it was applied"):
        plan((*folder[:at], edited, *folder[at + 1 :]), ledger(*folder))


@given(count=st.integers(2, 6), data=st.data())
def test_a_file_that_would_run_out_of_order_is_refused(count, data):
    folder = files(count)
    late = data.draw(st.integers(0, count - 2))
    applied = folder[:late] + folder[late + 1 :]

    with pytest.raises(RefusedError, match=f"{folder[late].name} is new, but.*next free number"):
        plan(folder, ledger(*applied))


def test_an_applied_file_that_is_gone_is_refused():
    folder = files(2)

    with pytest.raises(RefusedError, match=r"002_step\.sql was applied.*its file is gone"):
        plan(folder[:1], ledger(*folder))


@given(count=st.integers(3, 8), data=st.data())
def test_a_gap_is_refused(count, data):
    folder = files(count)
    at = data.draw(st.integers(1, count - 2))

    with pytest.raises(RefusedError, match="renumber, so that the order has no gap"):
        check_files(folder[:at] + folder[at + 1 :])


def test_a_number_taken_twice_is_refused():
    with pytest.raises(RefusedError, match="have the same number; renumber the newer"):
        check_files([File("003_a.sql", "SELECT 1;"), File("003_b.sql", "SELECT 1;")])


@pytest.mark.parametrize("name", ["1_a.sql", "003-a.sql", "003_A.sql", "003_a.txt", "003_a'.sql"])
def test_a_bad_file_name_is_refused(name):
    with pytest.raises(RefusedError, match="no migration name; call it NNN_what_it_does"):
        check_files([File(name, "SELECT 1;")])


def test_an_empty_file_is_refused():
    with pytest.raises(RefusedError, match=r"001_a\.sql is empty"):
        check_files([File("001_a.sql", " \n")])


SCRIPTS = {
    "a statement": "CREATE TABLE t (x);",
    "no semicolon at the end": "CREATE TABLE t (x)",
    "a comment at the end": "CREATE TABLE t (x); -- done",
    "a comment and no semicolon": "CREATE TABLE t (x) -- done",
    "a trigger": "CREATE TABLE t (x); CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END;",
}


@pytest.mark.parametrize("sql", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_runs_the_file_and_enters_it_in_both_ledgers(sql):
    file = File("001_a.sql", sql)
    database = sqlite3.connect(":memory:")
    database.executescript(CREATE_LEDGERS)
    database.executescript(script(file))

    assert database.execute("SELECT * FROM t").fetchall() == []
    assert database.execute("SELECT name, sha256 FROM chittyos_migrations").fetchall() == [
        (file.name, file.sha256)
    ]
    assert database.execute("SELECT id, name FROM d1_migrations").fetchall() == [(1, file.name)]


def test_all_faults_of_a_folder_come_in_one_message():
    """FW-1: one run says everything."""
    folder = [
        File("001_a.sql", "VACUUM;"),
        File("002_b.sql", "BEGIN; SELECT 1; COMMIT;"),
        File("002_c.sql", " "),
        File("005_d.sql", "SELECT 1;"),
    ]
    applied = Ledger({"005_d.sql": "0" * 64, "000_gone.sql": "1" * 64})

    with pytest.raises(RefusedError) as raised:
        plan(folder, applied)

    faults = str(raised.value).splitlines()
    for said in (
        "001_a.sql: VACUUM",
        "002_b.sql: BEGIN",
        "002_b.sql: COMMIT",
        "002_b.sql and 002_c.sql have the same number",
        "002_c.sql is empty",
        "nothing stands between 002_c.sql and 005_d.sql",
        "000_gone.sql was applied",
        "005_d.sql was edited",
        "001_a.sql is new, but 005_d.sql",
    ):
        assert [fault for fault in faults if fault.startswith(said)], said
    assert len(faults) == 11


def test_bad_names_are_all_named_and_no_gap_is_made_of_them():
    with pytest.raises(RefusedError) as raised:
        check_files(
            [File("001_a.sql", "S;"), File("2.sql", "S;"), File("003_c.sql", "S;"), File("x", "")]
        )

    assert [fault.split()[0] for fault in str(raised.value).splitlines()] == ["2.sql", "x", "x"]


def test_what_ran_already_is_not_judged_by_its_sql():
    unsafe = File("001_a.sql", "PRAGMA foreign_keys=OFF; VACUUM;")

    assert plan([unsafe], ledger(unsafe)) == ()
    assert plan([unsafe], ledger(wrangler=[unsafe.name])) == ()


def test_a_file_that_turns_foreign_keys_off_is_refused_with_the_rows_that_would_go():
    """workers-sdk#5438, drizzle-orm#5782: it means nothing there, and DROP TABLE cascades."""
    file = File("001_a.sql", "PRAGMA foreign_keys=OFF;\nDROP TABLE parent;")

    with pytest.raises(
        RefusedError, match=r"001_a\.sql: PRAGMA foreign_keys=OFF .*, here no row yet"
    ):
        plan([file], EMPTY)
    with pytest.raises(
        RefusedError, match="here 2 rows of child, 1 row of other; remove the PRAGMA"
    ):
        plan([file], EMPTY, {file.name: ["2 rows of child", "1 row of other"]})
