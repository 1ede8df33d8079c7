"""Hosts of tunnels are served by this machine's services, as cloudflared serves them (C1-C16)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_UNIX
from socketserver import TCPServer
from threading import Thread

import pytest

from local.records.model import Cloud, Route, TunnelHost
from tests.local.runtime.test_edge import FETCHES
from tests.support_runtime import script, serving

pytestmark = pytest.mark.workerd

ZONE = "example.com"
LAST = {"service": "http_status:404"}


@contextmanager
def origin(family: int = AF_INET, at: str = "") -> Iterator[str]:
    """Serve what the service was asked, at a port or a socket of this machine; give its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            seen = {
                "method": self.command,
                "path": self.path,
                "host": self.headers["host"],
                "forwarded": self.headers.get("x-forwarded-host"),
                "body": self.rfile.read(length).decode(),
            }
            self.send_response(302 if self.path == "/moved" else 200)
            if self.path == "/moved":
                self.send_header("location", "https://elsewhere.example/")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(json.dumps(seen).encode())

        do_GET = do_POST = do_HEAD = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        address_family = family

        def server_bind(self) -> None:
            TCPServer.server_bind(self)

    server = Server(at or ("127.0.0.1", 0), Handler)  # type: ignore[arg-type]
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield at or f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def led(*rules, host="app.example.com") -> Cloud:
    return Cloud(zone_names=(ZONE,), tunnels=(TunnelHost(host, ZONE, (*rules, LAST)),))


def test_a_request_reaches_the_service_as_it_came(start):
    with origin() as service:
        edge = start(led({"hostname": "app.example.com", "service": service}))

        seen = edge.request("POST", "/v1/a%2Fb?q=1&q=2", body="sent").json()

    assert seen == {
        "method": "POST",
        "path": "/v1/a%2Fb?q=1&q=2",  # C14
        "host": "app.example.com",
        "forwarded": None,  # C14
        "body": "sent",
    }


def test_a_service_may_be_asked_for_another_host(start):
    """C14: the visitor's host goes along then, and only then."""
    named = {"originRequest": {"httpHostHeader": "inner.internal"}}
    with origin() as service:
        edge = start(led({"hostname": "app.example.com", "service": service, **named}))

        seen = edge.get("/").json()

    assert (seen["host"], seen["forwarded"]) == ("inner.internal", "app.example.com")


def test_a_service_may_listen_on_a_socket(start, tmp_path):
    """C4."""
    place = tmp_path / "s"
    with origin(AF_UNIX, str(place)):
        edge = start(led({"service": f"unix:{place}"}))

        seen = edge.get("/x").json()

    assert (seen["path"], seen["host"]) == ("/x", "app.example.com")


def test_the_first_rule_that_matches_answers(start):
    with origin() as service:
        rules = [
            {"hostname": "app.example.com", "path": "/api", "service": service},
            {"hostname": "app.example.com", "path": "^/v2/.*[.]json$", "service": service},
            {"hostname": "app.example.com", "path": "(?i)^/LOUD", "service": service},
            {"hostname": "app.example.com", "path": "^/teapot", "service": "http_status:418"},
        ]
        edge = start(led(*rules))
        reached = {
            path: edge.get(path).status
            for path in (
                "/apiary",  # C2: not anchored
                "/v1/api/x",  # C2
                "/API",  # C2: with capitals
                "/x?y=/api",  # C2: not the query
                "/%61pi",  # C2: decoded
                "/v2/x.json",
                "/v2/x.jsonx",
                "/loud",
                "/teapot",
                "/",
            )
        }

    assert reached == {
        "/apiary": 200,
        "/v1/api/x": 200,
        "/API": 404,
        "/x?y=/api": 404,
        "/%61pi": 200,
        "/v2/x.json": 200,
        "/v2/x.jsonx": 404,
        "/loud": 200,
        "/teapot": 418,
        "/": 404,
    }


