"""What the edge makes of a request, and which worker gets it."""

import gzip
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TextIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.json_types import Json
from local.records.model import Route
from local.runtime.edge.kind import in_order
from local.runtime.edge.loopback import declared
from planning.refusals import RefusedError
from planning.routes import parse_route
from planning.zones import zone_of
from tests.support_runtime import HOST, eventually, script, serving

pytestmark = pytest.mark.workerd

ECHO = """export default { fetch(request) {
  const headers = Object.fromEntries(request.headers);
  return Response.json({ url: request.url, method: request.method, headers, cf: request.cf });
} }"""
Find = Callable[[list[Route], list[tuple[str, str]]], list[str | None]]
ZONES = ("example.com", "ex.com", "b.ex.com")
ENTRY = Path("local/runtime/edge/entry").resolve()
FORGED = {
    "CF-Connecting-IP": "6.6.6.6",
    "CF-Ray": "forged",
    "Cf-Access-Jwt-Assertion": "forged",
    "True-Client-IP": "6.6.6.6",
    "X-Real-IP": "6.6.6.6",
}


def test_a_worker_sees_the_request_as_in_production(start, tmp_path):
    edge = start(serving(script(tmp_path, ECHO)))
    local = f"{HOST}.localhost:{edge.runtime.edge_port}"
    seen = edge.request("PUT", "/a%20b?q=1&q=2", host=local, body="x", headers=FORGED).json()

    assert seen["url"] == f"https://{HOST}/a%20b?q=1&q=2"
    assert seen["method"] == "PUT"
    assert seen["headers"]["host"] == HOST
    assert seen["headers"]["cf-connecting-ip"] == "127.0.0.1"
    assert seen["headers"]["x-real-ip"] == "127.0.0.1"
    assert seen["headers"]["x-forwarded-proto"] == "https"
    assert json.loads(seen["headers"]["cf-visitor"]) == {"scheme": "https"}
    assert seen["headers"]["cf-ray"] != "forged"
    assert len(seen["headers"]["cf-ray"]) == len("0123456789abcdef-LOC")
    assert not {"cf-access-jwt-assertion", "true-client-ip"} & seen["headers"].keys()
    assert seen["cf"]["colo"] == "LOC"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="127.0.0.2 has to be set up there")
def test_clients_are_told_apart_by_the_loopback_address_they_come_from(start, tmp_path):
    edge = start(serving(script(tmp_path, ECHO)))
    headers = {"Host": HOST, **FORGED}

    def seen(address: str) -> Json:
        peer = (address, 0)
        port = edge.runtime.edge_port
        with closing(http.client.HTTPConnection("127.0.0.1", port, 30, peer)) as connection:
            connection.request("POST", "/a?q=1", body="x", headers=headers)
            return cast("Json", json.loads(connection.getresponse().read()))

    for address in ("127.0.0.1", "127.0.0.2", "127.0.3.200"):
        told = seen(address)
        names = ("cf-connecting-ip", "x-real-ip", "x-forwarded-for")
        assert {told["headers"][name] for name in names} == {address}
        assert (told["method"], told["url"]) == ("POST", f"https://{HOST}/a?q=1")
        assert told["cf"]["colo"] == "LOC"


BODIES = [
    ("GET", b"", ""),
    ("GET", b"asked with a body", "asked with a body"),
    ("HEAD", b"", ""),
    ("DELETE", b"x", "x"),
    ("POST", b"x" * 100_000, "x" * 100_000),
]


@pytest.mark.parametrize("host", [HOST, f"{HOST}.localhost"])
def test_every_method_passes_with_and_without_a_body(start, tmp_path, host):
    source = """export default { async fetch(request) {
      const said = { method: request.method, length: request.headers.get("content-length") };
      return new Response(await request.text(), { headers: { said: JSON.stringify(said) } });
    } }"""
    edge = start(serving(script(tmp_path, source)))
    for method, body, seen in BODIES:
        answer = edge.request(method, "/", host=host, body=body)

        assert (method, answer.status) == (method, 200)
        assert json.loads(answer.headers["said"]) == {"method": method, "length": str(len(body))}
        assert answer.text == seen


def test_a_redirect_to_a_host_of_ours_stays_local_for_a_local_name(start, tmp_path):
    source = """export default { fetch(request) {
      return Response.redirect(new URL(request.url).searchParams.get("to")) } }"""
    edge = start(serving(script(tmp_path, source)))
    local = f"{HOST}.localhost:{edge.runtime.edge_port}"
    ours = f"/?to=https://{HOST}/next%3Fa=1"

    assert edge.get(ours).headers["location"] == f"https://{HOST}/next?a=1"
    assert edge.get(ours, host=local).headers["location"] == f"http://{local}/next?a=1"
    elsewhere = edge.get("/?to=https://elsewhere.example/", host=local)
    assert elsewhere.headers["location"] == "https://elsewhere.example/"


