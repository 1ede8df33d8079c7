"""A chain is asked where it leads, with what the system presents, and told link by link."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
from rich.console import Console

from ops.health.chains import Passage, Place, broken, place, table
from systems.chains import Chain, Link

SECRETS = {
    "s:TOKEN": "shared-71",
    "s:TOKENS": json.dumps({"mailer": "own-72"}),
    "s:ID": "id-73",
    "s:SECRET": "half-74",
}


class Server(ThreadingHTTPServer):
    asked: ClassVar[list[dict[str, str]]] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        Server.asked.append(dict(self.headers))
        body = b'{"a": 1}' if self.path == "/json" else b"no JSON"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as serving:
        serving.asked.clear()
        threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True).start()
        yield serving
        serving.shutdown()


def links(settings, asker):
    for path in ("/json", "/text"):
        reply = asker.ask(path)
        yield Link(path, f"{reply.status} {reply.body}", "" if reply.body else f"by {settings}")
    yield Link("others", ", ".join(sorted(asker.others)))


def passage(server, known=None, **changes):
    port = server.server_port if server else 9
    chain = Chain("a secret", "url", "TOKEN", "TOKENS", "ID", "SECRET", links, "Connect token")
    found = SECRETS if known is None else known
    return Passage(
        "s", "settings", chain, Place(f"http://127.0.0.1:{port}", "h.example"), found.get, **changes
    )


def test_every_token_is_asked_with_and_access_is_shown_its_own(server):
    found = list(passage(server).links())
    sent = [(each["Authorization"], each["CF-Access-Client-Id"]) for each in server.asked]

    assert [(whose, link.name) for whose, link in found][::3] == [
        ("", "/json"),
        ("mailer", "/json"),
    ]
    assert sent == [("Bearer shared-71", "id-73")] * 2 + [("Bearer own-72", "id-73")] * 2
    assert {each["Host"] for each in server.asked} == {"h.example"}
    assert found[0][1].came == "200 {'a': 1}"
    assert found[2][1].came == "mailer"
    assert not any(value in str(found) for value in ("71", "72", "half-74"))


def test_one_that_is_tried_is_asked_with_alone(server):
    list(passage(server, only=("", "tried-75")).links())

    assert {each["Authorization"] for each in server.asked} == {"Bearer tried-75"}


def test_half_of_a_service_token_is_not_shown(server):
    list(passage(server, {"s:TOKEN": "shared-71", "s:ID": "id-73", "s:TOKENS": "{"}).links())

    assert not any("CF-Access-Client-Id" in each for each in server.asked)


def test_what_the_program_hands_over_is_presented_where_nothing_is_set(server):
    """OP-5: host and reader of one stack; what somebody has set comes before it."""
    own = {"CF-Access-Client-Id": "id-of-the-stack", "CF-Access-Client-Secret": "its-half"}
    for known in ({"s:TOKEN": "shared-71"}, SECRETS):
        list(passage(server, known, door=lambda: own).links())

    assert [each["CF-Access-Client-Id"] for each in server.asked][::2] == [
        "id-of-the-stack",
        "id-73",
        "id-73",
    ]


@pytest.mark.parametrize(
    ("unreadable", "named"),
    [("s:TOKEN", "Connect token"), ("s:TOKENS", "Connect token"), ("s:SECRET", "Access")],
)
def test_what_cannot_be_read_here_is_said_and_nothing_is_asked(server, unreadable, named):
    """A reference of 1Password is not taken for a token that nobody set, nor sent as one."""
    known = {key: value for key, value in SECRETS.items() if key != unreadable}
    ((_, link),) = passage(server, known, is_set=SECRETS.__contains__).links()

    assert (link.name, server.asked) == (named, [])
    assert link.fault.startswith("not readable here: ")


def test_what_does_not_answer_is_no_traceback():
    found = list(passage(None).links())

    assert found[0][1].came == "0 None"


def test_what_is_broken_is_said_with_whose_it_is(server):
    found = list(passage(server).links())
    shown = Console(width=120, record=True)
    shown.print(table("s", "a secret", found))

    assert broken("s", found) == ["s: /text by settings", "s: /text of mailer by settings"]
    assert "/json of mailer" in shown.export_text()


@pytest.mark.parametrize(
    ("address", "port", "where"),
    [
        ("https://c.example/", None, Place("https://c.example")),
        ("https://c.example", 4400, Place("http://127.0.0.1:4401", "c.example")),
        ("http://c.localhost", 4400, Place("http://127.0.0.1:4400/local/hosts/c.localhost")),
        ("http://127.0.0.1:8080", 4400, Place("http://127.0.0.1:8080")),
    ],
)
def test_where_it_begins_is_where_it_is_reached_from_here(address, port, where):
    assert place(address, api_port=port) == where
