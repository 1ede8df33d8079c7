"""wrangler as a client of the whole local Cloudflare."""

import json
import os
import subprocess

import pytest

from harness.local_cloudflare import PROJECT, local_cloudflare

WRANGLER = PROJECT / "node_modules/wrangler/bin/wrangler.js"

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(400)]

CODE = """
import { DurableObject } from "cloudflare:workers";
export class C extends DurableObject { hi() { return "object"; } }
export default {
  async fetch(request, env) {
    const row = await env.DB.prepare("SELECT n FROM t").first();
    return Response.json([row.n, await env.C.getByName("x").hi(), env.TOKEN ?? null]);
  },
  async queue() {},
};
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("wrangler") / "cf") as running:
        yield running


@pytest.fixture
def wrangler(cloud, tmp_path):
    kept = {name: os.environ[name] for name in ("PATH",)}
    environment = {
        **kept,
        **cloud.env,
        "HOME": str(tmp_path),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "NO_COLOR": "1",
        "FORCE_COLOR": "0",
    }

    def run(*words, fails=False, **options):
        done = subprocess.run(
            ["node", str(WRANGLER), *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + (done.stderr if fails else "")

    return run


def test_whoami(wrangler, cloud):
    told = wrangler("whoami")

    assert "User API Token" in told
    assert cloud.account_id in told


def test_kv(wrangler, tmp_path):
    wrangler("kv", "namespace", "create", "NS")
    (namespace,) = json.loads(wrangler("kv", "namespace", "list"))
    here = ["--namespace-id", namespace["id"], "--remote"]

    wrangler("kv", "key", "put", "odd/key ü", "value", "--metadata", '{"a": 1}', *here)
    assert wrangler("kv", "key", "get", "odd/key ü", *here) == "value"
    (key,) = json.loads(wrangler("kv", "key", "list", *here))
    assert key == {"name": "odd/key ü", "metadata": {"a": 1}}
    (tmp_path / "pairs.json").write_text(json.dumps([{"key": "x", "value": "1"}]))
    wrangler("kv", "bulk", "put", "pairs.json", *here)
    wrangler("kv", "key", "delete", "odd/key ü", *here)
    assert [k["name"] for k in json.loads(wrangler("kv", "key", "list", *here))] == ["x"]
    wrangler("kv", "namespace", "delete", "--namespace-id", namespace["id"], "-y")


def test_r2(wrangler, tmp_path):
    wrangler("r2", "bucket", "create", "w-docs")
    assert "w-docs" in wrangler("r2", "bucket", "list")
    (tmp_path / "file").write_bytes(bytes(range(256)))
    wrangler("r2", "object", "put", "w-docs/a/b c", "--file", "file", "--remote")
    wrangler("r2", "object", "get", "w-docs/a/b c", "--file", "back", "--remote")
    assert (tmp_path / "back").read_bytes() == bytes(range(256))
    assert "[code: 10008]" in wrangler("r2", "bucket", "delete", "w-docs", fails=True)
    wrangler("r2", "object", "delete", "w-docs/a/b c", "--remote")
    wrangler("r2", "bucket", "delete", "w-docs")


def test_d1_queues_and_a_deployed_worker(wrangler, cloud, tmp_path):
    wrangler("d1", "create", "w-db")
    (database,) = json.loads(wrangler("d1", "list", "--json"))
    wrangler("queues", "create", "w-q")
    write_project(tmp_path, database["uuid"])

    wrangler("d1", "migrations", "apply", "w-db", "--remote")
    rows = wrangler("d1", "execute", "w-db", "--remote", "--json", "--command", "SELECT n FROM t")
    assert json.loads(rows)[0]["results"] == [{"n": "FROM TRIGGER"}]
    (tmp_path / "more.sql").write_text("INSERT INTO t VALUES ('x');\nDELETE FROM t WHERE n = 'X';")
    assert "Executed 2 queries" in wrangler(
        "d1", "execute", "w-db", "--remote", "--file", "more.sql"
    )
    told = wrangler(
        "d1", "execute", "w-db", "--remote", "--command", "SELECT * FROM none", fails=True
    )
    assert "no such table: none: SQLITE_ERROR [code: 7500]" in told

    assert "Uploaded w-api" in wrangler("deploy")
    assert cloud.at("w.chitty.cc").json() == ["FROM TRIGGER", "object", None]
    assert cloud.at("chitty.cc", "/w/x").json()[1] == "object"
    wrangler("secret", "put", "TOKEN", input="s3cret")
    assert cloud.at("w.chitty.cc").json()[2] == "s3cret"
    deployments = json.loads(wrangler("deployments", "list", "--json"))
    assert len(deployments) == 2
    assert "w-api" in wrangler("queues", "info", "w-q")
    wrangler("deploy")  # again, with the migration applied: wrangler sends none
    assert cloud.at("w.chitty.cc").json()[2] == "s3cret"

    wrangler("delete", "--name", "w-api", "--force")
    wrangler("queues", "delete", "w-q")
    assert cloud.at("w.chitty.cc").status_code == 530


def test_secrets_in_bulk_keep_what_is_bound(wrangler, cloud, tmp_path):
    code = "export class C {} export default { fetch: (_, env) => Response.json(env) }"
    bindings = [
        {"type": "plain_text", "name": "MODE", "text": "quick"},
        {"type": "secret_text", "name": "OLD", "text": "old"},
        {"type": "durable_object_namespace", "name": "C", "class_name": "C"},
    ]
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["C"]}
    cloud.upload("w-bulk", {"w.mjs": code}, bindings=bindings, migrations=migrations)
    domain = {"hostname": "bulk.chitty.cc", "service": "w-bulk"}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    (tmp_path / "secrets.json").write_text('{"NEW": "new", "OLD": "newer"}')

    told = wrangler("secret", "bulk", "secrets.json", "--name", "w-bulk")
    assert "2 secrets successfully uploaded" in told
    seen = cloud.at("bulk.chitty.cc").json()
    assert {"MODE": "quick", "OLD": "newer", "NEW": "new"}.items() <= seen.items()
    assert "C" in seen

    (tmp_path / "secrets.json").write_text('{"MODE": "hidden", "NEW": "later"}')
    told = wrangler("secret", "bulk", "secrets.json", "--name", "w-bulk", fails=True)
    assert "[code: 10053]" in told
    assert cloud.at("bulk.chitty.cc").json() == seen
    wrangler("secret", "bulk", "--name", "w-none", input='{"FIRST": "1"}')
    assert json.loads(wrangler("secret", "list", "--name", "w-none"))[0]["name"] == "FIRST"


def test_a_trigger_in_small_letters_is_refused_by_migrations_and_taken_from_a_file(
    wrangler, tmp_path
):
    """As on Cloudflare: workers-sdk#10998, #15178."""
    wrangler("d1", "create", "w-small")
    (database,) = [
        d for d in json.loads(wrangler("d1", "list", "--json")) if d["name"] == "w-small"
    ]
    write_project(tmp_path, database["uuid"], "w-small")
    small = "create trigger low after insert on t\nbegin\n  update t set n = lower(n);\nend;"
    (tmp_path / "migrations/0003_small.sql").write_text(small)
    (tmp_path / "small.sql").write_text(small)

    told = wrangler("d1", "migrations", "apply", "w-small", "--remote", fails=True)
    assert "incomplete input: SQLITE_ERROR [code: 7500]" in told
    wrangler("d1", "execute", "w-small", "--remote", "--file", "small.sql")


