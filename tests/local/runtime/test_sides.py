"""Workers in development run in processes of their own, with all that they are bound to."""

import asyncio
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
import websockets

from common.json_types import Json
from local.records.model import Bucket, Cloud, Consumer, Queue, RefusedError, Route, Worker
from tests.local.runtime.conftest import Start
from tests.support_runtime import (
    COUNTING_SOCKETS,
    HOST,
    RunningRuntime,
    eventually,
    objects,
    running,
    script,
    serving,
)

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(120)]

OTHER_HOST = "other.example.com"
LONG = 600.0
"""Seconds that a test does not take."""

SOURCE = """import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
const VERSION = "first";
export class Room extends DurableObject {
  async fetch(request) {
    if (request.headers.get("upgrade") === "websocket") {
      const { 0: client, 1: server } = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    if (new URL(request.url).pathname === "/alarm") await this.ctx.storage.setAlarm(Date.now());
    return new Response(String(count));
  }
  webSocketMessage(socket, text) { socket.send(`${text} again`); }
  alarm() { console.log("alarm"); }
}
const paths = {
  "/kv": async (request, { KV }) => {
    await KV.put("key", "value", { metadata: { of: "kv" } });
    const { keys } = await KV.list();
    return Response.json([await KV.get("key"), keys[0].metadata]);
  },
  "/r2": async (request, { FILES }) => {
    await FILES.put("a/b", "content", { customMetadata: { of: "r2" } });
    const found = await FILES.get("a/b");
    return Response.json([await found.text(), found.customMetadata]);
  },
  "/d1": async (request, { DB }) => {
    await DB.exec("CREATE TABLE IF NOT EXISTS t (x)");
    await DB.batch([DB.prepare("INSERT INTO t VALUES (?)").bind(5)]);
    return Response.json(await DB.prepare("SELECT * FROM t").first());
  },
  "/queue": async (request, { JOBS }) => {
    await JOBS.sendBatch([{ body: "good" }, { body: { bad: new Date(0) }, contentType: "v8" }]);
    return new Response("sent");
  },
  "/cache": async () => {
    const key = "https://app.example.com/cached";
    const found = await caches.default.match(key);
    if (found) return found;
    const headers = { "cache-control": "max-age=60" };
    await caches.default.put(key, new Response("kept", { headers }));
    return new Response("not kept");
  },
  "/host": () => fetch("https://other.example.com/in?a=b", { method: "POST", body: "sent" }),
  "/own": () => fetch("https://app.example.com/version"),
  "/service": async (request, { OTHER }) => {
    const thrown = await OTHER.fetch("https://x/throw").catch((error) => error);
    return Response.json([await OTHER.sum(1, 2), `${thrown.name}: ${thrown.message}`]);
  },
  "/throw": () => { throw new TypeError("thrown by the worker"); },
  "/seen": ({ url, cf, headers }) =>
    Response.json({ url, colo: cf.colo, host: headers.get("host") }),
  "/length": async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
  "/version": () => new Response(VERSION),
  "/slow": async () => { await scheduler.wait(1500); return new Response(VERSION); },
  "/print": () => { console.log("printed"); return new Response("printed"); },
};
export default {
  fetch(request, env) {
    const { pathname } = new URL(request.url);
    return (paths[pathname] ?? (() => env.ROOM.getByName("one").fetch(request)))(request, env);
  },
  queue(batch) {
    for (const message of batch.messages) {
      console.log(`${JSON.stringify(message.body)} ${message.attempts}`);
      if (message.attempts === 1 && message.body.bad) message.retry();
    }
  },
  scheduled({ cron }) {
    console.log(`scheduled ${cron}`);
    if (cron === "throws") throw new Error("no good time");
  },
};
"""
OTHER = """import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async fetch(request) {
    if (new URL(request.url).pathname === "/throw") throw new RangeError("of the other");
    return new Response(`other ${request.method} ${request.url} ${await request.text()}`);
  }
  sum(a, b) { return a + b; }
}"""
STORES = (
    {"type": "kv_namespace", "name": "KV", "namespace_id": "kv1"},
    {"type": "r2_bucket", "name": "FILES", "bucket_name": "files"},
    {"type": "d1", "name": "DB", "id": "db1"},
    {"type": "queue", "name": "JOBS", "queue_name": "jobs"},
    {"type": "durable_object_namespace", "name": "ROOM", "class_name": "Room"},
)
OTHER_BINDING = {"type": "service", "name": "OTHER", "service": "other"}
ECHO_BINDING = {"type": "durable_object_namespace", "name": "ECHO", "class_name": "Echo"}