def test_compressed_and_streamed_answers_pass(start, tmp_path):
    source = """export default { fetch(request) {
      if (request.url.endsWith("/gzip")) {
        return new Response("x".repeat(1000), { headers: { "content-encoding": "gzip" } });
      }
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const send = async () => {
        for (const n of [1, 2, 3]) {
          await writer.write(new TextEncoder().encode(`data: ${n}\\n\\n`));
          await new Promise((done) => setTimeout(done, 300));
        }
        await writer.close();
      };
      send();
      return new Response(readable, { headers: { "content-type": "text/event-stream" } });
    } }"""
    edge = start(serving(script(tmp_path, source)))
    zipped = edge.get("/gzip", headers={"Accept-Encoding": "gzip"})
    connection = http.client.HTTPConnection("127.0.0.1", edge.runtime.edge_port, timeout=30)
    connection.request("GET", "/events", headers={"Host": HOST})
    answer = connection.getresponse()
    first, began = answer.readline(), time.monotonic()
    rest, waited = answer.read(), time.monotonic() - began
    connection.close()

    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == b"x" * 1000
    assert (first, rest) == (b"data: 1\n", b"\ndata: 2\n\ndata: 3\n\n")
    assert waited > 0.4


def test_a_host_without_a_worker_is_said_so(start, tmp_path):
    edge = start(serving(script(tmp_path, ECHO)))
    answer = edge.get("/", host="other.example.com")

    assert (answer.status, answer.text.splitlines()[0]) == (530, "error code: 1016")


def test_workers_reach_each_other_by_host_but_no_private_address(start, tmp_path):
    source = """export default { async fetch(request) {
      const to = new URL(request.url).searchParams.get("to");
      const answer = await fetch(to).catch((error) => new Response(error.message, { status: 599 }));
      return new Response(await answer.text(), { status: answer.status });
    } }"""
    other = script(tmp_path, ECHO, "other")
    routes = (Route(HOST, "app", "domain"), Route("other.example.com", "other", "domain"))
    edge = start(serving(script(tmp_path, source), other, routes=routes))
    answer = edge.get("/?to=https://other.example.com/x")

    assert answer.json()["url"] == "https://other.example.com/x"
    assert edge.get("/?to=http://127.0.0.1:1/").status == 599
    s3 = edge.get(f"/?to={edge.s3_url}/bucket/key")
    assert s3.status in {400, 401, 403}
    assert "<Code>" in s3.text


FETCHES = """export default { async fetch(request) {
  const to = new URL(request.url).searchParams.get("to");
  const answer = await fetch(to).catch((error) => new Response(error.message, { status: 599 }));
  return new Response(await answer.text(), { status: answer.status });
} }"""


