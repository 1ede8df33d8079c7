"""The provider of D1 migrations against a database that speaks the API."""

import base64
import pickletools

import pytest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown
from pulumi.runtime import rpc

from components import d1_client, d1_ledger
from components.d1_client import Database, QueryError, UnreachableError
from components.d1_migrations import D1MigrationsProvider
from planning.ledger import File
from planning.refusals import RefusedError
from tests.components.fake_d1 import ACCOUNT, DATABASE, TOKEN, FakeD1

DOCUMENTS = File(
    "003_documents.sql", "CREATE TABLE documents (id TEXT);\nINSERT INTO documents VALUES ('a');"
)
QUOTAS = File("004_quotas.sql", "CREATE TABLE quotas (owner TEXT)")
BROKEN = File("005_broken.sql", "CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);")


@pytest.fixture
def d1(monkeypatch):
    monkeypatch.setenv(d1_client.TOKEN, TOKEN)
    with FakeD1() as server:
        yield server


@pytest.fixture
def provider():
    return D1MigrationsProvider()


def props(d1, *files):
    """Make the inputs of the resource."""
    return {
        "account_id": ACCOUNT,
        "database_id": DATABASE,
        "base_url": d1.base_url,
        "files": [{"name": f.name, "sha256": f.sha256, "sql": f.sql} for f in files],
        "applied": None,
    }


def database(d1):
    return Database(d1.base_url, ACCOUNT, DATABASE)


def test_create_applies_every_file_in_order_and_enters_it(d1, provider):
    made = provider.create(props(d1, DOCUMENTS, QUOTAS))

    assert made.id == DATABASE
    assert made.outs["applied"] == [DOCUMENTS.name, QUOTAS.name]
    assert d1.rows("SELECT id FROM documents") == [("a",)]
    assert d1.rows("SELECT name, sha256 FROM chittyos_migrations ORDER BY name") == [
        (DOCUMENTS.name, DOCUMENTS.sha256),
        (QUOTAS.name, QUOTAS.sha256),
    ]
    assert d1.rows("SELECT name FROM d1_migrations") == [(DOCUMENTS.name,), (QUOTAS.name,)]


def test_all_statements_of_a_file_go_in_one_request(d1, provider):
    provider.create(props(d1, DOCUMENTS))

    (sent,) = [sql for sql in d1.queries if "documents VALUES" in sql]
    assert sent.startswith(DOCUMENTS.sql)
    assert DOCUMENTS.sha256 in sent


def test_a_second_run_applies_nothing(d1, provider):
    provider.create(props(d1, DOCUMENTS))
    provider.update(DATABASE, {}, props(d1, DOCUMENTS))

    assert d1.rows("SELECT count(*) FROM documents") == [(1,)]


def test_an_update_applies_what_is_new(d1, provider):
    provider.create(props(d1, DOCUMENTS))
    made = provider.update(DATABASE, {}, props(d1, DOCUMENTS, QUOTAS))

    assert made.outs["applied"] == [DOCUMENTS.name, QUOTAS.name]
    assert d1.rows("SELECT count(*) FROM quotas") == [(0,)]


def test_what_wrangler_applied_is_not_applied_again(d1, provider):
    d1.database.executescript(
        "CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, "
        "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);"
        "INSERT INTO d1_migrations (name) VALUES ('001_first.sql'), ('003_documents.sql');"
    )
    provider.create(props(d1, DOCUMENTS, QUOTAS))

    assert d1.rows("SELECT name FROM sqlite_master WHERE name = 'documents'") == []
    assert d1.rows("SELECT name FROM chittyos_migrations") == [(QUOTAS.name,)]


def test_a_failing_file_leaves_nothing_of_itself_and_all_before_it(d1, provider):
    with pytest.raises(
        RefusedError, match=r"005_broken\.sql was refused by the database: no such"
    ) as refused:
        provider.create(props(d1, DOCUMENTS, QUOTAS, BROKEN))

    assert "none of its statements took effect" in str(refused.value)
    assert d1.rows("SELECT name FROM chittyos_migrations ORDER BY name") == [
        (DOCUMENTS.name,),
        (QUOTAS.name,),
    ]
    assert d1.rows("SELECT name FROM sqlite_master WHERE name = 'half'") == []


