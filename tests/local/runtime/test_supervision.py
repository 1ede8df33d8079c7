"""What keeps running: changes, bad versions, crashes, kills, a second runtime."""

import asyncio
import http.client
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from local.records.model import Bucket, Cloud, Queue, RefusedError
from local.runtime import DirectoryInUseError
from tests.support_runtime import (
    ACCOUNT,
    CREDENTIALS,
    RunningRuntime,
    eventually,
    objects,
    running,
    script,
    serving,
)

pytestmark = pytest.mark.workerd

HELLO = "export default { fetch: () => new Response('hello') }"
BROKEN = "export default {\n  fetch() {\n    const answer = ;\n  },\n};\n"
STORES = """import { DurableObject } from "cloudflare:workers";
export class Store extends DurableObject {
  bump() {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS t (v)");
    this.ctx.storage.sql.exec("INSERT INTO t VALUES (1)");
    return this.ctx.storage.sql.exec("SELECT count(*) AS n FROM t").one().n;
  }
}
export default { async fetch(request, env) {
  const n = await env.STORE.getByName("one").bump();
  const kv = Number((await env.KV.get("n")) ?? 0) + 1;
  await env.KV.put("n", String(kv));
  await env.DB.exec("CREATE TABLE IF NOT EXISTS t (v)");
  await env.DB.prepare("INSERT INTO t VALUES (1)").run();
  const d1 = await env.DB.prepare("SELECT count(*) AS n FROM t").first("n");
  const r2 = Number((await (await env.FILES.get("n"))?.text()) ?? 0) + 1;
  await env.FILES.put("n", String(r2));
  return Response.json([n, kv, d1, r2]);
} }"""
STORE_BINDINGS = (
    {"type": "durable_object_namespace", "name": "STORE", "class_name": "Store"},
    {"type": "kv_namespace", "name": "KV", "namespace_id": "kv1"},
    {"type": "d1", "name": "DB", "id": "db1"},
    {"type": "r2_bucket", "name": "FILES", "bucket_name": "files"},
)


def storing(directory: Path) -> Cloud:
    worker = script(directory, STORES, bindings=STORE_BINDINGS, durable_objects=objects("Store"))
    return serving(worker, kv_namespaces=("kv1",), databases=("db1",), buckets=(Bucket("files"),))


def test_state_survives_a_restart(tmp_path):
    cloud = storing(tmp_path)
    for round_ in (1, 2, 3):
        with running(tmp_path / "runtime", cloud) as edge:
            assert edge.get("/").json() == [round_] * 4


def test_workerd_killed_is_started_again_with_its_state(start, tmp_path):
    edge = start(storing(tmp_path))
    assert edge.get("/").json() == [1, 1, 1, 1]
    for round_ in (2, 3):
        os.kill(edge.runtime.status()["pid"], signal.SIGKILL)

        assert edge.get("/").json() == [round_] * 4
    assert edge.runtime.status()["restarts"] == 2