def test_a_database_is_exported_and_run_anew(wrangler, tmp_path):
    for name in ("w-from", "w-to"):
        wrangler("d1", "create", name)
    made = (
        "CREATE TABLE t (n TEXT, b BLOB); INSERT INTO t VALUES ('it''s', x'00ff'), (NULL, 9e999);"
    )
    wrangler("d1", "execute", "w-from", "--remote", "--command", made)

    wrangler("d1", "export", "w-from", "--remote", "--output", "dump.sql")
    wrangler("d1", "execute", "w-to", "--remote", "--file", "dump.sql")

    wrangler("d1", "export", "w-to", "--remote", "--output", "again.sql")
    assert (tmp_path / "again.sql").read_text() == (tmp_path / "dump.sql").read_text()
    assert "VALUES('it''s',X'00FF');" in (tmp_path / "again.sql").read_text()


def test_a_database_goes_back_to_a_bookmark(wrangler, tmp_path):
    """FW-4: what a rollback names, by the command that it names."""
    wrangler("d1", "create", "w-back")
    made = (
        "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, n TEXT);"
        "CREATE TABLE child (parent INTEGER NOT NULL REFERENCES parent(id));"
        "CREATE VIEW named AS SELECT n FROM parent; CREATE INDEX by_n ON parent(n);"
        "INSERT INTO parent (n) VALUES ('it''s'), ('two'); INSERT INTO child VALUES (1), (2);"
    )
    wrangler("d1", "execute", "w-back", "--remote", "--command", made)
    wrangler("d1", "export", "w-back", "--remote", "--output", "before.sql")
    then = json.loads(wrangler("d1", "time-travel", "info", "w-back", "--json"))["bookmark"]

    lost = "DELETE FROM child; DROP TABLE child; UPDATE parent SET n = 'lost'; CREATE TABLE x (y)"
    wrangler("d1", "execute", "w-back", "--remote", "--command", lost)
    restore = ("d1", "time-travel", "restore", "w-back", "--bookmark")
    done = json.loads(wrangler(*restore, then, "--json"))

    wrangler("d1", "export", "w-back", "--remote", "--output", "after.sql")
    assert (tmp_path / "after.sql").read_text() == (tmp_path / "before.sql").read_text()
    assert done["bookmark"] == then
    wrangler(*restore, done["previous_bookmark"], "--json")
    rows = wrangler("d1", "execute", "w-back", "--remote", "--command", "SELECT n FROM parent")
    assert "lost" in rows


