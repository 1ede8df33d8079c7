"""Which changes workerd is told, so that WebSockets go on, and which start it anew."""

import asyncio
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import websockets

from local.records.model import Bucket, Cloud, Consumer, Queue, Route
from tests.support_runtime import HOST, RunningRuntime, eventually, script, serving

pytestmark = pytest.mark.workerd

ECHO = """export default { async fetch(request, env) {
  if (request.headers.get("upgrade") !== "websocket") return new Response("app");
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(`${data} again`));
  return new Response(null, { status: 101, webSocket: client });
}, queue() {} }"""
OTHER = "export default { fetch: () => new Response('other') }"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    other = script(tmp_path, OTHER, "other")
    return serving(script(tmp_path, ECHO), other, buckets=(Bucket("files"),))


UNRELATED = {
    "a KV namespace": {"kv_namespaces": ("kv1",)},
    "a database": {"databases": ("db1",)},
    "a bucket": {"buckets": (Bucket("files"), Bucket("more"))},
    "the rules of a bucket": {"buckets": (Bucket("files", cors=({"allowed": {}},)),)},
    "a queue": {"queues": (Queue("jobs"),)},
    "a queue with a delay": {"queues": (Queue("jobs", {"delivery_delay": 5}),)},
    "a route": {
        "routes": (Route(HOST, "app", "domain"), Route("x.example.com/*", "other", "route"))
    },
    "a domain": {
        "routes": (Route(HOST, "app", "domain"), Route("o.example.com", "other", "domain"))
    },
}


def connect(edge: RunningRuntime) -> websockets.connect:
    return websockets.connect(
        f"ws://{HOST}/", host="127.0.0.1", port=edge.runtime.edge_port, proxy=None
    )


def survives(edge: RunningRuntime, present: Cloud) -> bool:
    """Whether a WebSocket outlives the change to *present*."""

    async def converse() -> bool:
        async with connect(edge) as socket:
            await asyncio.to_thread(edge.apply, present)
            try:
                await socket.send("here")
                return await asyncio.wait_for(socket.recv(), 5) == "here again"
            except websockets.ConnectionClosed:
                return False

    return asyncio.run(converse())


@pytest.mark.parametrize("change", UNRELATED.values(), ids=UNRELATED)
def test_a_websocket_outlives_what_no_worker_is_bound_to(start, cloud, change):
    edge = start(cloud)

    assert survives(edge, replace(cloud, **change))
    assert edge.runtime.status()["reloads"] == 0


def test_a_websocket_ends_with_a_change_of_code_bindings_or_consumers(start, cloud, tmp_path):
    edge = start(cloud)
    third = script(tmp_path, OTHER, "third")
    more = replace(cloud, workers=(*cloud.workers, third))
    consumed = replace(more, queues=(Queue("jobs"),), consumers=(Consumer("jobs", "app"),))

    assert not survives(edge, more)
    assert not survives(edge, consumed)
    assert edge.runtime.status()["reloads"] == 2


def test_what_was_told_acts_at_once_and_after_a_crash(start, cloud):
    edge = start(cloud)
    routes = (*cloud.routes, Route("o.example.com", "other", "domain"))
    edge.apply(replace(cloud, routes=routes, buckets=(Bucket("files"), Bucket("more"))))

    def acts() -> tuple[str, bool]:
        there = edge.admin("GET", "/r2/more")
        return edge.get("/", host="o.example.com").text, there.status_code == 200

    assert acts() == ("other", True)
    os.kill(edge.runtime.status()["pid"], signal.SIGKILL)
    eventually(acts, ("other", True))
    edge.apply(cloud)
    assert edge.get("/", host="o.example.com").status == 530
    assert edge.admin("GET", "/r2/more").status_code == 404


def test_a_worker_reaches_a_domain_that_was_told_later(start, cloud, tmp_path):
    source = "export default { fetch: () => fetch('https://o.example.com/') }"
    asking = replace(cloud, workers=(script(tmp_path, source), cloud.workers[1]))
    edge = start(asking)
    edge.apply(replace(asking, routes=(*asking.routes, Route("o.example.com", "other", "domain"))))

    assert edge.get("/").text == "other"


def test_a_worker_that_gets_an_address_later_has_the_cache_of_its_zone(start, tmp_path):
    source = """export default { async fetch(request) {
      const key = "https://x.example/y";
      const found = await caches.default.match(key);
      if (found) return found;
      const headers = { "cache-control": "max-age=60" };
      await caches.default.put(key, new Response(new URL(request.url).host, { headers }));
      return new Response("nothing");
    } }"""
    workers = (script(tmp_path, source), script(tmp_path, source, "other"))
    first = Route(HOST, "app", "domain", "1" * 32)
    edge = start(Cloud(workers=workers, routes=(first,)))
    assert edge.get("/").text == "nothing"
    later = Route("o.example.com", "other", "domain", "1" * 32)
    edge.apply(Cloud(workers=workers, routes=(first, later)))

    assert edge.get("/", host="o.example.com").text == HOST
    assert edge.runtime.status()["reloads"] == 0


def test_a_thing_that_was_told_of_is_there_for_whoever_asks_for_its_data(start, cloud):
    edge = start(cloud)
    edge.apply(replace(cloud, kv_namespaces=("kv1",), databases=("db1",), queues=(Queue("jobs"),)))
    assert edge.runtime.status()["reloads"] == 0
    put = edge.admin("PUT", "/kv/kv1/values/some", content=b"value")
    rows = edge.admin("POST", "/d1/db1", content=b'{"sql": "SELECT 1 AS one"}').json()
    backlog = edge.admin("GET", "/queues/jobs").json()["backlogCount"]

    assert put.status_code == 200
    assert (rows[0]["results"], backlog) == ([{"one": 1}], 0)
    assert edge.runtime.status()["reloads"] == 1


def test_data_of_what_was_deleted_is_gone_for_the_next_of_its_name(start, cloud):
    edge = start(cloud)
    edge.admin("PUT", "/r2/files/objects/key", content=b"old", headers={"content-length": "3"})
    edge.apply(replace(cloud, buckets=()))
    edge.apply(cloud)
    listed = edge.admin("GET", "/r2/files/objects").json()

    assert json.dumps(listed["objects"]) == "[]"
