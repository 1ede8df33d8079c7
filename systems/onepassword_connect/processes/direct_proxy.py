"""The way to Connect where there is no nginx: the same paths, without cache and limit."""

import http.client
import json
import socketserver
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import AF_UNIX
from typing import ClassVar

HEALTH = "/v1/health"
LED = ("/v1/", "/heartbeat")
"""What paths begin with that are Connect's to answer."""

SECONDS = 15
NOT_HERE = {"status": 404, "message": "there is nothing here"}
AWAY = {"status": 503, "message": "nothing behind the proxy answers"}
OWN = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)
"""Headers of a connection, and not of what is sent by it."""


class Server(ThreadingHTTPServer):
    """Listens at a path."""

    address_family = AF_UNIX
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind; the name of the host, which HTTP servers look up, is none."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0


class Handler(BaseHTTPRequestHandler):
    """Leads requests on."""

    connect: ClassVar[str]
    health: ClassVar[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == HEALTH:
            self._lead(self.health, body)
        elif path.startswith(LED):
            self._lead(self.connect, body)
        else:
            self._answer(404, [], json.dumps(NOT_HERE).encode())

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815

    def _lead(self, to: str, body: bytes) -> None:
        sent = {n: v for n, v in self.headers.items() if n.lower() not in OWN}
        there = http.client.HTTPConnection(to, timeout=SECONDS)
        try:
            there.request(self.command, self.path, body or None, sent)
            answer = there.getresponse()
            self._answer(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException):
            self._answer(503, [], json.dumps(AWAY).encode())
        finally:
            there.close()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers or [("Content-Type", "application/json")]:
            if name.lower() not in OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: titles of items stand in queries."""


def run(listen: Path, connect: str, health: str, ready: Callable[[], None]) -> int:
    """Answer at *listen* until the input ends; call *ready* before."""
    listen.unlink(missing_ok=True)
    Handler.connect, Handler.health = connect, health
    with Server(str(listen), Handler) as server:  # type: ignore[arg-type]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ready()
        sys.stdin.buffer.read()
        server.shutdown()
    return 0
