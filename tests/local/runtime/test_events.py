"""The journal names each event of a worker by what it was."""

import pytest

from local.records.model import Cloud, Consumer, Queue
from tests.local.runtime.conftest import Start
from tests.support_runtime import eventually, objects, script, serving

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(120)]

SOURCE = """import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
export class Bell extends DurableObject {
  async fetch() {
    await this.ctx.storage.setAlarm(Date.now());
    return new Response("set");
  }
  alarm() { console.log("alarm"); }
}
export class Inner extends WorkerEntrypoint {
  speak() { console.log("rpc"); }
}
export default {
  async fetch(request, env) {
    console.log("fetch");
    await env.INNER.speak();
    await env.JOBS.send("one");
    return env.BELL.get(env.BELL.idFromName("x")).fetch(request);
  },
  queue() { console.log("queue"); },
  scheduled() { console.log("scheduled"); },
};
"""
BINDINGS = (
    {"type": "service", "name": "INNER", "service": "app", "entrypoint": "Inner"},
    {"type": "queue", "name": "JOBS", "queue_name": "jobs"},
    {"type": "durable_object_namespace", "name": "BELL", "class_name": "Bell"},
)


@pytest.mark.parametrize("cron", ["* * * * *", ""])
def test_each_kind_of_event_has_its_name(start: Start, tmp_path, cron):
    worker = script(tmp_path, SOURCE, bindings=BINDINGS, durable_objects=objects("Bell"))
    consumer = Consumer("jobs", "app", {"max_wait_time_ms": 0})
    cloud: Cloud = serving(worker, queues=(Queue("jobs"),), consumers=(consumer,))
    edge = start(cloud)

    assert edge.get("/path").text == "set"
    edge.run(edge.runtime.trigger_cron("app", cron))

    def named():
        lines = [line for line in edge.runtime.logs(worker="app") if line["kind"] == "log"]
        return {line["message"]: line["event"] for line in lines}

    eventually(lambda: set(named()), {"fetch", "rpc", "queue", "scheduled", "alarm"})
    found = named()
    assert found["fetch"] == {"type": "fetch", "method": "GET", "path": "/path", "status": 200}
    assert found["rpc"] == {"type": "rpc", "method": "speak"}
    assert found["queue"] == {"type": "queue", "queue": "jobs", "batchSize": 1}
    assert found["scheduled"] == {"type": "scheduled", "cron": cron}
    assert found["alarm"] == {"type": "alarm"}
