"""Text that the runtime writes for others to read: configurations, and the statements of SQL."""

import ast
import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TextIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.records.model import Bucket, Cloud, RefusedError, S3Credentials
from local.runtime.assembly.configuration import write
from local.runtime.configuration.capnp import Embed, quote, render
from local.runtime.configuration.environment import Account, Layout
from tests.support_runtime import objects, script

SQL = Path("local/runtime/d1/sql.mjs").resolve()
Split = Callable[[str], list[str]]


@given(st.text())
def test_a_quoted_text_is_one_literal_of_the_same_bytes(text):
    literal = quote(text)

    assert literal.isascii()
    assert ast.literal_eval(f"b{literal}") == text.encode()


def test_structs_lists_and_files(tmp_path):
    value = {"name": "a", "absent": None, "flag": True, "items": [1, "x"], "empty": []}

    assert render(value, tmp_path) == '(name = "a", flag = true, items = [1,\n"x"], empty = [])'
    assert render(Embed(tmp_path / "a" / "b.mjs"), tmp_path / "c") == 'embed "../a/b.mjs"'
    with pytest.raises(TypeError, match="float has no Cap'n Proto form"):
        render(1.5, tmp_path)


def test_a_configuration_is_the_same_for_the_same_cloud(tmp_path):
    account = Account("0" * 32, "127.0.0.1", 1, 2, S3Credentials("id", "canary"), Path("key"))
    layout = Layout.below(tmp_path)
    worker = script(tmp_path, "export default {}", durable_objects=objects("Room"))
    cloud = Cloud(workers=(worker,), buckets=(Bucket("files"),))
    text = write(cloud, account, layout, layout.config)

    assert text == write(cloud, account, layout, layout.config)
    assert '"test-Room"' in text
    assert "canary" not in repr(account)


def test_a_module_of_an_unknown_type_is_refused(tmp_path):
    worker = script(tmp_path, "export default {}")
    other = replace(worker.modules[0], name="x.py", content_type="text/x-python")
    worker = replace(worker, modules=(*worker.modules, other))
    account = Account("0" * 32, "127.0.0.1", 1, 2, S3Credentials("id", "canary"), Path("key"))
    layout = Layout.below(tmp_path)
    with pytest.raises(RefusedError, match=r"module x\.py of type text/x-python"):
        write(Cloud(workers=(worker,)), account, layout, layout.config)


@pytest.fixture(scope="module", name="split")
def splitter() -> Iterator[Split]:
    """Take a text of SQL apart with the admin worker's own code, run by Node."""
    code = f"""import {{ asShell, statements }} from "{SQL}";
    import {{ createInterface }} from "node:readline";
    for await (const line of createInterface({{ input: process.stdin }})) {{
      console.log(JSON.stringify(statements(JSON.parse(line), asShell)));
    }}"""
    command = ["node", "--input-type=module", "-e", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        questions, answers = cast("TextIO", process.stdin), cast("TextIO", process.stdout)

        def split(text: str) -> list[str]:
            print(json.dumps(text), file=questions, flush=True)
            return list(json.loads(answers.readline()))

        yield split


PIECES = [
    "SELECT 1;",
    "INSERT INTO t VALUES ('a;b', 'it''s');",
    'SELECT "col;umn" FROM [ta;ble];',
    "SELECT `x;y` -- comment; here\n;",
    "/* a; b */ SELECT 2;",
    "CREATE TRIGGER u AFTER INSERT ON t BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END;",
    "create temp trigger u after delete on t begin delete from x; end;",
    "SELECT CASE WHEN 1 THEN 'END' END;",
    "WITH begin_at AS (SELECT 1 AS ending) SELECT * FROM begin_at;",
    "/* x */ CREATE /* y */ TRIGGER IF NOT EXISTS u INSERT ON t BEGIN SELECT ';'; END;",
]


@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_statements_end_where_sqlite_says(split, pieces):
    found = split("\n".join(pieces))

    assert [part.strip() for part in found] == pieces
    assert all(sqlite3.complete_statement(part) for part in found)


@pytest.mark.parametrize("text", ["", " \n;; ", "-- only a comment", "/* open", ";/* x */;"])
def test_what_says_nothing_is_no_statement(split, text):
    assert split(text) == []


def test_the_last_statement_needs_no_semicolon(split):
    assert split("SELECT 1; SELECT 2") == ["SELECT 1;", " SELECT 2"]
