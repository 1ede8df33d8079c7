"""A receiver of webhooks on this machine: it keeps what it is sent, and answers as it is told."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[Any], int]
"""Gives the status for a body."""


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Receiver:
    """What came in at *port*; *answer* gives the status, after *pause* seconds."""

    port: int
    answer: Answer
    pause: float = 0
    location: str = ""
    requests: list[Received] = field(default_factory=list)

    @property
    def bodies(self) -> list[Any]:
        return [each.body for each in self.requests]


@contextmanager
def receiver(answer: Answer = lambda _: 200) -> Iterator[Receiver]:
    """Serve on a free port until the context ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    kept = Receiver(server.server_address[1], answer)
    server.receiver = kept
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        assert isinstance(self.server, _Server)
        kept = self.server.receiver
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        kept.requests.append(Received(self.path, headers, body))
        time.sleep(kept.pause)
        self.send_response(kept.answer(body))
        if kept.location:
            self.send_header("location", kept.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""
