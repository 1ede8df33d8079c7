"""`wrangler tail`, and a client of its own protocol, on the whole local Cloudflare."""

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from local.process.ports import HOST
from tests.support_local import PROJECT, local_cloudflare
from tests.support_runtime import eventually

WRANGLER = PROJECT / "node_modules/wrangler/bin/wrangler.js"

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

SECRET = 'top "secret"\nof two lines'
HEX = "0123456789abcdef" * 4
CODE = """
import { DurableObject } from "cloudflare:workers";
export class Bell extends DurableObject {
  async ring() { await this.ctx.storage.setAlarm(Date.now()); }
  alarm() { console.log("rings"); }
  fetch() {
    const [mine, theirs] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(theirs);
    return new Response(null, { status: 101, webSocket: mine });
  }
  webSocketMessage(socket, message) { socket.send(message); }
  webSocketClose(socket, code) { socket.close(code); }
}
const paths = {
  "/throw": () => { throw new TypeError("out of order"); },
  "/say": (env) => console.warn("a needle", { in: ["hay"] }, env.TOKEN),
  "/send": (env) => env.Q.send("x"),
  "/ring": (env) => env.BELL.getByName("b").ring(),
};
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/socket") return env.BELL.getByName("b").fetch(request);
    await paths[pathname]?.(env);
    return new Response("VERSION", { status: 201 });
  },
  queue() {},
  scheduled() {},
};
"""
BINDINGS = [
    {"name": "BELL", "type": "durable_object_namespace", "class_name": "Bell"},
    {"name": "Q", "type": "queue", "queue_name": "q"},
    {"name": "TOKEN", "type": "secret_text", "text": SECRET},
]
NAME = "t.chitty.cc"
CLASSES = {"new_tag": "v1", "new_sqlite_classes": ["Bell"]}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("tail") / "cf") as running:
        queue = running.result("POST", running.account("/queues"), json={"queue_name": "q"})
        upload(running, migrations=CLASSES)
        consumer = {"type": "worker", "script_name": "t", "settings": {"max_wait_time_ms": 1}}
        path = f"/queues/{queue['queue_id']}/consumers"
        running.result("POST", running.account(path), json=consumer)
        domain = {"hostname": NAME, "service": "t"}
        running.result("PUT", running.account("/workers/domains"), json=domain)
        route = {"pattern": "chitty.cc/t/*", "script": "t"}
        running.result("POST", f"/zones/{running.zone_id}/workers/routes", json=route)
        yield running


def upload(cloud, code=CODE, **metadata):
    cloud.upload("t", {"w.mjs": code}, bindings=BINDINGS, **metadata)


def live_version(cloud):
    found = cloud.result("GET", cloud.account("/workers/scripts/t/deployments"))["deployments"]
    return {"id": found[0]["versions"][0]["version_id"]}


@contextmanager
def tail(cloud, *filters):
    """Listen to the worker; gives a way to the next message."""
    path = cloud.account("/workers/scripts/t/tails")
    made = cloud.result("POST", path, json={"filters": filters})
    with connect(made["url"], subprotocols=[Subprotocol("trace-v1")]) as client:
        yield lambda: json.loads(client.recv(timeout=30))
    cloud.result("DELETE", f"{path}/{made['id']}")


class Wrangler:
    """A running `wrangler tail`."""

    def __init__(self, cloud, directory, words):
        self._out = directory / "out"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "CI": "1",
            "WRANGLER_SEND_METRICS": "false",
            "NO_COLOR": "1",
            "FORCE_COLOR": "0",
            **cloud.env,
        }
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                ["node", str(WRANGLER), "tail", *words],
                cwd=directory,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def said(self):
        return self._out.read_text()

    def messages(self):
        decoder, text, found = json.JSONDecoder(), self.said().strip(), []
        while text:
            message, end = decoder.raw_decode(text)
            found.append(message)
            text = text[end:].strip()
        return found