SERVE = """
import asyncio, pickle, sys
from pathlib import Path
from local.runtime import Runtime
directory, cloud, credentials = pickle.loads(Path(sys.argv[1]).read_bytes())
async def main():
    ports = {"edge_port": 0, "s3_port": 0}
    runtime = Runtime(directory, **ports, account_id=sys.argv[2], s3_credentials=credentials)
    await runtime.start(cloud)
    print(runtime.edge_port, runtime.status()["pid"], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def serve_elsewhere(tmp_path: Path, cloud: Cloud) -> tuple[subprocess.Popen[str], int, int]:
    given = tmp_path / "given.pickle"
    given.write_bytes(pickle.dumps((tmp_path / "runtime", cloud, CREDENTIALS)))
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(given), ACCOUNT], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port, pid = process.stdout.readline().split()
    return process, int(port), int(pid)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    return state != "Z"


def test_everything_killed_comes_back_with_its_state(start, tmp_path):
    cloud = storing(tmp_path)
    process, port, pid = serve_elsewhere(tmp_path, cloud)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/", headers={"Host": "app.example.com"})
    assert json.loads(connection.getresponse().read()) == [1, 1, 1, 1]
    connection.close()
    process.kill()
    process.communicate()

    eventually(lambda: alive(pid), expected=False, seconds=5)
    assert start(cloud).get("/").json() == [2, 2, 2, 2]


def test_a_directory_has_one_runtime(start):
    first = start(Cloud())
    second = RunningRuntime(first.directory)
    with pytest.raises(DirectoryInUseError, match=f"in use by process {os.getpid()}"):
        second.run(second.runtime.start(Cloud()))
    second.close_loop()


def test_a_change_refuses_no_request(start, tmp_path):
    edge = start(serving(script(tmp_path, HELLO)))
    answers: Counter[str] = Counter()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answers[f"{edge.get('/').status}"] += 1
            except OSError as error:
                answers[repr(error)] += 1

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(3):
        edge.apply(serving(script(tmp_path, f"{HELLO} // {version}")))
    done.set()
    for thread in threads:
        thread.join()

    assert list(answers) == ["200"]
    assert edge.runtime.status()["reloads"] == 3


def test_a_request_in_flight_is_answered_before_a_change(start, tmp_path):
    slow = """export default { async fetch(request) {
      const body = await request.text();
      await new Promise((done) => setTimeout(done, 900));
      return new Response(body);
    } }"""
    cloud = serving(script(tmp_path, slow), databases=("one", "two"))
    edge = start(cloud)
    edge.apply(replace(cloud, databases=("one",)))  # from here on the worker needs no test start
    answers = []
    asking = threading.Thread(
        target=lambda: answers.append(edge.request("POST", "/", body="x" * 200_000).text)
    )
    asking.start()
    time.sleep(0.3)
    began = time.monotonic()
    edge.apply(replace(cloud, databases=()))
    asking.join()

    assert time.monotonic() - began > 0.3
    assert answers == ["x" * 200_000]


def test_a_directory_may_have_a_long_name_and_keeps_nothing_of_it(tmp_path, monkeypatch):
    directory = tmp_path / ("long" * 30)
    own = tempfile.TemporaryDirectory()  # a short one, and no other test's
    monkeypatch.setattr(tempfile, "tempdir", own.name)
    with running(directory, Cloud(databases=("db1",))) as edge:
        answer = edge.admin("POST", "/d1/db1", content=b'{"sql": "SELECT 1 AS one"}')
        assert answer.json()[0]["results"] == [{"one": 1}]
    with running(tmp_path / "s", Cloud()) as edge:
        assert edge.admin("GET", "/ready").text == "ready"

    assert not (tmp_path / "s" / "admin").exists()
    assert list(Path(own.name).iterdir()) == []
    own.cleanup()


def test_a_port_that_is_taken_is_named_and_nothing_stays_locked(start, tmp_path):
    taken = start(Cloud()).runtime.edge_port
    second = RunningRuntime(tmp_path / "second", edge_port=taken)
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{taken}: Address already"):
        second.run(second.runtime.start(Cloud()))
    second.close_loop()
    with running(tmp_path / "second", Cloud()) as free:
        assert free.get("/").status == 530


def test_changes_that_come_together_are_one(start, tmp_path):
    edge = start(serving(script(tmp_path, HELLO)))
    clouds = [serving(script(tmp_path, f"{HELLO} // {version}")) for version in range(5)]

    async def apply_soon(order: int, cloud: Cloud) -> None:
        await asyncio.sleep(order / 200)
        await edge.runtime.apply(cloud)

    async def together() -> None:
        await asyncio.gather(*(apply_soon(*each) for each in enumerate(clouds)))

    edge.run(together())
    assert edge.runtime.status()["reloads"] == 1
    edge.apply(clouds[-1])
    assert edge.runtime.status()["reloads"] == 1


def test_a_bad_version_is_refused_with_the_compilers_words_and_the_old_one_serves(start, tmp_path):
    good = serving(script(tmp_path, HELLO))
    edge = start(good)
    bad = script(tmp_path, BROKEN)
    message = r"worker app: Uncaught SyntaxError: Unexpected token ';'\s+at index\.mjs:3:19$"
    with pytest.raises(RefusedError, match=message):
        edge.run(edge.runtime.check(bad, good))
    with pytest.raises(RefusedError, match=message):
        edge.apply(serving(bad))

    assert edge.get("/").text == "hello"
    assert edge.runtime.status()["reloads"] == 0
    edge.apply(serving(script(tmp_path, HELLO.replace("hello", "better"))))
    assert edge.get("/").text == "better"


def test_a_version_that_fails_only_when_it_should_serve_leaves_the_old_one(start, tmp_path):
    good = serving(script(tmp_path, HELLO))
    edge = start(good)
    changed = script(tmp_path, f"{HELLO} // changed")
    edge.run(edge.runtime.check(changed, good))
    changed.modules[0].path.write_text(BROKEN)
    with pytest.raises(RefusedError, match=r"index\.mjs"):
        edge.apply(serving(changed))

    assert edge.get("/").text == "hello"
    assert edge.runtime.status()["ready"]


def test_nothing_healthy_answers_503_with_the_reason_but_no_secret(start, tmp_path):
    secret = {"type": "secret_text", "name": "S", "text": "canary-value"}
    source = 'throw new Error("<b>no</b> canary-value");\nexport default {}'
    edge = start(serving(script(tmp_path, source, bindings=(secret,))))
    answer = edge.get("/")

    assert answer.status == 503
    assert "&lt;b&gt;no&lt;/b&gt; [secret]" in answer.text
    assert "index.mjs:1" in answer.text
    assert not edge.runtime.status()["ready"]
    edge.apply(serving(script(tmp_path, HELLO)))
    assert edge.get("/").text == "hello"


def test_secrets_lie_in_no_file_while_it_runs(start, tmp_path):
    secret = {"type": "secret_text", "name": "S", "text": "canary-value"}
    edge = start(serving(script(tmp_path, HELLO, bindings=(secret,))))
    edge.get("/")
    files = [path for path in edge.directory.rglob("*") if path.is_file()]

    assert files
    assert not [path for path in files if b"canary-value" in path.read_bytes()]
    assert edge.directory.stat().st_mode & 0o077 == 0


def test_what_is_deleted_leaves_no_state_behind(start, tmp_path):
    cloud = storing(tmp_path)
    edge = start(cloud)
    assert edge.get("/").json() == [1, 1, 1, 1]
    edge.apply(Cloud())
    edge.apply(cloud)

    assert edge.get("/").json() == [1, 1, 1, 1]


def test_messages_of_a_deleted_queue_are_gone(start):
    edge = start(Cloud(queues=(Queue("jobs"), Queue("more-jobs"))))
    for queue in ("jobs", "more-jobs"):
        edge.admin("POST", f"/queues/{queue}", content=b'{"body": 1}')
    edge.apply(Cloud(queues=(Queue("more-jobs"),)))
    edge.apply(Cloud(queues=(Queue("jobs"), Queue("more-jobs"))))
    backlog = [
        edge.admin("GET", f"/queues/{queue}").json()["backlogCount"]
        for queue in ("jobs", "more-jobs")
    ]

    assert backlog == [0, 1]


def test_a_target_that_was_deleted_takes_only_its_binding_along(start, tmp_path):
    binding = {"type": "kv_namespace", "name": "KV", "namespace_id": "kv1"}
    source = "export default { fetch: (_, env) => new Response(typeof env.KV) }"
    worker = script(tmp_path, source, bindings=(binding,))
    edge = start(serving(worker, kv_namespaces=("kv1",)))
    assert edge.get("/").text == "object"
    edge.apply(serving(worker))

    assert edge.get("/").text == "undefined"


def test_a_crash_that_repeats_is_answered_with_503(start, tmp_path):
    edge = start(serving(script(tmp_path, HELLO)))
    statuses = set()
    end = time.monotonic() + 15
    while 503 not in statuses and time.monotonic() < end:
        pid = edge.runtime.status()["pid"]
        if pid:
            os.kill(pid, signal.SIGKILL)
        statuses.add(edge.get("/").status)

    assert 503 in statuses
    eventually(lambda: edge.get("/").status, 200, seconds=15)


def test_check_shows_handlers_classes_and_start_time(start, tmp_path):
    source = """import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
    export class Room extends DurableObject { fetch() {} alarm() {} webSocketMessage() {} }
    export class Sums extends WorkerEntrypoint { add() {} }
    let n = 0; for (let i = 0; i < 3e7; i++) n += i;
    export default { fetch() {}, async queue() {}, scheduled: () => n }"""
    worker = script(tmp_path, source, durable_objects=objects("Room"))
    edge = start(Cloud())
    checked = edge.run(edge.runtime.check(worker, Cloud()))

    assert checked.handlers == ("fetch", "queue", "scheduled")
    assert checked.exports == {"Room": ("fetch", "alarm", "webSocketMessage"), "Sums": ()}
    assert 5 < checked.startup_time_ms < 2000
    assert not list(edge.directory.glob("trial-*"))


def test_a_class_that_is_not_exported_is_refused(start, tmp_path):
    worker = script(tmp_path, HELLO, durable_objects=objects("Room"))
    edge = start(Cloud())
    with pytest.raises(RefusedError, match=r"class Room is not exported by index\.mjs"):
        edge.run(edge.runtime.check(worker, Cloud()))


def test_a_missing_module_and_a_foreign_main_module_are_refused(start, tmp_path):
    edge = start(Cloud())
    missing = script(tmp_path, 'import "./gone.mjs"; export default {}')
    with pytest.raises(RefusedError, match="No such module"):
        edge.run(edge.runtime.check(missing, Cloud()))
    python = script(tmp_path, "pass")
    python = replace(python, modules=(replace(python.modules[0], content_type="text/x-python"),))
    with pytest.raises(RefusedError, match="not emulated: main module of type text/x-python"):
        edge.run(edge.runtime.check(python, Cloud()))


def test_faults_make_a_class_unreachable_until_they_are_cleared(start, tmp_path):
    source = """import { DurableObject } from "cloudflare:workers";
    export class Store extends DurableObject { ping() { return "pong"; } }
    export default { async fetch(_, env) {
      return new Response(await env.STORE.getByName("one").ping().catch((error) => error.message));
    } }"""
    worker = script(tmp_path, source, bindings=STORE_BINDINGS[:1], durable_objects=objects("Store"))
    edge = start(serving(worker))
    assert edge.get("/").text == "pong"
    edge.run(edge.runtime.set_faults([{"worker": "app", "durable_object": "Store"}]))
    assert "cannot be reached" in edge.get("/").text
    edge.run(edge.runtime.set_faults([]))

    assert edge.get("/").text == "pong"
    with pytest.raises(RefusedError, match=r"no Durable Object class Gone .*app/Store"):
        edge.run(edge.runtime.set_faults([{"worker": "app", "durable_object": "Gone"}]))


def test_logs_have_console_lines_exceptions_and_outcomes(start, tmp_path):
    source = """export default { fetch() {
      console.warn("careful", { a: 1 });
      throw new TypeError("kaboom");
    } }"""
    edge = start(serving(script(tmp_path, source)))
    answer = edge.get("/path?token=1")

    assert (answer.status, answer.text) == (500, "error code: 1101\n")
    eventually(lambda: len(edge.runtime.logs(worker="app")), 3)
    line, thrown, outcome = edge.runtime.logs(worker="app")
    assert (line["kind"], line["level"], line["message"]) == ("log", "warn", 'careful {"a": 1}')
    assert (thrown["kind"], thrown["message"]) == ("exception", "TypeError: kaboom")
    assert "index.mjs:3:" in thrown["stack"]
    assert outcome["kind"] == "outcome"
    assert outcome["event"] == {"type": "fetch", "method": "GET", "path": "/path"}
    assert edge.runtime.logs(worker="app", since=outcome["time"]) == []
    assert "kaboom" in (edge.directory / "log" / "workers.jsonl").read_text()