def app(directory: Path, version: str = "first", *more: dict[str, str]) -> Worker:
    """Make the worker that the tests develop."""
    source = SOURCE.replace('"first"', json.dumps(version))
    return script(
        directory,
        source,
        bindings=(*STORES, *more),
        durable_objects=objects("Room"),
        crons=("0 0 1 1 *",),
    )


def changed(cloud: Cloud, worker: Worker) -> Cloud:
    """Put *worker* in the place of the one of its name, as an upload does."""
    workers = (worker if each.name == worker.name else each for each in cloud.workers)
    return replace(cloud, workers=tuple(workers))


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    apart = script(
        tmp_path,
        COUNTING_SOCKETS,
        "apart",
        bindings=(ECHO_BINDING,),
        durable_objects=objects("Echo"),
    )
    found = serving(
        app(tmp_path),
        script(tmp_path, OTHER, "other"),
        apart,
        kv_namespaces=("kv1",),
        databases=("db1",),
        buckets=(Bucket("files"),),
        queues=(Queue("jobs"),),
        consumers=(Consumer("jobs", "app", {"max_wait_time_ms": 0}),),
    )
    more = (Route(OTHER_HOST, "other", "domain"), Route("apart.example.com", "apart", "domain"))
    return replace(found, routes=(*found.routes, *more))


@pytest.fixture
def edge(start: Start, cloud: Cloud) -> RunningRuntime:
    begun = start(cloud)
    develop(begun, "app")
    return begun


def develop(edge: RunningRuntime, *names: str, seconds: float = LONG) -> None:
    edge.run(edge.runtime.develop(names, seconds))


def sides(edge: RunningRuntime) -> list[Json]:
    return list(edge.runtime.status()["development"])


def messages(edge: RunningRuntime) -> set[str]:
    return {line["message"] for line in edge.runtime.logs(worker="app")}


def heard(edge: RunningRuntime, message: str) -> None:
    """Wait until the worker has said *message*."""
    eventually(lambda: messages(edge) & {message}, {message})


STORED = {
    "/kv": ["value", {"of": "kv"}],
    "/r2": ["content", {"of": "r2"}],
    "/d1": {"x": 5},
    "/seen": {"url": "https://app.example.com/seen", "colo": "LOC", "host": HOST},
}


def test_a_side_process_has_every_binding(edge):
    found = {path: edge.get(path).json() for path in STORED}

    assert found == STORED
    assert edge.get("/cache").text == "not kept"
    assert edge.get("/cache").text == "kept"
    assert edge.get("/host").text == "other POST https://other.example.com/in?a=b sent"
    assert edge.get("/own").text == "first"
    body = b"x" * 3_000_000
    assert edge.request("POST", "/length", body=body).text == "3000000"


def test_what_it_wrote_is_there_without_it(edge):
    edge.get("/kv")
    edge.get("/d1")
    assert edge.get("/count").text == "1"

    develop(edge)

    assert sides(edge) == []
    assert edge.admin("GET", "/kv/kv1/values/key").text == "value"
    assert edge.get("/count").text == "2"


def test_messages_are_taken_and_retried_one_by_one(edge):
    edge.get("/queue")

    bad = '{"bad":"1970-01-01T00:00:00.000Z"}'
    eventually(
        lambda: {m for m in messages(edge) if m[-1:].isdigit()},
        {'"good" 1', f"{bad} 1", f"{bad} 2"},
    )


def test_a_schedule_rings_and_says_how_it_ended(edge):
    rung = edge.run(edge.runtime.trigger_cron("app", "* * * * *"))
    thrown = edge.run(edge.runtime.trigger_cron("app", "throws"))

    assert (rung["outcome"], thrown["outcome"]) == ("ok", "exception")
    eventually(
        lambda: {m for m in messages(edge) if "scheduled" in m},
        {"scheduled * * * * *", "scheduled throws"},
    )


