"""Every binding, seen from inside a worker and from the private admin."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from local.records.model import Cloud, Consumer, Queue, RefusedError
from tests.support_runtime import eventually, json_of, objects, script, serving

pytestmark = pytest.mark.workerd

KV = {"type": "kv_namespace", "name": "KV", "namespace_id": "kv1"}
D1 = {"type": "d1", "name": "DB", "id": "db1"}
RAW = {"format": "raw"}


def test_text_secret_and_json(start, tmp_path):
    source = "export default { fetch(_, env) { return Response.json([env.A, env.B, env.C]) } }"
    awkward = 'q"\\\n\té☃\x00 ${x}'
    bindings = (
        {"type": "plain_text", "name": "A", "text": awkward},
        {"type": "secret_text", "name": "B", "text": "s3cret"},
        {"type": "json", "name": "C", "json": {"n": [1, None]}},
    )
    edge = start(serving(script(tmp_path, source, bindings=bindings)))

    assert edge.get("/").json() == [awkward, "s3cret", {"n": [1, None]}]


def test_kv(start, tmp_path):
    source = """export default { async fetch(_, env) {
      await env.KV.put("from-worker", "w", { metadata: { a: "ü" }, expirationTtl: 120 });
      return Response.json(await env.KV.getWithMetadata("from-admin"));
    } }"""
    worker = script(tmp_path, source, bindings=(KV,))
    edge = start(serving(worker, kv_namespaces=("kv1",)))
    metadata = {"cf-kv-metadata": "%7B%22b%22%3A1%7D"}
    written = edge.admin("PUT", "/kv/kv1/values/from-admin", content=b"v", headers=metadata)

    assert written.status_code == 200
    assert edge.get("/").json() == {"value": "v", "metadata": {"b": 1}, "cacheStatus": "MISS"}
    listed = edge.admin("GET", "/kv/kv1/keys", params={"prefix": "from-w"}).json()
    assert [key["name"] for key in listed["keys"]] == ["from-worker"]
    assert listed["keys"][0]["metadata"] == {"a": "ü"}
    read = edge.admin("GET", "/kv/kv1/values/from-worker")
    assert read.content == b"w"
    assert int(read.headers["cf-kv-expiration"]) == listed["keys"][0]["expiration"]
    edge.admin("DELETE", "/kv/kv1/values/from-worker")
    assert edge.admin("GET", "/kv/kv1/values/from-worker").status_code == 404


def test_durable_objects_of_another_script(start, tmp_path):
    owner = script(
        tmp_path,
        """import { DurableObject } from "cloudflare:workers";
        export class Counter extends DurableObject {
          up() {
            const { kv } = this.ctx.storage;
            kv.put("n", (kv.get("n") ?? 0) + 1);
            return kv.get("n");
          }
        }
        export default {}""",
        "owner",
        durable_objects=objects("Counter"),
    )
    binding = {
        "type": "durable_object_namespace",
        "name": "COUNTER",
        "class_name": "Counter",
        "script_name": "owner",
    }
    source = """export default { async fetch(_, env) {
      return new Response(String(await env.COUNTER.getByName("x").up())) } }"""
    edge = start(serving(script(tmp_path, source, bindings=(binding,)), owner))

    assert [edge.get("/").text for _ in range(3)] == ["1", "2", "3"]


def test_d1(start, tmp_path):
    source = """export default { async fetch(_, env) {
      const bad = await env.DB.prepare("SELECT nope").all().catch((error) => error.message);
      await env.DB.batch([env.DB.prepare("INSERT INTO t VALUES (?, ?)").bind(2, "zwei")]);
      const { results } = await env.DB.prepare("SELECT * FROM t ORDER BY a").all();
      return Response.json([bad, results]);
    } }"""
    edge = start(serving(script(tmp_path, source, bindings=(D1,)), databases=("db1",)))
    schema = """-- a comment; with a semicolon
      CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
      CREATE TRIGGER up AFTER INSERT ON t BEGIN
        UPDATE t SET b = CASE WHEN b = ';' THEN 'semi;colon' ELSE upper(b) END WHERE a = NEW.a;
      END;
      INSERT INTO t VALUES (1, 'it''s; one'); SELECT count(*) AS n FROM t; /* done; */"""
    answered = edge.admin("POST", "/d1/db1", content=json_of(sql=schema)).json()

    assert [part["results"] for part in answered] == [[], [], [], [{"n": 1}]]
    assert all(part["success"] for part in answered)
    assert answered[2]["meta"]["changes"] >= 1
    error, rows = edge.get("/").json()
    assert error.startswith("D1_ERROR: no such column: nope")
    assert rows == [{"a": 1, "b": "IT'S; ONE"}, {"a": 2, "b": "ZWEI"}]
    query = json_of(sql="SELECT ? AS x, 2 AS y", params=["p"])
    raw = edge.admin("POST", "/d1/db1", content=query, params=RAW)
    assert raw.json()[0]["results"] == {"columns": ["x", "y"], "rows": [["p", 2]]}


def test_a_failed_statement_takes_the_others_back(start):
    edge = start(Cloud(databases=("db1",)))
    edge.admin("POST", "/d1/db1", content=json_of(sql="CREATE TABLE t (a)"))
    both = "INSERT INTO t VALUES (1); INSERT INTO gone VALUES (1)"
    failed = edge.admin("POST", "/d1/db1", content=json_of(sql=both))

    assert failed.status_code == 400
    assert "no such table: gone" in failed.json()["error"]["message"]
    count = edge.admin("POST", "/d1/db1", content=json_of(sql="SELECT count(*) AS n FROM t"))
    assert count.json()[0]["results"] == [{"n": 0}]


def test_services_by_fetch_and_by_rpc(start, tmp_path):
    other = script(
        tmp_path,
        """import { WorkerEntrypoint } from "cloudflare:workers";
        export class Sums extends WorkerEntrypoint { add(a, b) { return a + b; } }
        export default { fetch: (request) => new Response("other at " + request.url) }""",
        "other",
    )
    bindings = (
        {"type": "service", "name": "OTHER", "service": "other"},
        {"type": "service", "name": "SUMS", "service": "other", "entrypoint": "Sums"},
    )
    source = """export default { async fetch(_, env) {
      const answer = await env.OTHER.fetch("https://other/x");
      return Response.json([await answer.text(), await env.SUMS.add(2, 3)]);
    } }"""
    edge = start(serving(script(tmp_path, source, bindings=bindings), other))

    assert edge.get("/").json() == ["other at https://other/x", 5]


CONSUMER = """export default {
  async fetch(_, env) {
    const found = await env.KV.list();
    return Response.json(found.keys.map(({ name }) => name));
  },
  async queue(batch, env) {
    for (const message of batch.messages) {
      await env.KV.put(`${batch.queue}:${message.body.n}:${message.attempts}`, "");
      if (batch.queue === "jobs" && message.body.n === 2) message.retry();
    }
  },
}"""


PRODUCER = """export default {
  async fetch(request, env) {
    if (request.url.endsWith("/send")) await env.JOBS.send(Date.now());
    const found = await env.KV.list();
    return Response.json(found.keys.map(({ name }) => Number(name.split(":")[1])));
  },
  async queue(batch, env) {
    for (const { id, body } of batch.messages) {
      await env.KV.put(`${id}:${Math.floor((Date.now() - body) / 1000)}`, "");
    }
  },
}"""


def test_queue_retries_and_dead_letters(start, tmp_path):
    worker = script(tmp_path, CONSUMER, bindings=(KV,))
    settings = {"batch_size": 10, "max_wait_time_ms": 100, "max_retries": 1, "retry_delay": 0}
    cloud = serving(
        worker,
        kv_namespaces=("kv1",),
        queues=(Queue("jobs"), Queue("jobs-dlq")),
        consumers=(
            Consumer("jobs", "app", settings, dead_letter_queue="jobs-dlq"),
            Consumer("jobs-dlq", "app", {"max_wait_time_ms": 100}),
        ),
    )
    edge = start(cloud)
    messages = [{"body": {"n": 1}}, {"body": {"n": 2}}]
    sent = edge.admin("POST", "/queues/jobs/batch", content=json_of(messages=messages))

    assert sent.status_code == 200
    expected = ["jobs-dlq:2:1", "jobs:1:1", "jobs:2:1", "jobs:2:2"]
    eventually(lambda: edge.get("/").json(), expected)
    eventually(lambda: edge.admin("GET", "/queues/jobs-dlq").json()["backlogCount"], 0)


def test_a_queue_delays_and_pauses_its_deliveries(start, tmp_path):
    producer = {"type": "queue", "name": "JOBS", "queue_name": "jobs"}
    worker = script(tmp_path, PRODUCER, bindings=(KV, producer))

    def cloud(**settings: object) -> Cloud:
        return serving(
            worker,
            kv_namespaces=("kv1",),
            queues=(Queue("jobs", settings),),
            consumers=(Consumer("jobs", "app", {"max_wait_time_ms": 0}),),
        )

    edge = start(cloud(delivery_delay=2))
    edge.get("/send")
    eventually(lambda: edge.get("/").json(), [2])
    edge.apply(cloud(delivery_paused=True))
    edge.get("/send")
    time.sleep(1)
    assert edge.get("/").json() == [2]
    edge.apply(cloud())
    eventually(lambda: len(edge.get("/").json()), 2)


def armed(directory: Path) -> set[str]:
    """Read what the schedule of the only worker with crons has noted for its next run."""
    (schedule,) = (directory / "state" / "cron" / "local-cron").glob("[0-9a-f]*.sqlite")
    with closing(sqlite3.connect(f"file:{schedule}?mode=ro", uri=True)) as database:
        return {key for (key,) in database.execute("SELECT key FROM _cf_KV")}


def test_cron(start, tmp_path):
    source = """export default {
      fetch: async (_, env) => new Response(await env.KV.get("cron")),
      scheduled: ({ cron }, env) => env.KV.put("cron", cron),
    }"""
    worker = script(tmp_path, source, bindings=(KV,), crons=("*/5 * * * *",))
    edge = start(serving(worker, kv_namespaces=("kv1",)))
    outcome = edge.run(edge.runtime.trigger_cron("app", "*/5 * * * *"))

    assert outcome["outcome"] == "ok"
    assert edge.get("/").text == "*/5 * * * *"
    assert {"name", "at"} <= armed(edge.directory)
    with pytest.raises(RefusedError, match="there is no worker nobody"):
        edge.run(edge.runtime.trigger_cron("nobody", "* * * * *"))


@pytest.mark.parametrize(
    ("binding", "message"),
    [
        ({"type": "hyperdrive", "name": "X"}, "not emulated: binding type hyperdrive"),
        ({"type": "kv_namespace", "name": "X", "namespace_id": "gone"}, "no KV namespace gone"),
        ({"type": "service", "name": "X", "service": "gone"}, "no worker gone"),
        ({"type": "plain_text", "name": "X"}, "needs the field 'text'"),
    ],
)
def test_a_binding_that_cannot_be_is_refused_by_name(start, tmp_path, binding, message):
    edge = start(Cloud())
    worker = script(tmp_path, "export default {}", bindings=(binding,))
    with pytest.raises(RefusedError, match=message):
        edge.run(edge.runtime.check(worker, Cloud()))
