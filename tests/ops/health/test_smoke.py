"""Requests that systems declare: what came is held against what has to come (PA-15)."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from common.user_agents import PROBE
from ops.commands import verify
from ops.errors import OpsError
from ops.health import smoke
from systems.registry import SYSTEMS
from systems.system import Smoke

SYSTEM: Any = SimpleNamespace(
    name="some",
    smoke=(
        Smoke("/health", contains='"status":"healthy"'),
        Smoke("/private", status=401, headers={"X-Asked": "yes"}),
    ),
)
GOOD = {"/health": (200, '{"status":"healthy"}'), "/private": (401, "no")}


@contextmanager
def answering(answers):
    """Serve *answers* (path to status and body, then a Retry-After; a list is served in turn).

    Yields its port and the requests it got.
    """
    asked: list[tuple[str | None, ...]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            names = ("Host", "X-Asked", "User-Agent")
            asked.append((self.path, *(self.headers.get(name) for name in names)))
            self.answer()

        def do_POST(self):
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.append((self.headers.get("Authorization"), sent))
            self.answer()

        def answer(self):
            given = answers[self.path]
            status, body, *after = given.pop(0) if isinstance(given, list) else given
            self.send_response(status)
            for seconds in after:
                self.send_header("Retry-After", seconds)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()


def run(answers):
    addresses = [
        {"system": "some", "url": "https://some.chitty.cc"},
        {"system": "some", "url": "https://second.chitty.cc"},
        {"system": "other", "url": "https://other.chitty.cc"},
    ]
    with answering(answers) as (port, asked):
        return smoke.run([SYSTEM], addresses, edge_port=port), asked


def test_what_is_declared_is_asked_of_the_first_address_and_passes():
    results, asked = run(GOOD)

    assert [(result.came, result.fault) for result in results] == [("200", ""), ("401", "")]
    assert asked == [
        ("/health", "some.chitty.cc", None, PROBE),
        ("/private", "some.chitty.cc", "yes", PROBE),
    ]


WRONG = {
    "another status": ({"/private": (200, "open")}, "401 is expected"),
    "another body": ({"/health": (200, '{"status":"degraded"}')}, 'no "status":"healthy"'),
}


@pytest.mark.parametrize(("answers", "fault"), WRONG.values(), ids=WRONG)
def test_an_answer_that_is_not_as_declared_is_a_fault(answers, fault):
    results, _ = run({**GOOD, **answers})
    (wrong,) = [result.fault for result in results if result.fault]

    assert fault in wrong


def test_a_limit_that_says_when_it_ends_is_waited_for():
    limited = [(429, "later", "1"), (401, "no")]

    results, asked = run({**GOOD, "/private": limited})

    assert [result.fault for result in results] == ["", ""]
    assert [path for path, *_ in asked] == ["/health", "/private", "/private"]


FOREVER = {
    "it ends too late": (
        (429, "later", "3600"),
        "401 is expected; a limit was met that ends in 3600 s",
    ),
    "it does not say when": ((429, "later"), "401 is expected"),
}


@pytest.mark.parametrize(("answer", "fault"), FOREVER.values(), ids=FOREVER)
def test_a_limit_that_cannot_be_waited_for_is_a_fault_at_once(answer, fault):
    results, asked = run({**GOOD, "/private": answer})

    assert [result.fault for result in results] == ["", fault]
    assert len(asked) == len(SYSTEM.smoke)


def test_what_is_wrong_at_first_is_asked_again_until_the_deadline():
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    late = {**GOOD, "/private": [(500, "starting"), (401, "no")]}
    with answering(late) as (port, asked):
        results = smoke.run([SYSTEM], address, edge_port=port, patience=60)

    assert [result.fault for result in results] == ["", ""]
    assert len(asked) == 3


def test_what_another_is_to_blame_for_is_not_waited_for():
    """Incident 22: it would take up the time of what was deployed."""
    needing: Any = SimpleNamespace(name="some", smoke=(Smoke("/private", needs=("registry",)),))
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    down = {"some": frozenset({"registry"})}
    with answering({"/private": (503, "")}) as (port, asked):
        smoke.run([needing], address, edge_port=port, patience=60, without=down)

    assert len(asked) == 1


def test_no_answer_is_a_fault():
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    results = smoke.run([SYSTEM], address, edge_port=9)

    assert [result.came for result in results] == ["nothing", "nothing"]
    assert all(result.fault for result in results)


def test_a_fault_ends_verify_with_what_was_not_answered(monkeypatch):
    fault = smoke.Result("some", SYSTEM.smoke[1], "200", "401 is expected")
    monkeypatch.setattr(smoke, "run", lambda *_, **__: [fault])
    target: Any = SimpleNamespace(config={})

    with pytest.raises(OpsError, match="not answered as declared: some /private; see make logs"):
        verify._smoke(target, [], None)


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_every_system_declares_a_request_that_is_refused_or_checked(system):
    """FW-8."""
    assert any(request.status >= 400 or request.contains for request in system.smoke)


VALUE = "cAnArY-7f3e9b-of-the-stack"
WANTING: Any = SimpleNamespace(
    name="some", smoke=(Smoke("/private", method="POST", body={"a": 1}, bearer="TOKEN"),)
)


def test_a_token_of_the_stack_and_a_body_are_sent_where_they_are_declared():
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    read = {"some:TOKEN": VALUE}
    with answering({"/private": (200, "")}) as (port, asked):
        (result,) = smoke.run([WANTING], address, edge_port=port, secret=read.get)

    assert asked == [(f"Bearer {VALUE}", '{"a":1}')]
    assert VALUE not in repr(result)


def test_a_token_that_cannot_be_read_is_a_fault_and_nothing_is_sent():
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    with answering({}) as (port, asked):
        (result,) = smoke.run([WANTING], address, edge_port=port)

    assert (result.came, result.fault) == ("not sent", "TOKEN cannot be read here")
    assert asked == []


def test_a_token_has_to_be_a_secret_of_the_system():
    with pytest.raises(ValueError, match="TOKEN: a secret has one field"):
        replace(SYSTEMS[0], smoke=WANTING.smoke)


LEVELLED: Any = SimpleNamespace(
    name="some", smoke=(Smoke("/health", within_ms=200), Smoke("/private", 401, within_ms=200))
)


def test_an_answer_says_how_long_it_took_where_it_has_a_level():
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    with answering(GOOD) as (port, _):
        results = smoke.run([LEVELLED], address, edge_port=port)
    plain, _ = run(GOOD)

    assert all(result.took is not None and result.took > 0 for result in results)
    assert [result.took for result in plain] == [None, None]


SAID = {
    "within its level": (199.6, "", "200 in 200 ms (< 200 ms)"),
    "over its level": (
        200.0,
        "some: GET /health took 200 ms, which is to stay under 200 ms",
        "200 in 200 ms (< 200 ms) slow",
    ),
}


@pytest.mark.parametrize(("took", "slow", "shown"), SAID.values(), ids=SAID)
def test_a_slow_answer_is_said_beside_its_level_and_is_no_fault(took, slow, shown):
    """PA-15: as the service levels are (FW-3)."""
    result = smoke.Result("some", LEVELLED.smoke[0], "200", took=took)
    table = smoke.table([result])

    assert (result.slow, result.fault) == (slow, "")
    assert shown in str(next(iter(table.columns[2].cells)))


def test_a_wrong_answer_is_a_fault_and_not_slow_as_well():
    wrong = smoke.Result("some", LEVELLED.smoke[0], "500", "200 is expected", took=900.0)

    assert wrong.slow == ""


OPENING: Any = SimpleNamespace(
    name="some",
    smoke=(Smoke("/ws", contains="welcome", bearer="TOKEN", opens=True), Smoke("/ws", opens=True)),
)


@contextmanager
def speaking(first, shown):
    """Serve WebSockets that say *first* to whoever shows the token *shown*, and 401 to others."""

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Authorization") == f"Bearer {shown}":
            return None
        return connection.respond(401, "no")

    with serve(lambda socket: socket.send(first), "127.0.0.1", 0, process_request=check) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


def opened(first, port=None):
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    with speaking(first, VALUE) as served:
        results = smoke.run(
            [OPENING], address, edge_port=port or served, secret={"some:TOKEN": VALUE}.get
        )
    return [(result.came, result.fault) for result in results]


def test_a_websocket_is_opened_and_heard():
    """PA-15: with a token; without one it is refused."""
    assert opened("welcome") == [("open", ""), ("401", "a WebSocket is expected to open")]


def limited(*answers):
    """Open the first WebSocket of `OPENING` where one answer after another comes; None opens it."""
    given = list(answers)

    def check(connection: ServerConnection, _: Request) -> Response | None:
        answer = given.pop(0)
        if answer is None:
            return None
        status, after = answer
        response = connection.respond(status, "later")
        if after:
            response.headers["Retry-After"] = after
        return response

    system: Any = SimpleNamespace(name="some", smoke=OPENING.smoke[1:])
    address = [{"system": "some", "url": "https://some.chitty.cc"}]
    with serve(lambda _: None, "127.0.0.1", 0, process_request=check) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (result,) = smoke.run([system], address, edge_port=server.socket.getsockname()[1])
        server.shutdown()
    return (result.came, result.fault), given


def test_a_limit_of_websockets_that_says_when_it_ends_is_waited_for():
    """PA-9: the address that verifies may have opened all that it may in a minute."""
    assert limited((429, "1"), (429, "1"), None) == (("open", ""), [])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((429, "3600"), "; a limit was met that ends in 3600 s"),
        ((429, ""), ""),
        ((503, "1"), ""),
    ],
)
def test_a_limit_of_websockets_that_cannot_be_waited_for_is_a_fault_at_once(answer, said):
    fault = f"a WebSocket is expected to open{said}"

    assert limited(answer, None) == ((str(answer[0]), fault), [None])


def test_a_websocket_that_says_something_else_is_a_fault():
    assert opened("bye")[0] == ("open", "its first message has no welcome")


def test_a_websocket_that_nobody_opens_is_a_fault():
    came = [("nothing: ConnectionRefusedError", "a WebSocket is expected to open")] * 2

    assert opened("welcome", port=9) == came


def test_access_lets_the_requests_pass_by_what_the_door_gives():
    addresses = [{"system": "some", "url": "https://some.chitty.cc", "service_token": "probe"}]
    with answering(GOOD) as (port, asked):
        smoke.run(
            [SYSTEM],
            addresses,
            edge_port=port,
            door=lambda address: {"X-Asked": address["service_token"]},
        )

    assert [of_access for _, _, of_access, _ in asked] == ["probe", "yes"]
