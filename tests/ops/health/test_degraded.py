"""A service whose dependant is down is not what was deployed and fails (incident 22)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ops.commands import chains, dashboard, verify
from ops.errors import OpsError
from ops.health import probes
from ops.stack import state
from systems.system import Smoke
from tests.ops.health.machine_state import state_of

HEALTHY, DEGRADED = {"registry": "ok", "own": "ok"}, {"registry": "failed", "own": "ok"}
SYSTEM: Any = SimpleNamespace(
    name="some",
    smoke=(
        Smoke("/health", contains='"status":"healthy"', needs=("registry",)),
        Smoke("/listed", needs=("registry",)),
        Smoke("/own"),
    ),
)


class Service(ThreadingHTTPServer):
    """Says of its checks what *health* says, the last for ever, and answers paths as *paths*."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.health = [HEALTHY]
        self.paths = {"/listed": 200, "/own": 200}


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        if self.path == "/health":
            said = self.server.health
            checks = said.pop(0) if len(said) > 1 else said[0]
            status = "degraded" if "failed" in checks.values() else "healthy"
            body = {"status": status, "service": "some", "checks": checks}
            self._say(200, json.dumps(body, separators=(",", ":")))
        else:
            self._say(self.server.paths[self.path], "")

    def _say(self, status: int, body: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Serve what `verify` takes for the whole stack."""
    serving = Service()
    threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
    address = {"system": "some", "url": "https://some.chitty.cc", "check": "/health"}
    monkeypatch.setattr(verify, "check_api", lambda _: None)
    monkeypatch.setattr(verify, "secrets_of", lambda _: lambda _: None)
    monkeypatch.setattr(verify, "systems_of", lambda _: [SYSTEM])
    monkeypatch.setattr(chains, "go_through", lambda *_, **__: [])
    monkeypatch.setattr(dashboard, "reached", lambda *_: [])
    monkeypatch.setattr(state, "resources", lambda _: [])
    monkeypatch.setattr(state, "addresses", lambda _: [address])
    monkeypatch.setattr(probes, "REMEMBERED_SECONDS", 1)
    monkeypatch.setattr(probes, "LOCAL_SECONDS", 1)
    yield serving
    serving.shutdown()
    serving.server_close()


def verified(service: Service, *, strict: bool = False) -> None:
    target = SimpleNamespace(
        local=True, api_port=service.server_port - 1, api="", account="", environment=""
    )
    session: Any = SimpleNamespace(target=target)
    verify.answered(session, strict=strict)


def test_a_dependant_that_is_down_is_a_warning(service: Service, capsys):
    service.health, service.paths["/listed"] = [DEGRADED], 503

    verified(service)

    said = " ".join(capsys.readouterr().out.split())
    assert "degraded: some answers, and goes on without registry" in said
    assert "200 is expected" in said  # it is shown what came, all the same


def test_a_dependant_that_is_down_fails_where_that_is_asked_for(service: Service):
    service.health = [DEGRADED]

    with pytest.raises(OpsError, match="some answers, and goes on without registry"):
        verified(service, strict=True)


def test_what_was_deployed_fails_whoever_else_is_down(service: Service):
    service.health, service.paths["/own"] = [DEGRADED], 500

    with pytest.raises(OpsError, match="not answered as declared: some /own;"):
        verified(service)


def test_a_dependant_that_went_down_since_is_heard_of(service: Service, capsys):
    """Health is remembered for a while: it said healthy, and says otherwise a little later."""
    service.health = [HEALTHY] * 23 + [DEGRADED]
    service.paths["/listed"] = 503

    verified(service)

    assert "goes on without registry" in " ".join(capsys.readouterr().out.split())


def test_a_fault_that_no_dependant_explains_is_one(service: Service):
    service.paths["/listed"] = 503

    with pytest.raises(OpsError, match="not answered as declared: some /listed;"):
        verified(service)


def test_a_broken_link_to_another_stack_is_a_warning_too(service: Service, capsys, monkeypatch):
    """OP-5: it fails where that is asked for alone, for it is not what was deployed."""
    given = []

    def go_through(_, **what):
        given.append(what["resources"])
        return ["some: Access does not let it in"]

    monkeypatch.setattr(chains, "go_through", go_through)
    verified(service)

    assert given == [[]]  # what was read of the state is not read again
    assert "broken: some: Access does not let it in" in capsys.readouterr().out
    with pytest.raises(OpsError, match="some: Access does not let it in"):
        verified(service, strict=True)


def test_a_whole_stack_warns_of_nothing(service: Service, capsys):
    verified(service, strict=False)

    assert "degraded" not in capsys.readouterr().out


def test_containers_that_do_not_stand_as_deployed_fail_whoever_answers(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
):
    """OP-1: with two machines every address answers while one of them is away."""
    resources = state_of(str(tmp_path / "socket"), ["1"])
    monkeypatch.setattr(state, "resources", lambda _: resources)

    with pytest.raises(OpsError, match=r"^not as deployed: no Docker Engine answers at unix://"):
        verified(service)
    assert "some" in capsys.readouterr().out
