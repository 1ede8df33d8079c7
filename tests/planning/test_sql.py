"""What a migration asks for that D1 cannot give, and which triggers its `/query` takes apart.

workers-sdk#10998, #14991, #15314, #4727 (triggers); #5438, drizzle-orm#5782, prisma#24208 (foreign
keys); the PRAGMAs: developers.cloudflare.com/d1/sql-api/sql-statements.
"""

import pytest

from planning.sql import dropped_tables, faults, is_cut, statements, turns_foreign_keys_off

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n  UPDATE a SET n = 1;\nEND;"
PARTS = {
    "nothing": ("", []),
    "comments": ("-- a;\n/* b; */", []),
    "two": ("SELECT 1;SELECT ';' ; -- x;", ["SELECT 1;", "SELECT ';' ;"]),
    "no semicolon at the end": ("SELECT 1;\nSELECT 2", ["SELECT 1;", "\nSELECT 2"]),
    "a trigger": (f"SELECT 1;{TRIGGER}SELECT 2;", ["SELECT 1;", TRIGGER, "SELECT 2;"]),
    "a trigger in small letters": (TRIGGER.lower(), [TRIGGER.lower()]),
    "quoted names": ('SELECT "a;" , [b;], `c;`;', ['SELECT "a;" , [b;], `c;`;']),
}


@pytest.mark.parametrize(("sql", "parts"), PARTS.values(), ids=PARTS)
def test_a_file_is_taken_apart_as_sqlite_does(sql, parts):
    assert statements(sql) == parts


REFUSED = {
    "BEGIN TRANSACTION; SELECT 1; COMMIT;": ["BEGIN: D1 runs each file in one", "COMMIT: D1 runs"],
    "begin;": ["BEGIN: D1 runs each file in one transaction of its own and refuses another"],
    "END;": ["END: D1 runs"],
    "ROLLBACK;": ["ROLLBACK: D1 runs"],
    "/* x */ SAVEPOINT a; RELEASE a;": ["SAVEPOINT: D1 runs", "RELEASE: D1 runs"],
    "VACUUM;": ["VACUUM: D1 runs each file in a transaction"],
    "ATTACH ':memory:' AS other; DETACH other;": ["ATTACH: D1 refuses it", "DETACH: D1 refuses"],
    "CREATE TEMP TABLE a (b);": ["CREATE TEMP: D1 refuses what belongs to one connection"],
    "create temporary view a as select 1;": ["CREATE TEMPORARY: D1 refuses"],
    "PRAGMA journal_mode = WAL;": ["PRAGMA journal_mode: D1 refuses it; remove it"],
    "PRAGMA main.synchronous(OFF);": ["PRAGMA synchronous: D1 refuses it"],
    "PRAGMA writable_schema=1;": ["PRAGMA writable_schema: D1 refuses it"],
    TRIGGER.lower(): ["Cloudflare would take a trigger apart (create trigger t after insert …)"],
    "CREATE TABLE a (b)--> statement-breakpoint\nCREATE TABLE c (d);": ["has no semicolon"],
}


@pytest.mark.parametrize(("sql", "said"), REFUSED.items())
def test_what_d1_refuses_is_said_by_name(sql, said):
    found = list(faults(sql))

    assert len(found) == len(said), found
    assert all(part in fault for part, fault in zip(said, found, strict=True)), found


FINE = [
    TRIGGER,
    "CREATE TABLE a (b);--> statement-breakpoint\nCREATE TABLE c (d);",
    "CREATE TABLE a (b);--> statement-breakpoint\n",
    "PRAGMA defer_foreign_keys = ON; PRAGMA foreign_key_check; PRAGMA optimize;",
    "INSERT INTO a VALUES ('BEGIN; VACUUM;');",
    "-- BEGIN TRANSACTION;\nSELECT 1;",
    "CREATE TABLE begin_end (vacuum TEXT);",
    "CREATE TABLE temp_values (a); CREATE INDEX attach_a ON temp_values (a);",
]


@pytest.mark.parametrize("sql", FINE)
def test_what_d1_takes_is_let_pass(sql):
    assert list(faults(sql)) == []


CASE = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT {} ; END;"
CUT = {
    "capitals": (TRIGGER, False),
    "end in small letters": (TRIGGER.replace("END", "end"), False),
    "begin in small letters": (TRIGGER.replace("BEGIN", "begin"), True),
    "Begin": (TRIGGER.replace("BEGIN", "Begin"), True),
    "CR LF": (TRIGGER.replace("\n", "\r\n"), True),
    "one line": (TRIGGER.replace("\n", " "), False),
    "a CASE": (CASE.format("CASE WHEN 1 THEN 2 END"), True),
    "a CASE in brackets": (CASE.format("(CASE WHEN 1 THEN 2 END)"), False),
    "a CASE in small letters": (CASE.format("case when 1 then 2 end"), True),
    "a CASE outside a trigger": ("SELECT CASE WHEN 1 THEN 2 END;", False),
    "BEGIN in a comment": (TRIGGER.replace("BEGIN", "/* BEGIN */ begin"), True),
    "END in a text": (TRIGGER.replace("n = 1", "n = ' END; '"), False),
    "a table called begin": ("INSERT INTO a (BEGIN) VALUES (1);", False),
}


@pytest.mark.parametrize(("sql", "cut"), CUT.values(), ids=CUT)
def test_a_trigger_is_cut_as_production_is_seen_to_cut_it(sql, cut):
    assert is_cut(sql) == cut


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("begin in small letters", "write its BEGIN in capitals"),
        ("CR LF", "end its lines with LF instead of CR LF"),
        ("a CASE", "put each CASE … END in it in brackets"),
    ],
)
def test_the_remedy_is_that_of_the_fault(name, remedy):
    (fault,) = faults(CUT[name][0])

    assert fault.endswith(remedy)


DRIZZLE = (
    "PRAGMA foreign_keys=OFF;--> statement-breakpoint\n"
    "CREATE TABLE `__new_a` (id INTEGER);--> statement-breakpoint\n"
    "DROP TABLE `a`;--> statement-breakpoint\n"
    "ALTER TABLE `__new_a` RENAME TO `a`;--> statement-breakpoint\n"
    "PRAGMA foreign_keys=ON;"
)


@pytest.mark.parametrize(
    ("sql", "off"),
    [
        (DRIZZLE, True),
        ("pragma FOREIGN_KEYS = off;", True),
        ("PRAGMA foreign_keys(0);", True),
        ('PRAGMA main.foreign_keys = "false";', True),
        ("PRAGMA foreign_keys=ON;", False),
        ("PRAGMA foreign_keys;", False),
        ("-- PRAGMA foreign_keys=OFF;\nSELECT 1;", False),
        ("PRAGMA defer_foreign_keys=OFF;", False),
    ],
)
def test_turning_foreign_keys_off_is_seen(sql, off):
    assert turns_foreign_keys_off(sql) == off


def test_the_tables_that_are_dropped_are_named():
    sql = (
        DRIZZLE + '\nDROP TABLE IF EXISTS "b c"; drop table main.d; DROP INDEX e; -- DROP TABLE f;'
    )

    assert dropped_tables(sql) == ["a", "b c", "d"]