def test_a_wildcard_is_any_depth_below_and_not_the_domain(start):
    """C1, C7."""
    with origin() as service:
        rules = ({"hostname": "*.in.example.com", "service": service}, LAST)
        hosts = ("*.in.example.com", "in.example.com")
        edge = start(
            Cloud(zone_names=(ZONE,), tunnels=tuple(TunnelHost(h, ZONE, rules) for h in hosts))
        )
        asked = ("a.in.example.com", "a.b.in.example.com", "A.IN.example.com", "in.example.com")

        statuses = [edge.get("/", host=host).status for host in asked]

    assert statuses == [200, 200, 200, 404]


def test_a_status_has_no_header_and_no_body(start):
    """C15."""
    answer = start(led()).get("/")

    assert (answer.status, answer.text) == (404, "")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("rules", "status", "said"),
    [
        ((), 503, "no rule"),  # C15
        (None, 530, "1033"),
        (({"service": "http://127.0.0.1:1"},), 502, "nothing answers"),
        (({"service": "http://192.0.2.1:80"},), 502, "of this machine"),
        (({"service": "http://127.0.0.1.nip.io:80"},), 502, "of this machine"),
        (({"service": "ssh://127.0.0.1:22"},), 502, "no http service"),
        (({"service": "unix+tls:/run/app.sock"},), 502, "no http service"),
        (
            (
                {
                    "service": "http://127.0.0.1:1",
                    "originRequest": {"access": {"required": True, "teamName": "t"}},
                },
            ),
            403,
            "token of Access",
        ),
    ],
)
def test_what_cannot_be_served_says_why(start, rules, status, said):
    edge = start(Cloud(zone_names=(ZONE,), tunnels=(TunnelHost("app.example.com", ZONE, rules),)))

    answer = edge.get("/")

    assert (answer.status, said in answer.text) == (status, True)


def test_a_redirect_of_the_service_is_the_visitors_to_follow(start):
    with origin() as service:
        edge = start(led({"service": service}))

        answer = edge.get("/moved")

    assert (answer.status, answer.headers["location"]) == (302, "https://elsewhere.example/")


def test_a_worker_goes_before_a_tunnel_and_reaches_it(start, tmp_path):
    """A route answers first; behind it the worker's own fetch() meets the tunnel."""
    worker = script(tmp_path, FETCHES)
    routes = (
        Route("app.example.com/w*", "app", "route", ZONE),
        Route("app.example.com/free/*", None, "route", ZONE),
    )
    with origin() as service:
        tunnels = (TunnelHost("app.example.com", ZONE, ({"service": service},)),)
        edge = start(Cloud((worker,), routes, zone_names=(ZONE,), tunnels=tunnels))

        through = edge.get("/w?to=https://app.example.com/inner")
        free = edge.get("/free/x")

    assert through.json()["path"] == "/inner"
    assert free.json()["path"] == "/free/x"


def test_a_worker_reaches_every_host_of_a_wildcard(start, tmp_path):
    with origin() as service:
        wide = TunnelHost("*.in.example.com", ZONE, ({"service": service},))
        edge = start(serving(script(tmp_path, FETCHES), zone_names=(ZONE,), tunnels=(wide,)))

        through = edge.get("/?to=https://a.b.in.example.com/inner")

    assert (through.json()["path"], through.json()["host"]) == ("/inner", "a.b.in.example.com")


def test_a_change_of_rules_ends_nothing_that_runs(start, tmp_path):
    with origin() as service:
        known = TunnelHost("known.example.com", ZONE, ({"service": service},))
        edge = start(serving(script(tmp_path, FETCHES), zone_names=(ZONE,), tunnels=(known,)))
        process = edge.runtime.status()["pid"]
        host = TunnelHost("t.example.com", ZONE, ({"service": service},))
        assert edge.get("/", host="t.example.com").status == 530

        edge.apply(serving(script(tmp_path, FETCHES), zone_names=(ZONE,), tunnels=(known, host)))

        assert edge.get("/", host="t.example.com").status == 200
        through = edge.get("/?to=https://t.example.com/inner")
        assert through.json()["path"] == "/inner"
        assert edge.runtime.status()["pid"] == process
