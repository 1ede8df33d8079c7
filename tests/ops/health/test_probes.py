"""The check after a deployment: who answers, and whether that keeps the service levels (FW-3)."""

import http.server
import io
import threading
import time
from types import SimpleNamespace

import pytest
from rich.console import Console

from common.user_agents import PROBE
from ops.commands import verify
from ops.errors import OpsError
from ops.health import probes, service_levels
from ops.health.service_levels import EDGE, FIRST, FURTHER, STARTUP, Timing, p95
from ops.stack import state
from ops.stack.target import Target

FAST = Timing("connect", 12, 80, (3.0,) * FURTHER)


def printed(table):
    """Lay *table* out on 140 columns, as `make up` does at least."""
    written = io.StringIO()
    Console(file=written, width=140, soft_wrap=True).print(table)
    return written.getvalue()


def test_the_levels_are_those_that_were_promised():
    assert (STARTUP.under, EDGE.under) == (100, 200)
    assert FIRST.under == STARTUP.under + EDGE.under


@pytest.mark.parametrize(
    ("values", "within"), [([], None), ([7], 7), (range(1, 21), 19), (range(1, 101), 95)]
)
def test_ninety_five_of_a_hundred_stay_within_the_p95(values, within):
    assert p95(list(values)) == within


SLOW = {
    "startup": (Timing("connect", 100, 80, (3.0,)), "startup took 100 ms, which is to stay under"),
    "first": (Timing("connect", 12, 300, (3.0,)), "first request took 300 ms"),
    "edge": (Timing("connect", 12, 80, (200.0,) * FURTHER), "p95 of 20 more took 200 ms"),
}


@pytest.mark.parametrize(("timing", "said"), SLOW.values(), ids=SLOW)
def test_what_misses_its_level_is_slow_and_said(timing, said):
    (sentence,) = timing.missed()

    assert sentence.startswith(f"connect: {said}")
    assert printed(service_levels.table([timing])).count(" ms slow") == 1


def test_what_keeps_every_level_is_not_slow():
    assert FAST.missed() == []
    assert "slow" not in printed(service_levels.table([FAST]))
    assert printed(service_levels.table([FAST])).splitlines() == [
        "system   startup (< 100 ms)  first request (< 300 ms)  p95 of 20 more (< 200 ms)",
        "connect  12 ms               80 ms                     3 ms                     ",
    ]


def test_one_slow_request_in_twenty_is_no_slow_edge():
    assert Timing("connect", 12, 80, (900.0, *[3.0] * 19)).missed() == []
    assert Timing("connect", 12, 80, (900.0, 900.0, *[3.0] * 18)).missed()


def test_what_is_not_known_is_said_and_not_judged():
    unknown = Timing("connect", None, None, ())

    assert unknown.missed() == []
    assert printed(service_levels.table([unknown])).count("not known") == 3


def script(name, took, kind="WorkersScript"):
    kind = f"chittyos:system:Platform$cloudflare:index/x:{kind}"
    outputs = {} if took is None else {"startupTimeMs": took}
    return {"urn": f"urn:pulumi:pr-7::chittyos::{kind}::{name}", "outputs": outputs}


def test_the_startup_is_that_of_the_slowest_script_of_the_system():
    resources = [
        script("connect-worker", 12),
        script("connect-mail", 40),
        script("other-worker", 900),
        script("connect-worker", 900, "WorkersScriptSubdomain"),
        script("connect-old", None),
        {"urn": "urn:pulumi:pr-7::chittyos::pulumi:pulumi:Stack::chittyos-pr-7"},
    ]

    assert service_levels.startup(resources, "connect") == 40
    assert service_levels.startup(resources, "nobody") is None


