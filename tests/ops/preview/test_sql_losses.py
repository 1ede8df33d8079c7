"""What migrations lose for good, by statement, and what only happens once."""
# ruff: noqa: S608 - the SQL is the test's own, and no database ever gets it

import pytest

from ops.preview.severity import Rank
from ops.preview.sql_losses import LONGEST, effects
from ops.preview.untrusted_text import message
from systems.registry import SYSTEMS
from tests.ops.preview.test_plan import planned, step

LOSES = {
    "DROP TABLE a": "statement 1: drops table a with all its rows",
    'drop  table IF EXISTS main."A"': "statement 1: drops table a",
    "DROP/* for good */TABLE a": "drops table a",
    "CREATE TABLE IF NOT EXISTS a (b); DROP TABLE a": "statement 2: drops table a",
    "ALTER TABLE a DROP b": "drops column a.b with all its values",
    "alter table a\n  drop column `b`": "drops column a.b",
    "DELETE -- all\nFROM a": "deletes every row of a",
    "DELETE FROM a WHERE b IN (SELECT c FROM d)": "deletes some rows of a",
    "DELETE FROM a WHERE 1; DELETE FROM b": "statement 2: deletes every row of b",
    "WITH old AS (SELECT id FROM a WHERE x) DELETE FROM a": "deletes every row of a",
    "UPDATE a SET b = 1": "overwrites values in every row of a",
    "UPDATE a SET b = (SELECT c FROM d WHERE d.id = a.id)": "overwrites values in every row of a",
    "ALTER TABLE a ADD c; UPDATE a SET c = b, b = ''": "statement 2: overwrites values",
    "UPDATE OR REPLACE a SET id = 1 WHERE id = 2": "deletes rows of a that have the new key",
    "REPLACE INTO a VALUES (1)": "replaces rows of a that have the same key",
    "INSERT OR REPLACE INTO a (b) SELECT c FROM d": "replaces rows of a",
    "INSERT INTO a VALUES ('--'); DROP TABLE b": "statement 2: drops table b",
    "INSERT INTO b SELECT * FROM a WHERE x; DROP TABLE a": "statement 2: drops table a",
    "INSERT OR IGNORE INTO b SELECT * FROM a; DROP TABLE a": "statement 2: drops table a",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; DROP TABLE a": "statement 2: drops",
    "SELECT 'it''s'; DROP TABLE a": "drops table a",
    "[secret]": "hides",
    "\ufeffDROP TABLE a": "drops table a",
    "UPDATE a SET b = 1 WHERE 1 = 1": "overwrites values in every row of a",
    "UPDATE a SET b = '' WHERE true RETURNING id": "overwrites values in every row of a",
    "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = '' WHERE name = 'a'": (
        "statement 2: changes by hand what tables there are, in sqlite_schema"
    ),
    f"WITH {', '.join(f'c{n} AS (SELECT 1)' for n in range(400))} DELETE FROM a": "more words than",
    "WITH \u017felect AS (SELECT 1) DELETE FROM a": "deletes every row of a",
    f"ALTER TABLE a ADD c; UPDATE a SET {'c = 1, ' * 400} b = ''": "statement 2: overwrites",
    f"CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT {'x, ' * 600} 1; END; DROP TABLE a": "drops",
    "CREATE TRIGGER begin AFTER INSERT ON a BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END; "
    "DROP TABLE a": "statement 2: drops table a",
}
MADE = "CREATE TABLE n (y); "
COPIED = f"{MADE}INSERT INTO n SELECT * FROM a; "
LOSES |= {
    f"CREATE TABLE {other} (y); DROP TABLE {name}": f"statement 2: drops table {name} with"
    for name, other in (
        ("a", '"a""b"'),
        ("a", "`a``b`"),
        ("a", '"a\'"'),
        ("k", '"\u212a"'),
        ("a", "a\U0001f642"),
        ("a", "temp.a"),
    )
}
"""Names that are not that of the table, though they look like it."""