def test_after_a_failure_the_corrected_file_is_applied(d1, provider):
    with pytest.raises(RefusedError):
        provider.create(props(d1, DOCUMENTS, QUOTAS, BROKEN))
    provider.create(props(d1, DOCUMENTS, QUOTAS, File(BROKEN.name, "CREATE TABLE half (x);")))

    assert d1.rows("SELECT count(*) FROM half") == [(0,)]


def test_a_lost_answer_is_no_failure_when_the_file_was_applied(d1, provider):
    d1.faults = ["", "", "lost"]
    made = provider.create(props(d1, DOCUMENTS))

    assert made.outs["applied"] == [DOCUMENTS.name]
    assert d1.rows("SELECT count(*) FROM documents") == [(1,)]


def test_a_lost_request_is_a_failure_that_says_to_run_again(d1, provider):
    d1.faults = ["", "", "broken"]
    with pytest.raises(RefusedError, match="nothing of it is recorded, run again"):
        provider.create(props(d1, DOCUMENTS))

    assert d1.rows("SELECT name FROM chittyos_migrations") == []


def test_an_edited_applied_file_is_refused_before_anything_is_done(d1, provider):
    provider.create(props(d1, DOCUMENTS))
    edited = File(DOCUMENTS.name, DOCUMENTS.sql + " -- edited")
    (failure,) = provider.check({}, props(d1, edited, QUOTAS)).failures

    assert failure.property == ""
    assert failure.reason.startswith("003_documents.sql was edited after it was applied")


def test_check_finds_nothing_wrong_with_files_that_fit(d1, provider):
    provider.create(props(d1, DOCUMENTS))

    assert provider.check({}, props(d1, DOCUMENTS, QUOTAS)).failures == []


@pytest.mark.parametrize("unknown", [rpc.UNKNOWN, Unknown()], ids=["text", "object"])
def test_check_of_a_database_to_come_asks_nobody(d1, provider, unknown):
    news = {**props(d1, DOCUMENTS), "database_id": unknown}

    assert provider.check({}, news).failures == []
    assert d1.queries == []


def test_check_says_when_the_database_cannot_be_asked(d1, provider, monkeypatch):
    monkeypatch.delenv(d1_client.TOKEN)
    (failure,) = provider.check({}, props(d1, DOCUMENTS)).failures

    assert "CLOUDFLARE_API_TOKEN is not set" in failure.reason


DIFFS = {
    "the same": ({}, False),
    "a new file": ({"files": [DOCUMENTS, QUOTAS]}, True),
    "an edited file": ({"files": [File(DOCUMENTS.name, "x")]}, True),
    "another database": ({"database_id": "other"}, True),
    "another address": ({"base_url": "http://other"}, False),
}


@pytest.mark.parametrize(("change", "changes"), DIFFS.values(), ids=DIFFS)
def test_a_diff_sees_what_has_to_be_done(d1, provider, change, changes):
    olds = {**props(d1, DOCUMENTS), "applied": [DOCUMENTS.name]}
    news = props(d1, *change.get("files", [DOCUMENTS])) | {
        key: value for key, value in change.items() if key != "files"
    }

    assert provider.diff(DATABASE, olds, news).changes is changes


def test_a_database_that_lost_its_tables_is_seen_after_a_refresh(d1, provider):
    """Incident 12: previews ran with an empty database for weeks."""
    outs = provider.read(DATABASE, props(d1, DOCUMENTS)).outs

    assert outs["applied"] == []
    assert provider.diff(DATABASE, outs, props(d1, DOCUMENTS)).changes


def test_the_state_holds_the_provider_by_name_only():
    content = base64.b64decode(serialize_provider(D1MigrationsProvider()))
    strings = {arg for _, arg, _ in pickletools.genops(content) if isinstance(arg, str)}

    assert len(content) < 200
    assert {"components.d1_migrations", "D1MigrationsProvider"} <= strings


def test_a_busy_api_is_asked_again(d1, monkeypatch):
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    d1.faults = ["busy", "busy"]

    assert database(d1).query("SELECT 1 AS one") == [{"one": 1}]


def test_a_busy_api_is_not_asked_for_ever(d1, monkeypatch):
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    d1.faults = ["busy"] * 10
    with pytest.raises(UnreachableError, match="too many requests"):
        database(d1).query("SELECT 1")

    assert d1.faults == ["busy"] * (10 - d1_client.TRIES)


def test_an_answer_that_is_lost_is_not_asked_for_again(d1):
    d1.faults = ["lost"]
    with pytest.raises(UnreachableError, match="did not answer"):
        database(d1).query("SELECT 1")

    assert d1.queries == ["SELECT 1"]