def test_an_alarm_rings(edge):
    edge.get("/alarm")

    heard(edge, "alarm")


def test_a_throw_is_that_of_the_worker(edge):
    answer = edge.get("/throw")

    assert (answer.status, answer.text) == (500, "error code: 1101\n")
    heard(edge, "TypeError: thrown by the worker")
    others = [line for line in edge.runtime.logs() if line["kind"] == "runtime"]
    assert [line["message"] for line in others] == []


def test_workers_bound_to_each_other_run_together(start, cloud, tmp_path):
    bound = changed(cloud, app(tmp_path, "first", OTHER_BINDING))
    edge = start(bound)
    develop(edge, "other")

    assert [side["workers"] for side in sides(edge)] == [["app", "other"]]
    assert edge.get("/service").json() == [3, "RangeError: of the other"]


def test_groups_have_processes_of_their_own(edge):
    develop(edge, "app", "apart")

    assert sorted(side["workers"] for side in sides(edge)) == [["apart"], ["app"]]
    assert edge.get("/version").text == "first"


def connect(edge: RunningRuntime, host: str) -> websockets.connect:
    return websockets.connect(
        f"ws://{host}/socket", host="127.0.0.1", port=edge.runtime.edge_port, proxy=None
    )


def test_a_change_leaves_the_sockets_of_other_workers_open(edge, cloud, tmp_path):
    async def converse() -> list[str]:
        said = []
        async with connect(edge, "apart.example.com") as socket:
            for version in ("one", "two", "three"):
                now = changed(cloud, app(tmp_path, version))
                await asyncio.to_thread(edge.apply, now)
                assert (await asyncio.to_thread(edge.get, "/version")).text == version
                await socket.send(version)
                said.append(str(await asyncio.wait_for(socket.recv(), 5)))
        return said

    before = edge.runtime.status()

    assert asyncio.run(converse()) == ["one 1", "two 2", "three 3"]
    after = edge.runtime.status()
    assert (after["pid"], after["reloads"]) == (before["pid"], before["reloads"])
    assert sides(edge)[0]["reloads"] == 3


def test_an_object_of_a_side_process_has_sockets(edge):
    async def converse() -> str:
        async with connect(edge, HOST) as socket:
            await socket.send("said")
            return str(await asyncio.wait_for(socket.recv(), 5))

    assert asyncio.run(converse()) == "said again"


def test_a_change_refuses_no_request(edge, cloud, tmp_path):
    async def ask_meanwhile() -> list[int]:
        asked = asyncio.create_task(asyncio.to_thread(ask_for_a_while))
        for version in ("one", "two", "three"):
            await asyncio.sleep(0.2)
            await asyncio.to_thread(edge.apply, changed(cloud, app(tmp_path, version)))
        return await asked

    def ask_for_a_while() -> list[int]:
        ends = time.monotonic() + 2
        found = []
        while time.monotonic() < ends:
            found.append(edge.get("/version").status)
        return found

    assert set(asyncio.run(ask_meanwhile())) == {200}


def test_a_request_that_a_change_cuts_is_asked_again(edge, cloud, tmp_path):
    async def ask_meanwhile() -> str:
        asked = asyncio.create_task(asyncio.to_thread(edge.get, "/slow"))
        await asyncio.sleep(0.4)
        await asyncio.to_thread(edge.apply, changed(cloud, app(tmp_path, "second")))
        return str((await asked).text)

    assert asyncio.run(ask_meanwhile()) == "second"


BROKEN = {
    "a syntax error": ("export default {", "Unexpected end of input"),
    "a throw at start": ("throw new Error('no start'); export default {};", "no start"),
    "a missing class": ("export default { fetch() {} };", "Room"),
}


@pytest.mark.parametrize("wrong", BROKEN)
def test_what_does_not_start_changes_nothing(edge, cloud, tmp_path, wrong):
    source, says = BROKEN[wrong]
    broken = replace(app(tmp_path), modules=script(tmp_path, source).modules)

    with pytest.raises(RefusedError, match=says):
        edge.run(edge.runtime.check(broken, changed(cloud, broken)))

    assert edge.get("/version").text == "first"