LOSES |= {
    "INSERT INTO a SELECT * FROM a; DROP TABLE a": "statement 2: drops table a with all",
    f"{COPIED}DROP TABLE n; DROP TABLE a": "statement 4: drops table a with all",
    f"{COPIED}DROP TABLE a; DROP TABLE n": "statement 4: drops table n with all",
    f"{COPIED}DELETE FROM n; DROP TABLE a": "statement 4: drops table a with all",
    f"{COPIED}DROP TABLE a; ALTER TABLE n RENAME TO a; DELETE FROM a": "5: deletes every row of a",
    f"{COPIED}DROP TABLE a; UPDATE n SET y = 1": "statement 4: overwrites values in every row of n",
    f"{MADE}INSERT INTO n SELECT * FROM a, b; DROP TABLE a": "drops table a with all",
    f"{MADE}INSERT INTO n SELECT count(*) FROM a; DROP TABLE a": "drops table a with all",
    f"{MADE}INSERT INTO n SELECT * FROM a EXCEPT SELECT * FROM b; DROP TABLE a": "a with all",
    f"{MADE}WITH a AS (SELECT 1 WHERE 0) INSERT INTO n SELECT * FROM a; DROP TABLE a": "a with all",
    f"{MADE}INSERT INTO n SELECT * FROM a ORDER BY {'x, ' * 600} x LIMIT 1; DROP TABLE a": (
        "statement 3: drops table a with all"
    ),
    f"{MADE}ALTER TABLE n RENAME TO b; ALTER TABLE a RENAME TO n; DROP TABLE n": (
        "statement 4: drops table n with all"
    ),
    "ALTER TABLE a ADD c; ALTER TABLE a RENAME c TO d; ALTER TABLE a RENAME b TO c; "
    "ALTER TABLE a DROP c": "statement 4: drops column a.c",
    "ALTER TABLE a ADD c; ALTER TABLE a RENAME TO o; ALTER TABLE b RENAME TO a; "
    "ALTER TABLE a DROP c": "statement 4: drops column a.c",
}
"""Rows that went somewhere and were lost there; names that others have now."""
ONCE = {
    "CREATE TABLE a (b); DROP TABLE a": "applies 1.sql",
    "ALTER TABLE a ADD COLUMN b": "applies 1.sql",
    "DROP VIEW a; DROP INDEX b; DROP TRIGGER c": "applies 1.sql",
    "INSERT INTO a VALUES ('DROP TABLE b; DELETE FROM c')": "applies 1.sql",
    "INSERT OR IGNORE INTO a VALUES (1)": "applies 1.sql",
    'CREATE TABLE "drop table" (delete_from TEXT)': "applies 1.sql",
    "-- DROP TABLE a;\n/* DELETE FROM a; */ SELECT 1": "applies 1.sql",
    "UPDATE a SET b = 1 WHERE b IS NULL": "applies 1.sql: 1.sql, statement 1: changes rows of a",
    "ALTER TABLE a ADD c TEXT; UPDATE a SET c = lower(b)": "statement 2: changes rows of a",
    "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 2": "changes rows of a that have",
    "ALTER TABLE a RENAME TO b": "renames in a: who asks by the old name is refused",
    "ALTER TABLE a RENAME COLUMN b TO c": "renames in a",
    "CREATE TABLE n (b); INSERT INTO n SELECT b FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a": (
        "statement 3: drops table a after its rows went to n; columns that were not copied are gone"
    ),
    "CREATE TRIGGER t AFTER UPDATE ON a BEGIN DELETE FROM b; SELECT CASE WHEN 1 THEN 2 END; END": (
        "has rows deleted from now on, by trigger t"
    ),
    f"{COPIED}ALTER TABLE a RENAME TO o; ALTER TABLE n RENAME TO a; DROP TABLE o": (
        "statement 5: drops table o after its rows went to a"
    ),
    "ALTER TABLE a RENAME TO o; CREATE TABLE a (x); INSERT INTO a SELECT x FROM o ORDER BY x, y; "
    "DROP TABLE o": "statement 4: drops table o after its rows went to a",
    f"{COPIED}UPDATE n SET y = 1 WHERE y IS NULL; DROP TABLE a": "after its rows went to n",
}


