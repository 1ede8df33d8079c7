"""Says in one answer how Connect is: asked by the proxy, by `ops verify` and by monitoring (OP-7).

It runs alone in a container of Python and knows nothing of the project. The images of Connect have
no shell to run a check in, and their `/health` answers 200 whatever is wrong, so both are asked
from outside and what they say of their parts is read.

    LISTEN=10.213.41.5:8090,10.213.43.5:8090
    SERVICES=connect-api=http://connect-api:8080,connect-sync=http://connect-sync:8080
    python3 health_aggregator.py
"""

import json
import os
import signal
import threading
import time
import urllib.request
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple

TIMEOUT_SECONDS = 2
REMEMBERED_SECONDS = 2
"""How long an answer is given again: whoever asks often does not make Connect answer often."""

POLL_SECONDS = 0.5
"""How soon a server notices that it is shut down."""

LARGEST_ANSWER = 65536
OK, WAITING, FAILED = "ok", "waiting", "failed"
STORE = "sqlite"
"""The part of a service without which it has nothing to give."""

ACTIVE, FIRST_REQUEST = "ACTIVE", "TOKEN_NEEDED"
"""What Connect says of a part: that it works, and that it works with the first request."""

NAMES = {"service": "1password-connect"}


class Service(NamedTuple):
    """One of the two: its name and where it answers."""

    name: str
    url: str


class Report(NamedTuple):
    """How all of it is."""

    status: str
    """`healthy`, `waiting` for its first request, `degraded`, or `down` when it gives nothing."""

    version: str
    checks: dict[str, str]
    """`ok`, `waiting` or `failed`, of each service and of each of its parts."""


def judge(services: list[Service]) -> Report:
    """Ask *services*, the one that is asked for credentials first, and say how they are."""
    checks: dict[str, str] = {}
    versions = [_check(service, checks) for service in services]
    return Report(_status(checks, services[0].name), versions[0], checks)


def _check(service: Service, checks: dict[str, str]) -> str:
    """Put into *checks* how *service* is; return its version, "" where it does not say."""
    try:
        _get(f"{service.url}/heartbeat")
        said = json.loads(_get(f"{service.url}/health"))
        parts = {str(part["service"]): str(part["status"]) for part in said["dependencies"]}
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        checks[service.name] = FAILED
        return ""
    checks[service.name] = OK if parts.get(STORE, ACTIVE) == ACTIVE else FAILED
    for name, status in parts.items():
        checks[f"{service.name}/{name}"] = _part(status)
    return str(said.get("version", ""))


def _part(status: str) -> str:
    if status == ACTIVE:
        return OK
    return WAITING if status == FIRST_REQUEST else FAILED


def _status(checks: dict[str, str], first: str) -> str:
    if checks[first] == FAILED:
        return "down"
    if FAILED in checks.values():
        return "degraded"
    return "waiting" if WAITING in checks.values() else "healthy"


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - by LISTEN
        body: bytes = answer.read(LARGEST_ANSWER)
        return body


class Remembered:
    """The last report, and a new one when that is old; whoever asks meanwhile waits for it."""

    def __init__(self, services: list[Service]) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._until = 0.0
        self._report: Report | None = None

    def report(self) -> Report:
        """Return how it is, as of now or of two seconds ago."""
        with self._lock:
            if self._report is None or time.monotonic() > self._until:
                self._report = judge(self._services)
                self._until = time.monotonic() + REMEMBERED_SECONDS
            return self._report


def metrics(report: Report) -> str:
    """Write *report* as Prometheus reads it: 1 works, 0 does not."""
    lines = ["# TYPE onepassword_connect_up gauge"]
    for name, came in report.checks.items():
        service, _, part = name.partition("/")
        labels = f'service="{_label(service)}"' + (f',part="{_label(part)}"' if part else "")
        lines.append(f"onepassword_connect_up{{{labels}}} {int(came != FAILED)}")
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return "".join(each for each in text if each.isalnum() or each in "-_. ")


class Handler(BaseHTTPRequestHandler):
    """Answers `/v1/health` and `/metrics`."""

    remembered: ClassVar[Remembered]
    server_version = "health"
    sys_version = ""
    timeout = 5

    def do_GET(self) -> None:
        if self.path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4", metrics(self.remembered.report()))
        elif self.path.partition("?")[0] == "/v1/health":
            report = self.remembered.report()
            said: dict[str, Any] = {**NAMES, **report._asdict()}
            self._answer(503 if report.status == "down" else 200, "application/json", said)
        else:
            self._answer(404, "application/json", {"status": 404, "message": "nothing is here"})

    def _answer(self, status: int, kind: str, said: str | dict[str, Any]) -> None:
        body = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing of what is asked all day."""


def serve(listen: list[tuple[str, int]], services: list[Service]) -> list[ThreadingHTTPServer]:
    """Answer at each address of *listen*, in threads; return the servers, to be shut down."""
    Handler.remembered = Remembered(services)
    servers = [ThreadingHTTPServer(address, Handler) for address in listen]
    for server in servers:
        poll = (POLL_SECONDS,)
        threading.Thread(target=server.serve_forever, args=poll, daemon=True).start()
    return servers


def main() -> None:
    """Serve until SIGTERM, by what the environment says."""
    listen = [each.rpartition(":") for each in os.environ["LISTEN"].split(",")]
    services = [each.partition("=") for each in os.environ["SERVICES"].split(",")]
    serve(
        [(host, int(port)) for host, _, port in listen],
        [Service(name, url) for name, _, url in services],
    )
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main()