@pytest.fixture
def wrangler(cloud, tmp_path):
    """Start `wrangler tail`; it is listening when *probe* has shown something."""
    with ExitStack() as stack:

        def start(*words, probe):
            started = Wrangler(cloud, tmp_path, words)
            stack.callback(started.process.wait, 30)
            stack.callback(started.process.kill)

            def listens():
                probe()
                return bool(re.search(r"READY", started.said()))

            eventually(listens, expected=True)
            return started

        yield start


def test_wrangler_shows_every_request_as_json(cloud, wrangler):
    shown = wrangler("t", "--format", "json", probe=lambda: cloud.at(NAME, "/READY"))
    private = {"authorization": f"Bearer {HEX}", "cookie": "session=1", "x-api-key": "k1"}

    cloud.at(NAME, f"/quiet?id={HEX}&page=2", method="PUT", headers={**private, "x-plain": "seen"})
    eventually(lambda: f"{NAME}/quiet" in shown.said(), expected=True)

    message = shown.messages()[-1]
    assert (message["outcome"], message["scriptName"], message["logs"]) == ("ok", "t", [])
    assert message["scriptVersion"] == live_version(cloud)
    request, response = message["event"]["request"], message["event"]["response"]
    assert (request["method"], response) == ("PUT", {"status": 201})
    assert request["url"] == f"https://{NAME}/quiet?id=REDACTED&page=2"
    assert request["cf"]["colo"] == "LOC"
    headers = request["headers"]
    assert (headers["x-plain"], headers["host"]) == ("seen", NAME)
    assert {headers[name] for name in private} == {"REDACTED"}
    shown.process.send_signal(signal.SIGINT)
    assert shown.process.wait(30) == 0


def test_wrangler_tails_a_route_and_shows_it_to_people(cloud, wrangler):
    words = ("chitty.cc/t/*", "--format", "pretty")
    shown = wrangler(*words, probe=lambda: cloud.at("chitty.cc", "/t/READY"))

    cloud.at(NAME, "/throw")
    cloud.at(NAME, "/say")
    cloud.result("POST", "/local/cron/t?cron=1+2+*+*+*")
    eventually(lambda: '"1 2 * * *" @' in shown.said(), expected=True)

    said = shown.said()
    assert "Connected to t, waiting for logs..." in said
    assert re.search(rf"GET https://{NAME}/throw - Exception Thrown @ .*", said)
    assert re.search(r"TypeError: out of order.*\s+at /throw \(w\.mjs:\d+:\d+\)", said)
    assert "(warn) a needle { in: [ 'hay' ] } REDACTED" in said
    assert re.search(r'"1 2 \* \* \*" @ .* - Ok', said)


def test_wrangler_has_its_filters_honoured(cloud, wrangler):
    words = ["t", "--format", "json", "--status", "ok", "--method", "POST", "--method", "PUT"]
    words += ["--header", "x-try: READY", "--ip", "self", "--search", "needle"]
    words += ["--sampling-rate", "0.9999999999", "--version-id", live_version(cloud)["id"]]
    fitting = {"path": "/say", "method": "POST", "headers": {"x-try": "is READY"}}
    shown = wrangler(*words, probe=lambda: cloud.at(NAME, **fitting))

    others: list[Any] = [{"path": "/"}, {"path": "/throw"}, {"method": "GET"}, {"headers": {}}]
    for change in others:
        cloud.at(NAME, **fitting | change)
    with tail(cloud) as following:
        cloud.at(NAME, **fitting | {"headers": {"x-try": "READY at last"}})
        following()
    eventually(lambda: "READY at last" in shown.said(), expected=True)

    requests = [message["event"]["request"] for message in shown.messages()]
    assert {(r["method"], r["url"]) for r in requests} == {("POST", f"https://{NAME}/say")}
    assert {r["headers"]["x-try"] for r in requests} == {"is READY", "READY at last"}