class Server(http.server.ThreadingHTTPServer):
    """Serves by a script, and counts what it was asked."""

    daemon_threads = True

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.asked = script, 0
        self.doors = []
        self.versions, self.overrides = [""], set()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the server's script says: seconds to wait and a status, the last one for ever."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self):
        script = self.server.script
        wait, status = script.pop(0) if len(script) > 1 else script[0]
        self.server.asked += 1
        self.server.doors.append(self.headers.get("CF-Access-Client-Id"))
        self.server.overrides.add(self.headers.get("Cloudflare-Workers-Version-Overrides"))
        time.sleep(wait)
        body = b'{"service": "connect", "status": "healthy"}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        versions = self.server.versions
        self.send_header("X-Worker-Version", versions.pop(0) if len(versions) > 1 else versions[0])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Serve on loopback by a script; answer the server."""
    servers = []

    def start(*script):
        server = Server(list(script))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(server, patience=5.0):
    one = {"system": "connect", "url": "https://connect.chitty.cc", "check": "/health"}
    (answer,) = probes.ask_all([one], edge_port=server.server_port, patience=patience)
    return answer


def test_what_opens_the_door_is_sent_with_every_request(serve):
    """OP-5: an unused service token is swept away, so verification uses it."""
    server = serve((0, 200))
    one = {"system": "c", "url": "https://c.example", "check": "/x", "service_token": "t"}

    def door(address):
        return {"CF-Access-Client-Id": f"id-of-{address['service_token']}"}

    (answer,) = probes.ask_all([one], edge_port=server.server_port, door=door)

    assert answer.ok
    assert set(server.doors) == {"id-of-t"}
    assert len(server.doors) == 1 + FURTHER


def test_the_first_request_and_twenty_more_are_timed_apart(serve):
    server = serve((0.3, 200), (0, 200))
    answer = ask(server)

    assert answer.ok
    assert answer.said == "200 connect healthy"
    assert server.asked == 1 + FURTHER
    assert answer.first >= 300
    assert len(answer.further) == FURTHER
    assert p95(answer.further) < answer.first


def test_what_fails_after_it_answered_once_is_not_healthy(serve):
    answer = ask(serve((0, 200), (0, 200), (0, 500), (0, 200)))

    assert not answer.ok
    assert answer.said == "200 connect healthy, then 1 of 20 failed"


def test_what_never_answers_is_asked_no_more_and_not_timed(serve):
    server = serve((0, 503))
    answer = ask(server, patience=0.1)

    assert not answer.ok
    assert answer.said.startswith("503")
    assert (answer.first, answer.further) == (None, ())


OLD, NEW = "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e", "77ab3cf0-9b1c-4a65-8d0e-2f7a1c3b4d5e"
PROVEN = {"system": "connect", "url": "https://c.chitty.cc", "check": "/health", "version": NEW}


@pytest.mark.parametrize("said", [OLD, ""])
def test_healthy_code_that_is_not_the_new_version_is_no_answer(serve, said):
    """FW-4: the code before it answers `/health` too, and for a while after a deployment does."""
    server = serve((0, 200))
    server.versions = [said]

    (answer,) = probes.ask_all([PROVEN], edge_port=server.server_port, patience=0.1)

    assert not answer.ok
    assert f"by {f'version {OLD}' if said else 'no version'}" in answer.said
    assert answer.said.endswith(f"not {NEW}")


def test_the_new_version_is_waited_for(serve):
    server = serve((0, 200))
    server.versions = [OLD, OLD, NEW]

    (answer,) = probes.ask_all([PROVEN], edge_port=server.server_port, patience=60)

    assert answer.ok
    assert answer.version == NEW
    assert server.overrides == {None}


def test_one_of_several_versions_is_asked_for_by_its_id(serve):
    server = serve((0, 200))
    server.versions = [NEW]

    probes.ask_all([{**PROVEN, "script": "connect"}], edge_port=server.server_port)

    assert server.overrides == {f'connect="{NEW}"'}


def test_all_addresses_have_one_deadline_together(serve):
    """Two that never answer take as long as one, and each is asked once at least."""
    first, second = serve((0, 503)), serve((0, 503))
    addresses = [
        {"system": str(it), "url": f"http://127.0.0.1:{it.server_port}", "check": "/"}
        for it in (first, second)
    ]
    answers = probes.ask_all(addresses, patience=1.2)

    assert [answer.ok for answer in answers] == [False, False]
    assert first.asked > 1
    assert second.asked == 1


@pytest.fixture
def deployed(monkeypatch):
    """Run `ops verify` over a stack that has answered already, its startup in the state."""

    def run(startup, *, strict):
        session = SimpleNamespace(target=Target("staging", "staging", {}), configuration=None)
        monkeypatch.setattr(verify, "open_session", lambda *_: session)
        resources = [
            {
                "urn": "urn:pulumi:staging::chittyos::pulumi:pulumi:Stack::chittyos-staging",
                "outputs": {"addresses": [{"system": "connect", "url": "u", "check": "c"}]},
            },
            script("connect-worker", startup),
        ]
        monkeypatch.setattr(state, "resources", lambda _: resources)
        answer = probes.Answer("connect", "u", ok=True, said="200", first=80, further=(3.0,))
        monkeypatch.setattr(probes, "ask_all", lambda *_, **__: [answer])
        verify.verify("staging", strict=strict)

    return run


def test_a_missed_level_is_a_warning_and_when_strict_an_error(deployed, capsys):
    deployed(250, strict=False)
    assert "250 ms slow" in capsys.readouterr().out

    with pytest.raises(OpsError, match="connect: startup took 250 ms"):
        deployed(250, strict=True)
    deployed(99, strict=True)


def test_a_stack_that_was_never_up_is_said():
    with pytest.raises(OpsError, match="run up first"):
        probes.ask_all(state.addresses([]))


@pytest.mark.parametrize("edge_port", [4401, None])
def test_a_probe_says_what_it_is(edge_port):
    request, _ = probes._request("https://some.chitty.cc/health", edge_port)

    assert request.headers["User-Agent"] == PROBE