@contextmanager
def listening() -> Iterator[int]:
    """Serve "here" on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def variable(text: str, kind: str = "plain_text") -> tuple[Json, ...]:
    return ({"type": kind, "name": "ADDRESS", "text": text},)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_w18_a_worker_reaches_the_addresses_of_this_machine_in_its_variables(start, tmp_path, host):
    with listening() as port:
        there = f"http://{host}:{port}"
        bound = script(tmp_path, FETCHES, bindings=variable(f"{there}/some/path"))
        other = script(tmp_path, FETCHES, "other", bindings=variable(there, "secret_text"))
        routes = (Route(HOST, "app", "domain"), Route("other.example.com", "other", "domain"))
        edge = start(serving(bound, other, routes=routes))
        answer = edge.get(f"/?to={there}/x")
        refused = edge.get(f"/?to={there}/x", host="other.example.com")

        assert (answer.status, answer.text) == (200, "here")
        assert refused.status == 599
        assert "no plain-text variable of worker other has that address" in refused.text


def test_w18_what_a_worker_cannot_reach_is_in_its_log_by_name(start, tmp_path):
    bound = script(tmp_path, FETCHES, bindings=variable("http://127.0.0.1:1"))
    edge = start(serving(bound))
    asked = ("http://127.0.0.1:1/", "http://127.0.0.1:2/", "http://no-such-host.invalid/")
    told = [edge.get(f"/?to={each}").text for each in asked]

    eventually(lambda: len(edge.runtime.logs(worker="app")), 3)
    lines = [entry["message"] for entry in edge.runtime.logs(worker="app")]
    assert lines == told
    assert [line.partition(": ")[0] for line in lines] == [
        "fetch() could not reach http://127.0.0.1:1",
        "fetch() could not reach http://127.0.0.1:2",
        "fetch() could not reach http://no-such-host.invalid:80",
    ]
    assert "nothing listens there" in lines[0]
    assert "it is on this machine" in lines[1]
    assert "it does not resolve" in lines[2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://127.0.0.1:8080/v1", ["127.0.0.1:8080"]),
        ("https://localhost", ["localhost:443"]),
        (" http://[::1]:81 ", ["[::1]:81"]),
        ("http://127.9.8.7", ["127.9.8.7:80"]),
        ("http://10.0.0.1:8080", []),
        ("http://127.0.0.1.example.com", []),
        ("http://localhost:notaport", []),
        ("ftp://127.0.0.1", []),
        ("127.0.0.1:8080", []),
        ("", []),
    ],
)
def test_what_a_variable_declares(tmp_path, text, found):
    assert declared(script(tmp_path, FETCHES, bindings=variable(text))) == found


def test_a_route_goes_before_the_domain_it_is_in_front_of(start, tmp_path):
    front = script(
        tmp_path,
        """export default { async fetch(request) {
          const behind = await fetch(request);
          return new Response("front of " + await behind.text());
        } }""",
        "front",
    )
    behind = script(tmp_path, "export default { fetch: () => new Response('app') }", "behind")
    routes = (Route(HOST, "behind", "domain"), Route(f"{HOST}/api/*", "front", "route"))
    edge = start(serving(front, behind, routes=routes))

    assert edge.get("/api/x").text == "front of app"
    assert edge.get("/").text == "app"
    everywhere = Route("*.example.com/*", "front", "route")
    edge.apply(serving(front, behind, routes=(routes[0], everywhere)))
    assert edge.get("/").text == "front of app"


@pytest.fixture(scope="module", name="find")
def matcher() -> Iterator[Find]:
    """Say which pattern the edge's own matcher chooses for every (host, path), run by Node."""
    code = f"""import {{ Router }} from "{ENTRY}/routes.mjs";
    import {{ createInterface }} from "node:readline";
    for await (const line of createInterface({{ input: process.stdin }})) {{
      const [routes, zones, urls] = JSON.parse(line);
      const router = new Router(routes, zones);
      const found = urls.map(([host, path]) => router.find(host, path)?.pattern ?? null);
      console.log(JSON.stringify(found));
    }}"""
    command = ["node", "--input-type=module", "-e", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        questions, answers = cast("TextIO", process.stdin), cast("TextIO", process.stdout)

        def find(routes: list[Route], urls: list[tuple[str, str]]) -> list[str | None]:
            print(json.dumps([in_order(routes), ZONES, urls]), file=questions, flush=True)
            return list(json.loads(answers.readline()))

        yield find


def route(pattern: str, zone: str = "") -> Route:
    return Route(pattern, "w", "route", zone)


DOCUMENTED = [
    # Cloudflare's own examples: pattern, host, path, whether it matches
    ("*example.com/", "example.com", "/", True),
    ("*example.com/", "www.example.com", "/", True),
    ("*.example.com/", "www.example.com", "/", True),
    ("*.example.com/", "example.com", "/", False),
    ("*example.com/*", "myexample.com", "/", True),
    ("*.example.com/*", "myexample.com", "/", False),
    ("*example.com/*", "not-example.org", "/", False),
    ("example.com", "example.com", "/", True),
    ("example.com", "example.com", "/x", False),
    ("https://example.com/path*", "example.com", "/path", True),
    ("https://example.com/path*", "example.com", "/path2", True),
    ("https://example.com/path*", "example.com", "/path/readme.txt", True),
    ("http://example.com/*", "example.com", "/", False),
    ("example.com/images/cat.png", "example.com", "/images/cat.png?foo=bar", False),
    ("example.com/Images/*", "example.com", "/images/x", False),
    ("Example.com/*", "example.com", "/x", True),
]


@pytest.mark.parametrize(("pattern", "host", "path", "matches"), DOCUMENTED)
def test_patterns_match_as_documented(find, pattern, host, path, matches):
    assert find([route(pattern)], [(host, path)]) == [pattern if matches else None]


MOST_SPECIFIC = [
    (["*.example.com/*", "www.example.com/*"], "www.example.com", "/", "www.example.com/*"),
    (["example.com/*", "example.com/hello/*"], "example.com", "/hello/x", "example.com/hello/*"),
    (["*.example.com/a", "a.example.com/*"], "a.example.com", "/a", "a.example.com/*"),
    (["example.com/i/*", "example.com/i*"], "example.com", "/i/h", "example.com/i*"),
    (["*example.com/*", "*.example.com/*"], "www.example.com", "/", "*.example.com/*"),
    (["example.com/a*", "example.com/a"], "example.com", "/a", "example.com/a"),
    (["*/*", "*example.com/*"], "www.example.com", "/", "*example.com/*"),
    (["*/a/*", "*.example.com/*"], "www.example.com", "/a/b", "*.example.com/*"),
    (["example.com/*", "https://example.com/*"], "example.com", "/", "https://example.com/*"),
    (["*/*", "*/a*"], "example.com", "/a", "*/a*"),
    (["http://example.com/*", "*/*"], "example.com", "/", "*/*"),
]


@pytest.mark.parametrize(("patterns", "host", "path", "winner"), MOST_SPECIFIC)
def test_the_most_specific_pattern_wins_in_any_order(find, patterns, host, path, winner):
    routes = [route(pattern) for pattern in patterns]

    assert find(routes, [(host, path)]) == find(routes[::-1], [(host, path)]) == [winner]


def test_a_route_without_a_worker_keeps_workers_away(start, tmp_path):
    routes = (
        Route("*app.example.com/images/cat.png", None, "route"),
        Route("*app.example.com/images/*", "app", "route"),
    )
    edge = start(serving(script(tmp_path, ECHO), routes=routes))

    assert edge.get("/images/dog.png").status == 200
    assert edge.get("/images/cat.png").status == 530
    assert edge.get("/images/cat.png?foo=bar").status == 200


def test_every_host_is_every_host_of_the_zone_and_of_none(find):
    """workers-sdk#2094: `*/*` is every host of a zone, and custom hostnames."""
    urls = [(host, "/x") for host in ("ex.com", "a.ex.com", "b.ex.com", "shop.customer.org")]

    assert find([route("*/*", "ex.com")], urls) == ["*/*", "*/*", None, "*/*"]
    assert find([route("*/*", "b.ex.com")], urls) == [None, None, "*/*", "*/*"]


LABEL = st.sampled_from(["a", "b", "www", "x"])
ENDS = st.sampled_from(["ex.com", "ex.com.org"])
HOSTS = st.builds(lambda parts, end: ".".join([*parts, end]), st.lists(LABEL, max_size=2), ENDS)
PATHS = st.lists(LABEL, max_size=3).map(lambda parts: "/" + "/".join(parts))
PATTERNS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "", "https://", "http://"]),
    st.sampled_from(["", "*", "*."]),
    HOSTS,
    PATHS,
    st.sampled_from(["", "*"]),
) | st.builds("{}*{}*".format, st.sampled_from(["", "https://"]), PATHS)
STANDING = st.builds(Route, PATTERNS, st.just("w"), st.just("route"), st.sampled_from(ZONES))


