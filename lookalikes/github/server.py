"""Serves a repository on loopback; who asks needs a token that it knows, with the right scope."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lookalikes.github.answers import InvalidError, answer
from lookalikes.github.repository import Repository
from lookalikes.github.scopes import is_allowed

HOST = "127.0.0.1"


def server_of(repository: Repository, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of *repository*, which is told where it answers. Default: any free port."""
    served = ThreadingHTTPServer((HOST, port), _handler(repository))
    repository.api = f"http://{HOST}:{served.server_port}"
    return served


@contextmanager
def serving(repository: Repository) -> Iterator[Repository]:
    """Serve *repository* as long as this lasts."""
    served = server_of(repository)
    thread = threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield repository
    finally:
        served.shutdown()
        served.server_close()
        thread.join()


def respond(of: Repository, method: str, target: str, token: str, sent: bytes) -> tuple[int, Any]:
    """Return the status and the body with which a request is answered."""
    url = urlsplit(target)
    of.asked.append(f"{method} {url.path}")
    path = url.path.removeprefix(f"/repos/{of.name}")
    given = of.tokens.get(token)
    if given is None:
        return 401, {"message": "Bad credentials"}
    if of.moved:
        return 301, {"message": "Moved Permanently"}
    if not is_allowed(given, method, path):
        return 403, {"message": "Resource not accessible by integration"}
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    try:
        found = answer(of, method, path, query, json.loads(sent) if sent else None)
    except InvalidError as error:
        return 422, {"message": str(error)}
    if found is None:
        return 404, {"message": "Not Found"}
    return 201 if method == "POST" else 200, found


def _handler(of: Repository) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
            status, body = respond(of, self.command, self.path, token, sent)
            self.send_response(status)
            if of.moved:
                self.send_header("Location", f"{of.api}/elsewhere")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = do_PATCH = _do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