DATABASE, OTHER = "0a1b", "2c3d"
LATER = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for the id of a database that is made in the same run."""


def said(sql, op="update", before=DATABASE, after=DATABASE, had=()):
    old = {"files": [{"name": name} for name in had], "database_id": before}
    new = {"files": [{"name": "1.sql", "sql": sql}], "database_id": after}
    (item,) = planned(step(op, "D1Migrations", None if op == "create" else old, new)).items
    return item.rank, item.why


@pytest.mark.parametrize(("sql", "why"), LOSES.items(), ids=LOSES)
def test_a_loss_is_said_with_its_statement_and_why(sql, why):
    rank, told = said(sql)

    assert rank is Rank.LOSS
    assert told.startswith("1.sql, statement ")
    assert why in told


@pytest.mark.parametrize(("sql", "why"), ONCE.items(), ids=ONCE)
def test_what_loses_nothing_only_happens_once(sql, why):
    rank, told = said(sql)

    assert rank is Rank.ONCE
    assert why in told


def test_a_trigger_that_runs_when_rows_are_deleted_deletes_none():
    sql = "CREATE TRIGGER t AFTER DELETE ON a BEGIN INSERT INTO n SELECT replace(b, '', ''); END"

    assert effects([("1.sql", sql)]) == []


def test_in_a_database_that_is_made_in_the_same_run_nothing_is_lost():
    sql = "CREATE TABLE IF NOT EXISTS a (b); UPDATE a SET b = 1; DROP TABLE a"

    assert said(sql, "create", after=LATER) == (Rank.ONCE, "applies 1.sql")
    assert said(sql, after=LATER, had=["1.sql"]) == (Rank.ONCE, "applies 1.sql")


def test_in_a_database_that_is_there_already_something_is_lost_by_the_first_files_as_well():
    rank, told = said("DROP TABLE a", "create")

    assert rank is Rank.LOSS
    assert "drops table a with all its rows" in told


def test_another_database_gets_the_files_that_the_one_before_it_has():
    rank, told = said("DROP TABLE a", after=OTHER, had=["1.sql"])

    assert rank is Rank.LOSS
    assert "drops table a with all its rows" in told


@pytest.mark.parametrize("odd", [None, 7, [], {}, "[secret]"])
def test_a_database_of_any_form_may_have_rows(odd):
    assert said("DROP TABLE a", "create", after=odd)[0] is Rank.LOSS


def test_a_file_knows_what_those_before_it_have_made():
    files = [
        ("1.sql", "CREATE TABLE a (b);"),
        ("2.sql", "DELETE FROM a; DROP TABLE a; DROP TABLE a"),
    ]

    assert [str(each) for each in effects(files)] == [
        "2.sql, statement 3: drops table a with all its rows"
    ]


def test_the_migrations_of_the_systems_lose_nothing_where_they_begin():
    found = [path for system in SYSTEMS for path in system_files(system)]

    assert len(found) > 3
    assert not [each for each in effects(found, fresh=True) if each.loses]


def system_files(system):
    from components.bundle import ROOT  # noqa: PLC0415

    for path in sorted((ROOT / "systems" / system.name).rglob("*.sql")):
        yield path.name, path.read_text()


def test_of_many_statements_the_first_are_told_and_the_others_counted():
    _, told = said(";".join(f"DROP TABLE t{number}" for number in range(9)))

    assert told.count("drops table") == 3
    assert told.endswith("; and 6 more")


def test_long_names_leave_room_for_the_number_of_the_others():
    _, told = said(";".join(f"DROP TABLE {'t' * 80}{number}" for number in range(9)))

    assert message(told) == told
    assert told.count("drops table") == 2
    assert told.endswith("; and 7 more")


@pytest.mark.parametrize(
    "unit",
    [
        "'",
        '"',
        "`",
        "[",
        "/*",
        "--",
        "(",
        ";",
        "CREATE TRIGGER t BEGIN ",
        "WITH ",
        "a.",
        "IF ",
        "= SET ",
    ],
)
def test_hostile_sql_is_read_in_one_go(unit):
    found = effects([("1.sql", "UPDATE a SET b = 1 " + unit * (LONGEST // 2 // len(unit)))])

    assert found[0].what.startswith("overwrites")


def test_more_than_can_be_looked_at_is_a_loss_until_somebody_looked():
    assert said("-" * (LONGEST + 1)) == (
        Rank.LOSS,
        "1.sql, statement 1: holds more than can be looked at in 1.sql",
    )