def enters(host: str, zone: str) -> bool:
    """Say whether requests to *host* come to *zone*: one of no zone is a custom hostname of any."""
    try:
        return zone_of(host, ZONES) == zone
    except RefusedError:
        return True


def answering(routes: list[Route], host: str, path: str) -> list[str]:
    """Name the patterns that answer, by planning's reading, the most specific first."""
    fitting = [
        (parse_route(each.pattern).rank, each.zone, each.pattern)
        for each in routes
        if parse_route(each.pattern).matches("https", host, path) and enters(host, each.zone)
    ]
    return [pattern for _, _, pattern in sorted(fitting)]


SETS = st.lists(STANDING, min_size=1, max_size=6, unique=True)
URLS = st.lists(st.tuples(HOSTS, PATHS), min_size=10, max_size=40)


@given(routes=SETS, urls=URLS)
@settings(max_examples=200, deadline=None)
def test_the_edge_finds_what_planning_finds(find, routes, urls):
    """FW-1: the configuration, the API and the edge read a pattern alike, in each zone."""
    found = find(routes, urls)

    assert found == [next(iter(answering(routes, *url)), None) for url in urls]


@given(routes=SETS, urls=URLS)
@settings(max_examples=200, deadline=None)
def test_what_is_found_is_the_same_in_any_order(find, routes, urls):
    assert find(routes, urls) == find(routes[::-1], urls)


def test_a_pattern_of_older_records_that_is_none_matches_nothing(find):
    with pytest.raises(RefusedError):
        parse_route("a..example.com/*")

    assert find([route("a..example.com/*")], [("a..example.com", "/")]) == [None]
