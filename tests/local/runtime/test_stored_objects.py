"""Looking into the storage of Durable Objects while they run; nothing is written by it."""

import pytest

from local.records.model import RefusedError
from tests.support_runtime import objects, script, serving

pytestmark = pytest.mark.workerd

SOURCE = """import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  up() {
    const { sql, kv } = this.ctx.storage;
    sql.exec("CREATE TABLE IF NOT EXISTS seen (n INTEGER, b BLOB, f REAL)");
    sql.exec("INSERT INTO seen VALUES (?, ?, ?)", 7, new Uint8Array([1, 255]).buffer, Infinity);
    kv.put("k", 1);
    return sql.exec("SELECT count(*) AS n FROM seen").one().n;
  }
}
export default { async fetch(_, env) {
  return new Response(String(await env.COUNTER.getByName("a b").up())) } }"""
BINDING = {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"}
KEY = "test-Counter"


@pytest.fixture
def edge(start, tmp_path):
    worker = script(tmp_path, SOURCE, bindings=(BINDING,), durable_objects=objects("Counter"))
    running = start(serving(worker))
    assert running.get("/").text == "1"
    return running


def ask(edge, sql, *params, **which):
    named = {"object_id": None, "name": "a b"} | which
    statements = [{"sql": sql, "params": list(params)}]
    work = edge.runtime.query_object(KEY, **named, statements=statements)
    return edge.run(work)[0]


def test_an_object_is_listed_and_read_by_its_name_and_by_its_id(edge):
    (stored,) = edge.runtime.stored_objects(KEY)

    expected = {"columns": ["n", "b", "f"], "rows": [[7, [1, 255], None]]}
    by_name = ask(edge, "SELECT * FROM seen WHERE n = ?", 7)
    assert by_name == expected | {"meta": {"rows_read": 1, "rows_written": 0}}
    assert ask(edge, "SELECT * FROM seen", object_id=stored, name=None) == by_name
    assert ask(edge, "SELECT key FROM _cf_KV WHERE key = 'k'")["rows"] == [["k"]]
    assert edge.get("/").text == "2"
    assert len(ask(edge, "SELECT * FROM seen")["rows"]) == 2


WRITING = [
    "INSERT INTO seen (n) VALUES (1)",
    "DELETE FROM seen",
    "DROP TABLE seen",
    "CREATE TABLE other (a)",
    "CREATE TEMP TABLE other (a)",
    "ATTACH ':memory:' AS other",
    "VACUUM INTO 'copy.sqlite'",
    "PRAGMA user_version = 5",
    "PRAGMA journal_mode = DELETE",
    "BEGIN",
    "SELECT load_extension('x')",
    "SELECT 1; SELECT 2",
    "nonsense",
]


@pytest.mark.parametrize("sql", WRITING)
def test_nothing_but_reading_is_done(edge, sql):
    with pytest.raises(RefusedError, match="only reading is possible here"):
        ask(edge, sql)

    assert edge.get("/").text == "2"


@pytest.mark.parametrize(
    "which", [{"name": "other"}, {"object_id": "0" * 64}, {"object_id": "../../x"}]
)
def test_an_object_that_has_stored_nothing_is_not_there(edge, which):
    with pytest.raises(RefusedError, match="there is no stored object"):
        ask(edge, "SELECT 1", **which)


def test_a_statement_without_an_end_is_ended(edge, monkeypatch):
    monkeypatch.setattr("local.runtime.objects.stored.LONGEST_SECONDS", 0.2)
    endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT max(n) FROM c"

    with pytest.raises(RefusedError, match="interrupted"):
        ask(edge, endless)


def test_too_many_rows_are_refused(edge):
    many = """WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 10001)
      SELECT n FROM c"""

    with pytest.raises(RefusedError, match="more than 10000 rows; give it a LIMIT"):
        ask(edge, many)


def test_a_namespace_without_objects_is_empty(edge):
    assert edge.runtime.stored_objects("none") == []
