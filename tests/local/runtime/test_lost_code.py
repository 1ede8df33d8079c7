"""A worker whose code was deleted: it answers that, and nothing of its data is taken for gone."""

import json
import time
from pathlib import Path

import pytest

from local.records.model import Cloud, Consumer, Queue, Route
from tests.support_runtime import HOST, eventually, objects, running, script, serving

pytestmark = pytest.mark.workerd

STORE = """import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Store extends DurableObject {
  async fetch(request) {
    const { storage } = this.ctx;
    if (request.method === "PUT") {
      await storage.put("kept", "through it all");
      await storage.setAlarm(Date.now() + 1000);
    }
    return Response.json([await storage.get("kept"), await storage.get("rung")]);
  }
  async alarm() { await this.ctx.storage.put("rung", true); }
}
export class Sums extends WorkerEntrypoint { add() { return 3; } }
export default {
  fetch: (request, env) => env.STORE.getByName("one").fetch(request),
  async queue(batch, env) { batch.ackAll(); },
  scheduled() {},
}"""
BINDING = {"type": "durable_object_namespace", "name": "STORE", "class_name": "Store"}
OTHER = "export default { fetch: (_, env) => new Response(typeof env.SUMS) }"
SUMS = {"type": "service", "name": "SUMS", "service": "app", "entrypoint": "Sums"}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    app = script(
        tmp_path,
        STORE,
        bindings=(BINDING,),
        durable_objects=objects("Store"),
        crons=("*/5 * * * *",),
    )
    other = script(tmp_path, OTHER, "other", bindings=(SUMS,))
    routes = (Route(HOST, "app", "domain"), Route("o.example.com", "other", "domain"))
    consumer = Consumer("jobs", "app", {"max_retries": 0, "batch_size": 1})  # drops what fails
    return serving(app, other, routes=routes, queues=(Queue("jobs"),), consumers=(consumer,))


def test_others_run_on_and_data_alarms_and_messages_wait_for_the_code(cloud, tmp_path):
    path = cloud.workers[0].modules[0].path
    with running(tmp_path / "runtime", cloud) as edge:
        assert edge.request("PUT", "/").json() == ["through it all", None]
    code = path.read_text()
    path.unlink()
    with running(tmp_path / "runtime", cloud) as edge:
        answer = edge.get("/")
        edge.admin("POST", "/queues/jobs", content=json.dumps({"body": 1}).encode())
        assert (answer.status, "make up uploads it again" in answer.text) == (503, True)
        assert edge.get("/", host="o.example.com").text == "object"
        time.sleep(3)  # the alarm is due, and the message too
        assert edge.admin("GET", "/queues/jobs").json()["backlogCount"] == 1
        assert edge.runtime.logs(worker="app") == []
    path.write_text(code)
    with running(tmp_path / "runtime", cloud) as edge:
        assert edge.get("/").json()[0] == "through it all"
        eventually(lambda: edge.admin("GET", "/queues/jobs").json()["backlogCount"], 0)


def test_a_change_of_something_else_deletes_no_data_of_it(cloud, tmp_path, start):
    edge = start(cloud)
    assert edge.request("PUT", "/").json()[0] == "through it all"
    path = cloud.workers[0].modules[0].path
    code = path.read_text()
    path.unlink()
    third = script(tmp_path, "export default { fetch: () => new Response() }", "third")
    edge.apply(cloud.with_worker(third))
    assert edge.get("/").status == 503
    path.write_text(code)
    edge.apply(cloud)

    assert edge.get("/").json()[0] == "through it all"
