"""A server in the place of the API that is not it, or not always."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from tests.ops.clone import ACCOUNT

Answer = tuple[int, str, str]
"""Status, media type and body."""

HTML = "<html><body>Not found</body></html>"


def envelope(status: int, *, success: bool, result: Any = None, code: int = 0) -> Answer:
    """Make an answer of API v4."""
    errors = [{"code": code, "message": "no"}] if code else []
    body = {"success": success, "errors": errors, "messages": [], "result": result}
    return status, "application/json", json.dumps(body)


def gone(_path: str) -> Answer:
    """Answer 404 to everything, in the words of the API."""
    return envelope(404, success=False, code=7003)


def page(_path: str) -> Answer:
    """Answer everything as a proxy does that knows nothing of it."""
    return 404, "text/html", HTML


def portal(_path: str) -> Answer:
    """Answer everything as a portal does that wants a log-in first."""
    return 200, "text/html", HTML


def other_account(path: str) -> Answer:
    """Answer for another account than the one that is asked for."""
    asked = path.endswith(f"/accounts/{ACCOUNT}")
    return envelope(200, success=True, result={"id": "f" * 32} if asked else None)


def unsuccessful(_path: str) -> Answer:
    """Answer 200, and that it was no success."""
    return envelope(200, success=False)


def lost(fault: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Be the API of the account, but answer with *fault* for all that is in it."""

    def answer(path: str) -> Answer:
        if path.endswith(f"/accounts/{ACCOUNT}"):
            return envelope(200, success=True, result={"id": ACCOUNT})
        return fault(path)

    return answer


@contextmanager
def serving(port: int, answer: Callable[[str], Answer]) -> Iterator[None]:
    """Serve *answer* at *port* for a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, media_type, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