def test_what_starts_is_served_and_said_at_once(edge, cloud, tmp_path):
    new = app(tmp_path, "new")

    found = edge.run(edge.runtime.check(new, changed(cloud, new)))

    assert found.handlers == ("fetch", "queue", "scheduled")
    assert found.exports == {"Room": ("fetch", "alarm", "webSocketMessage")}
    assert edge.get("/version").text == "new"


def test_code_that_was_not_tried_falls_back(edge, cloud, tmp_path):
    broken = replace(app(tmp_path), modules=script(tmp_path, "throw new Error('late')").modules)

    with pytest.raises(RefusedError, match="late"):
        edge.apply(changed(cloud, broken))

    assert edge.get("/version").text == "first"


def test_a_killed_side_process_is_started_again(edge):
    edge.get("/count")
    before = sides(edge)[0]["pid"]
    os.kill(before, signal.SIGKILL)

    eventually(lambda: (edge.get("/count").status, sides(edge)[0]["restarts"]), (200, 1))
    assert sides(edge)[0]["pid"] != before


def test_a_killed_main_process_leaves_the_side_process_alone(edge):
    edge.get("/kv")
    side = sides(edge)[0]["pid"]
    os.kill(edge.runtime.status()["pid"], signal.SIGKILL)

    eventually(lambda: edge.get("/kv").status, 200)
    assert edge.get("/kv").json() == STORED["/kv"]
    assert sides(edge)[0]["pid"] == side
    edge.get("/print")
    heard(edge, "printed")


def test_all_killed_at_once_lose_nothing(tmp_path, cloud):
    with running(tmp_path / "runtime", cloud) as first:
        develop(first, "app")
        first.get("/kv")
        assert first.get("/count").text == "1"
        for pid in (first.runtime.status()["pid"], sides(first)[0]["pid"]):
            os.kill(pid, signal.SIGKILL)

    with running(tmp_path / "runtime", cloud) as again:
        assert sides(again) == []
        assert again.get("/count").text == "2"
        assert again.admin("GET", "/kv/kv1/values/key").text == "value"
        assert not list((tmp_path / "runtime").glob("side-*"))


def test_development_ends_unless_it_is_renewed(edge):
    develop(edge, "app", seconds=0.2)

    eventually(lambda: len(sides(edge)), 0)
    assert edge.get("/version").text == "first"


def test_a_worker_that_is_not_there_cannot_be_developed(edge):
    with pytest.raises(RefusedError, match=r"no worker nothing \(there are: apart, app, other\)"):
        develop(edge, "nothing")

    assert [side["workers"] for side in sides(edge)] == [["app"]]


def test_a_binding_that_is_new_reaches_its_store(edge, cloud, tmp_path):
    more = {"type": "kv_namespace", "name": "KV", "namespace_id": "kv2"}
    worker = replace(app(tmp_path), bindings=(more, *STORES[1:]))
    edge.apply(replace(changed(cloud, worker), kv_namespaces=("kv1", "kv2")))

    assert edge.get("/kv").json() == STORED["/kv"]
    assert edge.admin("GET", "/kv/kv2/values/key").text == "value"


def test_a_deleted_worker_leaves_its_process(edge, cloud):
    workers = tuple(worker for worker in cloud.workers if worker.name != "app")
    edge.apply(replace(cloud, workers=workers, routes=cloud.routes[1:], consumers=()))

    assert sides(edge) == []
    assert edge.get("/version").status == 530


def test_one_that_goes_on_crashing_is_said_and_comes_back(edge):
    for crashes in range(1, 5):
        eventually(lambda: sides(edge)[0]["ready"], expected=True)
        os.kill(sides(edge)[0]["pid"], signal.SIGKILL)
        eventually(lambda: sides(edge)[0]["restarts"], crashes)

    answer = edge.get("/version")
    assert (answer.status, "SIGKILL; it is started again" in answer.text) == (503, True)
    eventually(lambda: edge.get("/version").text, "first")
