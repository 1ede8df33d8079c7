"""How D1 takes a text apart: `/query` as Cloudflare's does, an import as SQLite (issue 10998)."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.records.model import Cloud
from planning.sql import PRAGMAS, is_cut, statements
from tests.planning.test_sql import CUT, DRIZZLE, PARTS, TRIGGER
from tests.support_runtime import json_of

pytestmark = pytest.mark.workerd

MODULE = Path("local/runtime/d1/sql.mjs").resolve()
ASK = f"""
import {{ asQuery, asShell, statements }} from "{MODULE}";
import {{ readFileSync }} from "node:fs";
const split = (sql) => [statements(sql, asShell), statements(sql, asQuery)];
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(split)));
"""


def split(*texts):
    """Return how each of *texts* is taken apart: as SQLite does, and as `/query` does."""
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", ASK],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return [tuple(parts) for parts in json.loads(done.stdout)]


@pytest.mark.parametrize(("sql", "parts"), PARTS.values(), ids=PARTS)
def test_an_import_takes_a_file_apart_as_sqlite_does(sql, parts):
    assert split(sql)[0][0] == parts


def test_a_query_cuts_the_triggers_that_cloudflares_cuts():
    texts = [sql for sql, _ in CUT.values()]

    cut = [len(query) > len(shell) for shell, query in split(*texts)]
    assert cut == [expected for _, expected in CUT.values()]


NAME = st.sampled_from(["t", "[end]", '"BEGIN"', "`a;b`"])
SPACE = st.sampled_from([" ", "\n", "\r\n", " /* ; END */ ", "\n-- BEGIN;\n"])
BEGIN = st.sampled_from(["BEGIN", "begin", "Begin"])
END = st.sampled_from(["END", "end"])
INNER = st.sampled_from(
    [
        "SELECT 1",
        "SELECT ';END;'",
        "SELECT CASE WHEN 1 THEN 2 END",
        "SELECT (CASE WHEN 1 THEN 2 END)",
    ]
)
PLAIN = st.sampled_from(
    ["SELECT 1;", "SELECT CASE WHEN 1 THEN 2 END;", "INSERT INTO a VALUES (';');"]
)
MADE = st.builds(
    "CREATE TRIGGER {0} AFTER INSERT ON a{1}{2}{1}{3};{1}{4};{1}{5};".format,
    NAME,
    SPACE,
    BEGIN,
    INNER,
    INNER,
    END,
)
FILES = st.lists(st.lists(MADE | PLAIN, min_size=1, max_size=4).map("\n".join), min_size=20)


@given(files=FILES)
@settings(max_examples=25, deadline=None)
def test_the_ledger_refuses_what_a_query_would_cut_and_only_that(files):
    """planning/sql.py, which previews go by, and sql.mjs, which answers, see the same files."""
    for sql, (shell, query) in zip(files, split(*files), strict=True):
        assert shell == statements(sql)
        assert (query != shell) == any(is_cut(each) for each in statements(sql)), sql


def run(edge, sql, **params):
    return edge.admin("POST", "/d1/db", content=json_of(sql=sql), params=params)


@pytest.fixture
def edge(start):
    running = start(Cloud(databases=("db",)))
    assert run(running, "CREATE TABLE a (n)").status_code == 200
    return running


def test_a_trigger_in_small_letters_is_refused_by_query_and_taken_by_an_import(edge):
    """D1: 400, 7500, "incomplete input: SQLITE_ERROR"."""
    refused = run(edge, TRIGGER.replace("BEGIN", "begin"), split="query")
    assert refused.status_code == 400
    assert "incomplete input: SQLITE_ERROR" in refused.json()["error"]["message"]

    assert run(edge, TRIGGER.replace("BEGIN", "begin")).status_code == 200
    assert run(edge, TRIGGER.replace("TRIGGER t", "TRIGGER u"), split="query").status_code == 200


def test_a_refused_text_has_done_nothing(edge):
    sql = "\n".join(["INSERT INTO a VALUES (1);", TRIGGER.replace("BEGIN", "begin")])

    assert run(edge, sql, split="query").status_code == 400
    assert run(edge, "SELECT count(*) AS n FROM a").json()[0]["results"] == [{"n": 0}]


REFUSED = [
    "BEGIN TRANSACTION",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT a",
    "RELEASE a",
    "VACUUM",
    "ATTACH ':memory:' AS b",
    "CREATE TEMP TABLE b (c)",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = OFF",
    "PRAGMA writable_schema = 1",
    "PRAGMA user_version = 1",
    "PRAGMA temp_store = 1",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_runtime_refuses_what_the_ledger_says_that_d1_refuses(edge, sql):
    assert run(edge, sql, split="query").status_code == 400


def test_the_runtime_lets_the_pragmas_pass_that_the_ledger_lets_pass(edge):
    given = {"index_info": "(x)", "index_xinfo": "(x)", "index_list": "(a)", "table_info": "(a)"}
    given |= {"table_xinfo": "(a)", "foreign_key_list": "(a)"}
    answers = {name: run(edge, f"PRAGMA {name}{given.get(name, '')}") for name in PRAGMAS}

    assert {n: a.text for n, a in answers.items() if a.status_code != 200} == {}


def test_foreign_keys_cannot_be_turned_off_in_a_transaction(edge):
    """workers-sdk#5438: the rows of the children go, and the API is right about it."""
    run(
        edge,
        "CREATE TABLE c (a INTEGER REFERENCES p (id) ON DELETE CASCADE);"
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);",
    )

    sql = DRIZZLE.replace("`a`", "`p`").replace("(id INTEGER)", "(id INTEGER PRIMARY KEY)")
    assert run(edge, sql, split="query").status_code == 200
    assert run(edge, "SELECT count(*) AS n FROM c").json()[0]["results"] == [{"n": 0}]
