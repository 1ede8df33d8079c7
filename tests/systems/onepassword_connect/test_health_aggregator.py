"""What the aggregator makes of what both services of Connect say (OP-7, CC-13)."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.nginx import free_port
from systems.onepassword_connect.files import health_aggregator as aggregator

ACTIVE = {"sqlite": "ACTIVE", "sync": "ACTIVE"}


def service(parts=None, heartbeat=200, health=200, body=None, *, garbled=False):
    """Run one service that says *parts* of itself, or *body*; return it with its address.

    *garbled*: whether what it says is no HTTP.
    """
    asked = []

    class Says(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if garbled:
                self.wfile.write(b"what is this\r\n\r\n")
                return
            said = {
                "name": "1Password Connect",
                "version": "1.8.2",
                "dependencies": [{"service": n, "status": s} for n, s in (parts or {}).items()],
            }
            answers = {
                "/heartbeat": (heartbeat, b"."),
                "/health": (health, json.dumps(said).encode() if body is None else body),
            }
            status, sent = answers[self.path]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    return SimpleNamespace(url=url, asked=asked, server=server)


@pytest.fixture
def running():
    started = []

    def start(**said):
        started.append(service(**said))
        return started[-1]

    yield start
    for each in started:
        each.server.shutdown()
        each.server.server_close()


def judged(api, sync):
    services = [aggregator.Service(n, u) for n, u in (("api", api), ("sync", sync))]
    return aggregator.judge(services)


def test_all_is_well(running):
    """OP-C1: of each service and each of its parts."""
    found = judged(running(parts=ACTIVE).url, running(parts=ACTIVE).url)

    assert found == (
        "healthy",
        "1.8.2",
        {
            "api": "ok",
            "api/sqlite": "ok",
            "api/sync": "ok",
            "sync": "ok",
            "sync/sqlite": "ok",
            "sync/sync": "ok",
        },
    )


def test_before_the_first_request_it_waits_and_is_not_down(running):
    """Connect answers 200 here as well: the first request with a token makes it sync."""
    waiting = running(parts={"sqlite": "ACTIVE", "sync": "TOKEN_NEEDED"})
    found = judged(waiting.url, running(parts=ACTIVE).url)

    assert (found.status, found.checks["api/sync"]) == ("waiting", "waiting")
    assert found.checks["api"] == "ok"


@pytest.mark.parametrize("status", ["NOT_SYNCED", "UNINITIALIZED", "anything"])
def test_what_does_not_work_is_told_while_it_still_gives_credentials(running, status):
    part = running(parts={"sqlite": "ACTIVE", "sync": status})
    found = judged(part.url, running(parts=ACTIVE).url)

    assert (found.status, found.checks["api/sync"]) == ("degraded", "failed")


def test_without_its_store_the_api_is_down(running):
    found = judged(running(parts={"sqlite": "CLOSED"}).url, running(parts=ACTIVE).url)

    assert found.status == "down"


def test_without_sync_the_api_gives_what_it_has(running):
    """OP-C2: health says degraded."""
    found = judged(running(parts=ACTIVE).url, f"http://127.0.0.1:{free_port()}")

    assert (found.status, found.checks["sync"]) == ("degraded", "failed")


BROKEN = {
    "no heartbeat": {"parts": ACTIVE, "heartbeat": 500},
    "no health": {"parts": ACTIVE, "health": 500},
    "no JSON": {"body": b"<html>"},
    "no HTTP": {"garbled": True},
    "another JSON": {"body": b"[]"},
    "parts of another form": {"body": b'{"dependencies":[1]}'},
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN)
def test_what_it_cannot_read_is_down(running, said):
    found = judged(running(**said).url, running(parts=ACTIVE).url)

    assert (found.status, found.checks["api"]) == ("down", "failed")


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def serving(monkeypatch):
    """Serve the aggregator before an API."""
    monkeypatch.setattr(aggregator, "POLL_SECONDS", 0.01)
    started = []

    def start(api):
        services = [aggregator.Service("api", api.url)]
        started.extend(aggregator.serve([("127.0.0.1", 0)], services))
        return f"http://127.0.0.1:{started[-1].server_port}"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def test_down_is_an_answer_that_nobody_takes_for_health(running, serving):
    status, body = get(serving(running(parts={"sqlite": "CLOSED"})) + "/v1/health")

    assert status == 503
    assert json.loads(body)["status"] == "down"


def test_it_says_who_it_is_and_what_version_runs(running, serving):
    status, body = get(serving(running(parts=ACTIVE)) + "/v1/health?x=1")

    assert status == 200
    assert json.loads(body) == {
        "service": "1password-connect",
        "status": "healthy",
        "version": "1.8.2",
        "checks": {"api": "ok", "api/sqlite": "ok", "api/sync": "ok"},
    }


def test_asked_often_it_asks_seldom(running, serving):
    api = running(parts=ACTIVE)
    url = serving(api)
    for _ in range(10):
        get(url + "/v1/health")

    assert len(api.asked) <= 4


def test_monitoring_reads_figures(running, serving):
    status, body = get(serving(running(parts={**ACTIVE, "sync": "NOT_SYNCED"})) + "/metrics")

    assert status == 200
    assert 'onepassword_connect_up{service="api"} 1\n' in body
    assert 'onepassword_connect_up{service="api",part="sync"} 0\n' in body


def test_nothing_else_is_there(running, serving):
    url = serving(running(parts=ACTIVE))

    assert get(url + "/health")[0] == 404


def test_it_runs_alone_and_ends_when_it_is_told(running, tmp_path):
    """As in its container: no package but the standard library, nothing of the project."""
    port = free_port()
    file = tmp_path / "health_aggregator.py"
    file.write_text(Path(aggregator.__file__).read_text())
    environment = {
        "LISTEN": f"127.0.0.1:{port}",
        "SERVICES": f"connect-api={running(parts=ACTIVE).url}",
        "PATH": os.environ["PATH"],
    }
    process = subprocess.Popen([sys.executable, "-I", "-S", "-B", str(file)], env=environment)
    try:
        for _ in range(100):
            try:
                status, body = get(f"http://127.0.0.1:{port}/v1/health")
                break
            except OSError:
                threading.Event().wait(0.05)
        assert (status, json.loads(body)["status"]) == (200, "healthy")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
