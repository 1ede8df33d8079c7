"""A Docker Engine that says what it is told to, at a socket."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any


class FakeEngine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers a GET of each of *paths* with its JSON, all others with 404, and notes a DELETE."""

    daemon_threads = True

    def __init__(self, socket: Path, paths: dict[str, Any]) -> None:
        super().__init__(str(socket), Handler)
        self.address = f"unix://{socket}"
        self.paths = paths
        self.deleted: list[str] = []
        self.connections = 0

    def get_request(self) -> tuple[Any, Any]:
        connection, _ = super().get_request()
        self.connections += 1
        return connection, ("", 0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeEngine

    def do_GET(self) -> None:
        said = self.server.paths.get(self.path)
        status = said if isinstance(said, int) else 404 if said is None else 200
        self._answer(status, json.dumps(said).encode())

    def do_DELETE(self) -> None:
        self.server.deleted.append(self.path)
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@contextmanager
def fake_engine(socket: Path, paths: dict[str, Any]) -> Iterator[FakeEngine]:
    with FakeEngine(socket, paths) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield serving
        serving.shutdown()
