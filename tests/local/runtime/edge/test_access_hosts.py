"""What Access guards is not reached by another name of it (OP-5, incident 20)."""

import json
import socket
from typing import Any

import pytest

from local.records.model import Cloud, Preview, Route
from tests.local.runtime.edge.guarded import ADA, ECHO, ZONE, application, behind, policy
from tests.support_runtime import HOST, script

pytestmark = pytest.mark.workerd

FETCHES = """export default { async fetch(request) {
  return fetch(new URL(request.url).searchParams.get("to"));
} }"""
VERSION = "app@11111111-1111-4111-8111-111111111111"
PREVIEW = "11111111-app.local.workers.dev"

OTHER_NAMES = [
    "x@app.example.com",
    "%61pp.example.com",
    "\uff41pp.example.com",
    "ap\u00adp.example.com",
    "ap\tp.example.com",
    "app.example.com#.example.com",
    "app.example.com?.example.com",
    "app.example.com\\.example.com",
    "app.example.com.",
    "APP.example.com:80",
]


def test_a_host_is_not_passed_by_another_spelling_of_it(start, tmp_path):
    """A wildcard route takes them, and a worker's URL has the guarded host again."""
    every = Route("*.example.com/*", "app", "route", ZONE)
    cloud = Cloud((script(tmp_path, ECHO),), (every,), zone_names=(ZONE,))
    edge = start(behind(cloud, application(policy("allow", ADA))))
    port = edge.runtime.edge_port

    answers = {host: asked(port, host) for host in OTHER_NAMES}

    assert asked(port, "free.example.com")[0] == 200
    reached = [host for host, (_, text) in answers.items() if f"https://{HOST}" in text]
    assert reached == []
    assert {status for status, _ in answers.values()} == {400, 403}


def asked(port: int, host: str) -> tuple[int, str]:
    """Ask for *host* as no client library would write it."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        head = f"GET /a HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        found = b"".join(iter(lambda: connection.recv(65536), b""))
    line, _, rest = found.decode(errors="replace").partition("\r\n")
    return int(line.split(" ")[1]), rest


@pytest.mark.parametrize("path", ["/x%ff/..%2fadmin", "/%c3/%2e%2e%2fadmin"])
def test_a_path_that_is_no_text_has_two_meanings_too(start, tmp_path, path):
    route = Route(HOST, "app", "domain", ZONE)
    cloud = Cloud((script(tmp_path, ECHO),), (route,), zone_names=(ZONE,))
    edge = start(behind(cloud, application(policy("allow", ADA), places=[f"{HOST}/admin"])))

    assert edge.get("/x%ff/free").status == 200
    assert edge.get(path).status == 400


def test_previews_of_a_worker_have_a_guard(start, tmp_path):
    routes = (Route(HOST, "app", "domain", ZONE),)
    main = script(tmp_path, ECHO)
    new = script(tmp_path, ECHO, VERSION, version=VERSION.partition("@")[2])
    previews = (Preview(PREVIEW, VERSION, VERSION),)
    cloud = Cloud((main, new), routes, previews=previews, zone_names=(ZONE,))
    found = []
    edge = start(cloud)
    guards: tuple[dict[str, Any], ...] = (
        {"workers": ["app"], "previews": ["app"]},
        {"previews": ["app"]},
        {"workers": ["app"]},
    )
    for guard in guards:
        edge.apply(behind(cloud, application(policy("allow", ADA), places=[], **guard)))
        found.append([edge.get("/", host=host).status for host in (HOST, PREVIEW)])

    assert found == [[403, 403], [200, 403], [403, 200]]


def test_a_worker_behind_the_route_of_another_keeps_its_guard(start, tmp_path):
    """A worker's own fetch passes routes by: who answers it then is who has to be asked about."""
    workers = [script(tmp_path, FETCHES, "caller"), script(tmp_path, ECHO, "behind")]
    routes = (
        Route(HOST, "caller", "domain", ZONE),
        Route("in.example.com", "behind", "domain", ZONE),
        Route("in.example.com/*", "caller", "route", ZONE),
    )
    cloud = Cloud(tuple(workers), routes, zone_names=(ZONE,))
    edge = start(behind(cloud, application(policy("allow", ADA), places=[], workers=["behind"])))

    answer = edge.get("/?to=https://in.example.com/")

    assert answer.status == 403, answer.text
    assert json.loads(answer.text)["message"].startswith("Access")