def test_every_host_of_a_zone_is_a_route_of_a_deployed_worker(wrangler, cloud, tmp_path):
    """workers-sdk#2094, #3624, #4025."""
    (tmp_path / "w.mjs").write_text("export default { fetch: () => new Response('every') }")
    configuration = {
        "name": "w-every",
        "main": "w.mjs",
        "compatibility_date": "2026-04-01",
        "routes": [{"pattern": "*/*", "zone_name": "chitty.cc"}],
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))

    wrangler("deploy")

    assert cloud.at("any.chitty.cc").text == "every"
    assert cloud.at("shop.customer.example").text == "every"
    wrangler("delete", "--name", "w-every", "--force")


def write_project(directory, database, name="w-db"):
    (directory / "w.mjs").write_text(CODE)
    (directory / "migrations").mkdir()
    (directory / "migrations/0001_t.sql").write_text("CREATE TABLE t (n TEXT);")
    (directory / "migrations/0002_trigger.sql").write_text(
        "CREATE TRIGGER up AFTER INSERT ON t BEGIN\n  UPDATE t SET n = upper(n); END;\n"
        "INSERT INTO t VALUES ('from trigger');"
    )
    configuration = {
        "name": "w-api",
        "main": "w.mjs",
        "compatibility_date": "2026-04-01",
        "d1_databases": [{"binding": "DB", "database_name": name, "database_id": database}],
        "durable_objects": {"bindings": [{"name": "C", "class_name": "C"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["C"]}],
        "routes": [
            {"pattern": "w.chitty.cc", "custom_domain": True},
            {"pattern": "chitty.cc/w/*", "zone_name": "chitty.cc"},
        ],
        "queues": {
            "producers": [{"binding": "Q", "queue": "w-q"}],
            "consumers": [{"queue": "w-q", "max_batch_size": 5}],
        },
    }
    (directory / "wrangler.json").write_text(json.dumps(configuration))


def test_versions(wrangler, cloud, tmp_path):
    """Upload a version without traffic, look at it, give it a share, and go back."""
    config = {
        "name": "canary",
        "main": "canary.mjs",
        "compatibility_date": "2026-11-01",
        "workers_dev": True,
        "preview_urls": True,
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(config))

    def says(text):
        code = f"export default {{ fetch: () => new Response('{text}') }};"
        (tmp_path / "canary.mjs").write_text(code)

    says("one")
    wrangler("deploy")
    says("two")
    uploaded = wrangler("versions", "upload", "--tag", "v2", "--preview-alias", "next")
    listed = json.loads(wrangler("versions", "list", "--json"))
    old, new = sorted(listed, key=lambda version: version["number"])

    assert new["id"] in uploaded
    assert new["annotations"]["workers/tag"] == "v2"
    assert cloud.at("canary.local.workers.dev").text == "one"
    assert cloud.at(f"{new['id'][:8]}-canary.local.workers.dev").text == "two"
    assert cloud.at("next-canary.local.workers.dev").text == "two"
    wrangler("versions", "deploy", f"{new['id']}@20%", f"{old['id']}@80%", "--yes")
    status = json.loads(wrangler("deployments", "status", "--json"))
    assert {v["version_id"]: v["percentage"] for v in status["versions"]} == {
        new["id"]: 20,
        old["id"]: 80,
    }
    asked = {"Cloudflare-Workers-Version-Overrides": f'canary="{new["id"]}"'}
    assert cloud.at("canary.local.workers.dev", headers=asked).text == "two"
    wrangler("rollback", old["id"], "--yes", "--message", "back")
    assert {cloud.at("canary.local.workers.dev").text for _ in range(20)} == {"one"}
