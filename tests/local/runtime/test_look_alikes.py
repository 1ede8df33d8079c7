"""Hosts of the world that have a look-alike on this machine: workers reach it, never the host."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support_runtime import HOST, eventually, script, serving

pytestmark = pytest.mark.workerd

THERE = "api.example.net"
FORWARDS = """export default { async fetch(request) {
  const url = new URL(request.url);
  const to = `https://api.example.net/v1${url.pathname}${url.search}`;
  return fetch(to, new Request(to, request))
    .catch((error) => new Response(error.message, { status: 599 }));
} }"""


@contextmanager
def look_alike() -> Iterator[tuple[int, threading.Event]]:
    """Serve what was asked in parts: the second follows when the event is set."""
    go_on = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("asked-for", self.headers["x-forwarded-host"])
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self._part(f"{self.path}\n".encode())
            go_on.wait(60)
            self._part(body)
            self.wfile.write(b"0\r\n\r\n")

        def _part(self, part: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], go_on
        go_on.set()
        server.shutdown()


def test_a_worker_reaches_the_look_alike_of_a_host_and_streams_pass(start, tmp_path):
    with look_alike() as (port, go_on):
        place = {THERE: f"http://127.0.0.1:{port}/stands/for"}
        edge = start(serving(script(tmp_path, FORWARDS)), look_alikes=place)
        with edge.stream("POST", "/messages?beta=1", host=HOST, body="said") as answer:
            first = answer.readline()
            go_on.set()
            rest = answer.read()

        assert answer.headers["asked-for"] == THERE
        assert (first, rest) == (b"/stands/for/v1/messages?beta=1\n", b"said")


def test_a_look_alike_that_does_not_answer_is_named_in_the_log(start, tmp_path):
    with look_alike() as (port, _):
        pass
    edge = start(
        serving(script(tmp_path, FORWARDS)), look_alikes={THERE: f"http://127.0.0.1:{port}"}
    )
    told = edge.get("/")

    assert told.status == 599
    assert told.text == (
        f"fetch() could not reach https://{THERE}:443, which is http://127.0.0.1:{port} here: "
        "nothing listens there, or it broke off"
    )
    eventually(lambda: [e["message"] for e in edge.runtime.logs(worker="app")], [told.text])