def test_every_kind_of_event_is_told(cloud):
    with tail(cloud) as following:
        cloud.at(NAME, "/send")
        events = [following()["event"] for _ in range(2)]
        cloud.result("POST", "/local/cron/t?cron=*+*+*+*+*")
        events.append(following()["event"])
        cloud.at(NAME, "/ring")
        rung = [following() for _ in range(3)]
        chat(cloud)
        heard = [following()["event"].get("getWebSocketEvent") for _ in range(4)]

    sent, queued = sorted(events[:2], key=lambda event: "queue" in event)
    assert sent["request"]["url"] == f"https://{NAME}/send"
    assert queued == {"queue": "q", "batchSize": 1}
    assert events[2].keys() == {"cron", "scheduledTime"}
    assert events[2]["cron"] == "* * * * *"
    kinds = {next(iter(message["event"])): message for message in rung}
    assert kinds.keys() == {"rpcMethod", "request", "scheduledTime"}
    assert kinds["rpcMethod"]["event"] == {"rpcMethod": "ring"}
    assert kinds["scheduledTime"]["logs"][0]["message"] == ["rings"]
    assert {kinds[kind]["entrypoint"] for kind in ("rpcMethod", "scheduledTime")} == {"Bell"}
    assert [each["webSocketEventType"] for each in heard if each] == ["message", "close"]


def chat(cloud):
    url = f"ws://{NAME}.localhost:{cloud.edge_port}/socket"
    with connect(url, sock=socket.create_connection((HOST, cloud.edge_port))) as client:
        client.send("hello")
        assert client.recv(timeout=30) == "hello"


def test_an_exception_has_its_stack_and_a_line_its_parts_but_no_secret(cloud):
    with tail(cloud) as following:
        cloud.at(NAME, "/throw")
        (thrown,) = following()["exceptions"]
        cloud.at(NAME, "/say")
        (line,) = following()["logs"]

    assert (thrown["name"], thrown["message"]) == ("TypeError", "out of order")
    assert re.fullmatch(r" +at \S+ \(w\.mjs:\d+:\d+\)[\s\S]*", thrown["stack"])
    assert line.keys() == {"message", "level", "timestamp"}
    assert line["level"] == "warn"
    assert line["message"] == ["a needle", {"in": ["hay"]}, "REDACTED"]


def test_two_tails_have_filters_of_their_own(cloud):
    with (
        tail(cloud, {"method": ["PUT"]}) as puts,
        tail(cloud, {"outcome": ["exception"]}) as failed,
    ):
        for method, path in (("GET", "/"), ("PUT", "/one"), ("GET", "/throw"), ("PUT", "/two")):
            cloud.at(NAME, path, method=method)

        urls = [following()["event"]["request"]["url"] for following in (puts, puts, failed)]

    assert urls == [f"https://{NAME}/{path}" for path in ("one", "two", "throw")]


def test_a_tail_outlives_a_new_version_another_worker_and_a_crash(cloud):
    with tail(cloud) as following:
        upload(cloud, CODE.replace("VERSION", "new"))
        assert cloud.at(NAME).text == "new"
        first = following()
        cloud.upload("other", {"w.mjs": "export default { fetch: () => new Response('') }"})
        cloud.at(NAME, "/second")
        second = following()
        os.kill(cloud.result("GET", "/local/status")["runtime"]["pid"], signal.SIGKILL)
        eventually(lambda: cloud.result("GET", "/local/status")["runtime"]["restarts"], 1)
        eventually(lambda: cloud.at(NAME, "/third").status_code, 201)
        third = following()

    assert first["scriptVersion"] == live_version(cloud)
    urls = [message["event"]["request"]["url"] for message in (first, second, third)]
    assert urls == [f"https://{NAME}/{path}" for path in ("", "second", "third")]


def test_neither_files_nor_answers_keep_what_a_tail_was_told(cloud):
    with tail(cloud) as following:
        cloud.at(NAME, "/throw", headers={"x-plain": "seen-by-tails-only"})
        assert following()["event"]["request"]["headers"]["x-plain"] == "seen-by-tails-only"
        address = cloud.result("GET", cloud.account("/workers/scripts/t/tails"))[0]["id"]

    kept = [*cloud.directory.rglob("*.log"), *cloud.directory.rglob("*.jsonl")]
    kept.append(cloud.directory.parent / f"{cloud.directory.name}.log")
    written = "".join(file.read_text(errors="replace") for file in kept)
    assert "out of order" in written
    for absent in ("seen-by-tails-only", address, "could not be told"):
        assert absent not in written