def test_a_refused_statement_is_said_in_the_words_of_the_database(d1):
    with pytest.raises(QueryError, match=r"no such table: nowhere \(7500\)"):
        database(d1).query("SELECT * FROM nowhere")


def test_the_token_is_in_no_message(d1, monkeypatch):
    monkeypatch.setenv(d1_client.TOKEN, "wrong-token-canary")
    with pytest.raises(QueryError) as refused:
        database(d1).query("SELECT 1")

    assert "canary" not in str(refused.value)


def test_the_ledger_of_a_new_database_is_empty_and_stays_so(d1):
    assert d1_ledger.read_ledger(database(d1)).checksums == {}
    assert d1.rows("SELECT name FROM sqlite_master") == []


FAMILY = File(
    "003_family.sql",
    """CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER REFERENCES parent (id) ON DELETE CASCADE);
CREATE TABLE "grand child" (c INTEGER REFERENCES child (id) ON DELETE CASCADE);
CREATE TABLE friend (p INTEGER REFERENCES parent (id) ON DELETE SET NULL);
CREATE TABLE ally (f INTEGER REFERENCES friend (p) ON DELETE CASCADE);
CREATE TABLE keeper (p INTEGER REFERENCES parent (id));
CREATE TABLE stranger (p INTEGER REFERENCES keeper (p) ON DELETE CASCADE);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (1, 1), (2, NULL);
INSERT INTO "grand child" VALUES (1), (1), (NULL);
INSERT INTO friend VALUES (2);
INSERT INTO ally VALUES (2);
INSERT INTO stranger VALUES (1);""",
)
REBUILD = File(
    "004_rebuild.sql",
    "PRAGMA foreign_keys=OFF;--> statement-breakpoint\n"
    "CREATE TABLE `__new_parent` (id INTEGER PRIMARY KEY, n TEXT);--> statement-breakpoint\n"
    "INSERT INTO `__new_parent` SELECT id, '' FROM `Parent`;--> statement-breakpoint\n"
    "DROP TABLE `Parent`;--> statement-breakpoint\n"
    "ALTER TABLE `__new_parent` RENAME TO `parent`;--> statement-breakpoint\n"
    "PRAGMA foreign_keys=ON;",
)


def test_a_rebuild_without_foreign_keys_is_refused_in_a_preview_with_the_rows_it_would_take(
    d1, provider
):
    """drizzle-orm#5782: what drizzle-kit writes deletes the children and counts as applied."""
    provider.create(props(d1, FAMILY))
    before = list(d1.queries)

    checked = provider.check({}, props(d1, FAMILY, REBUILD))

    (failure,) = checked.failures
    assert "004_rebuild.sql: PRAGMA foreign_keys=OFF means nothing" in failure.reason
    for rows in (
        "1 row of child (refers to parent, CASCADE)",
        "2 rows of grand child (refers to child, CASCADE)",
        "1 row of friend (refers to parent, SET NULL)",
    ):
        assert rows in failure.reason
    assert not [name for name in ("keeper", "stranger", "ally") if name in failure.reason]
    asked = d1.queries[len(before) :]
    assert asked
    assert all(sql.lstrip().startswith("SELECT") for sql in asked)


def test_it_is_refused_before_anything_runs(d1):
    d1_ledger.apply(database(d1), (FAMILY,))

    with pytest.raises(RefusedError, match="foreign_keys"):
        d1_ledger.apply(database(d1), (FAMILY, REBUILD))

    assert d1.rows("SELECT count(*) FROM child") == [(2,)]
    assert d1.rows("SELECT name FROM chittyos_migrations") == [(FAMILY.name,)]


def test_on_a_database_that_is_not_there_yet_it_is_refused_too(d1, provider):
    inputs = props(d1, FAMILY, REBUILD) | {"database_id": rpc.UNKNOWN}

    (failure,) = provider.check({}, inputs).failures

    assert "here no row yet" in failure.reason
    assert d1.queries == []


def test_all_faults_of_all_files_come_in_one_preview(d1, provider):
    bad = File("005_bad.sql", "BEGIN;\nVACUUM;\nCOMMIT;")

    (failure,) = provider.check({}, props(d1, FAMILY, REBUILD, bad)).failures

    assert len(failure.reason.splitlines()) == 4
