"""What a deployment rests on is asked before it begins; only a registry may be down (ID-5)."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ops.commands.ecosystem import ecosystem as command
from ops.errors import OpsError
from ops.health import ecosystem

VARIABLES = ("GATEWAY_SERVICE", "CHITTYID_SERVICE", "REGISTRY_SERVICE")
HIDDEN = "b0b-71"
WELL = (200, b'{"status":"healthy"}')


class Server(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = {"gateway": [WELL], "id": [WELL], "registry": [WELL]}
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        assert isinstance(self.server, Server)
        _, name, path = self.path.split("/")
        self.server.asked.append(name)
        answers = self.server.answers[name]
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status if path == "health" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(ecosystem, "PAUSE_SECONDS", 0)
    with Server() as serving:
        threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True).start()
        for variable, name in zip(VARIABLES, serving.answers, strict=True):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{serving.server_port}/{name}")
        yield serving
        serving.shutdown()


def test_all_are_asked_and_well(server, capsys):
    command()

    said = capsys.readouterr().out
    assert server.asked == ["gateway", "id", "registry"]
    assert said.count("200 healthy") == 3
    assert "warning" not in said


@pytest.mark.parametrize(
    "answer", [(503, b""), (200, b'{"status":"unhealthy"}'), (302, b""), (404, b"{}")]
)
@pytest.mark.parametrize("name", ["gateway", "id"])
def test_nothing_is_deployed_while_one_that_is_needed_is_down(server, name, answer):
    server.answers[name] = [answer]

    with pytest.raises(OpsError, match=rf"^{name} down; deploy when ops ecosystem finds them well"):
        command()

    assert server.asked.count(name) == ecosystem.TRIES


def test_both_are_named(server):
    server.answers.update(gateway=[(500, b"")], id=[(500, b"")])

    with pytest.raises(OpsError, match=r"^gateway and id down"):
        command()


def test_a_registry_that_is_down_is_a_warning(server, capsys):
    server.answers["registry"] = [(503, b"")]
    command()

    assert "warning: the registry is down" in capsys.readouterr().out


def test_one_that_was_down_for_a_moment_is_well(server):
    server.answers["id"] = [(503, b""), WELL]
    command()

    assert server.asked == ["gateway", "id", "id", "registry"]


def test_one_that_goes_on_without_something_is_well(server, capsys):
    server.answers["id"] = [(200, b'{"status":"degraded"}')]
    command()

    assert "200 degraded" in capsys.readouterr().out


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b'{"status":1}', b"\xff", b'{"status":"[red]"}']
)
def test_what_else_a_service_says_is_not_shown(server, capsys, body):
    server.answers["gateway"] = [(200, body)]
    command()

    assert "red" not in capsys.readouterr().out


@pytest.mark.usefixtures("server")
def test_nobody_at_the_address_is_no_answer(monkeypatch, capsys):
    monkeypatch.setenv("GATEWAY_SERVICE", "http://127.0.0.1:9")

    with pytest.raises(OpsError, match=r"^gateway down"):
        command()

    assert "no answer (ConnectError)" in capsys.readouterr().out


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_address_that_is_not_set_is_said_before_anybody_is_asked(server, monkeypatch, variable):
    monkeypatch.setenv(variable, " ")

    with pytest.raises(OpsError, match=rf"^{variable} is not set: say where the .* answers"):
        command()

    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "gateway.chitty.cc",
        "http://gateway.chitty.cc",
        "ftp://gateway.chitty.cc",
        "https://",
        f"https://a:{HIDDEN}@gateway.chitty.cc",
        f"https://gateway.chitty.cc?key={HIDDEN}",
        "https://gateway.chitty.cc:no",
        "https://[::1",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(server, monkeypatch, address):
    monkeypatch.setenv("GATEWAY_SERVICE", address)

    with pytest.raises(OpsError, match=r"^GATEWAY_SERVICE is no address of a service") as refused:
        command()

    assert HIDDEN not in str(refused.value)
    assert server.asked == []
