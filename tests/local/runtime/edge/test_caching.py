"""Cache rules on the real runtime, and the header of a zone's HSTS: what is kept, and for whom.

Incidents 4 and 5: the same small inputs with which visitors got what was another's.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.records.model import Cloud, Route, Ruleset, TunnelHost
from tests.support_runtime import HOST, script, serving

pytestmark = pytest.mark.workerd

ZONE = "example.com"
CACHE = "http_request_cache_settings"
HOUR = {"mode": "override_origin", "default": 3600}
OWN = {"mode": "respect_origin"}


@contextmanager
def origin() -> Iterator[str]:
    """Serve numbered answers, with the headers that the query asks for; give the address."""
    numbers = count(1)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            said = dict(parse_qsl(urlsplit(self.path).query))
            body = f"answer {next(numbers)}".encode()
            self.send_response(int(said.pop("status", "200")))
            for name, value in said.items():
                if name in {"cache-control", "set-cookie", "content-encoding"}:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_HEAD = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def rule(expression="true", number=1, **parameters):
    return {
        "id": f"r{number}",
        "expression": expression,
        "action": "set_cache_settings",
        "action_parameters": parameters,
    }


def cached(service, *rules) -> Cloud:
    tunnel = TunnelHost(HOST, ZONE, ({"service": service},))
    rulesets = (Ruleset(ZONE, CACHE, rules),)
    return Cloud(zone_names=(ZONE, "other.com"), tunnels=(tunnel,), rulesets=rulesets)


def status(answer):
    return answer.headers["cf-cache-status"]


def settled(edge, path, **sent):
    """Ask once, and again until it comes out of the store; give both answers."""
    first = edge.request("GET", path, **sent)
    for _ in range(50):
        time.sleep(0.1)  # it is written after the answer is on its way
        again = edge.request("GET", path, **sent)
        if status(again) == "HIT":
            return first, again
    raise AssertionError(f"{path} is never kept")


def numbers(edge, path, **sent):
    """Ask three times, slowly enough that a store would have it; give what was answered."""
    answers = []
    for _ in range(3):
        answers.append(edge.request("GET", path, **sent).text)
        time.sleep(0.2)
    return answers


def test_an_answer_is_kept_for_as_long_as_the_rule_says(start):
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR)))
        first, again = settled(edge, "/a?x=1")
        other = edge.request("GET", "/a?x=2")
        head = edge.request("HEAD", "/a?x=1")

    assert (status(first), first.text) == ("MISS", "answer 1")
    assert again.text == "answer 1"
    assert int(again.headers["age"]) >= 0
    assert (status(other), status(head)) == ("MISS", "HIT")


def test_incident_4_everything_is_kept_for_everybody(start):
    """The fail-open rule: `true`, cache, keyed by the URL alone."""
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR)))
        alice = {"cookie": "session=alice", "authorization": "Bearer alice"}
        first, _ = settled(edge, "/me", headers=alice)
        bob = edge.request("GET", "/me", headers={"cookie": "session=bob"})

    assert (status(bob), bob.text) == ("HIT", first.text)


BYPASS = (
    'http.host eq "app.example.com"'
    ' and not has_key(http.request.headers, "authorization")'
    ' and not has_key(http.request.headers, "cookie")'
)


def test_a_declared_bypass_keeps_nothing_of_a_visitor_and_gives_him_nothing(start):
    with origin() as service:
        edge = start(cached(service, rule(BYPASS, cache=True, edge_ttl=HOUR)))
        public, _ = settled(edge, "/me")
        for headers in ({"cookie": "session=alice"}, {"authorization": "Bearer alice"}):
            asked = [edge.request("GET", "/me", headers=headers) for _ in range(2)]
            assert [status(each) for each in asked] == ["DYNAMIC"] * 2
            assert len({public.text, *(each.text for each in asked)}) == 3


def test_without_a_lifetime_of_the_rule_the_answers_own_word_counts(start):
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=OWN)))
        _, kept = settled(edge, "/a?cache-control=max-age%3D60")
        refused = {
            "private": edge.request("GET", "/b?cache-control=private"),
            "no-store": edge.request("GET", "/c?cache-control=no-store"),
            "a cookie": edge.request("GET", "/d?set-cookie=a%3Db"),
            "pressed": edge.request("GET", "/e?content-encoding=identity"),
        }
        token = {"authorization": "Bearer a"}
        refused["credentials"] = edge.request("GET", "/f?cache-control=max-age%3D60", headers=token)
        shared = edge.request("GET", "/g?cache-control=public%2C+max-age%3D60", headers=token)

    assert kept.text == "answer 1"
    assert {name: status(each) for name, each in refused.items()} == dict.fromkeys(
        refused, "BYPASS"
    )
    assert status(shared) == "MISS"


def test_bypass_by_default_keeps_what_speaks_for_itself_only(start):
    with origin() as service:
        rules = rule(cache=True, edge_ttl={"mode": "bypass_by_default"})
        edge = start(cached(service, rules))
        silent = edge.request("GET", "/a")
        speaking = edge.request("GET", "/b?cache-control=max-age%3D60")

    assert (status(silent), status(speaking)) == ("BYPASS", "MISS")


def test_an_answer_kept_for_everybody_loses_its_cookie(start):
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR)))
        first, again = settled(edge, "/a?set-cookie=session%3Dalice")

    assert first.headers["set-cookie"] is None
    assert again.headers["set-cookie"] is None


def test_of_two_rules_the_later_one_counts(start):
    with origin() as service:
        keep = rule(cache=True, edge_ttl=HOUR)
        but = rule('starts_with(http.request.uri.path, "/api/")', 2, cache=False)
        edge = start(cached(service, keep, but))
        _, static = settled(edge, "/static/a")
        api = numbers(edge, "/api/a")

    assert status(static) == "HIT"
    assert len(set(api)) == 3


def test_a_status_has_a_lifetime_of_its_own(start):
    with origin() as service:
        listed = [
            {"status_code_range": {"from": 500, "to": 599}, "value": -1},
            {"status_code": 404, "value": 60},
        ]
        lifetime = {**HOUR, "status_code_ttl": listed}
        edge = start(cached(service, rule(cache=True, edge_ttl=lifetime)))
        broken = edge.request("GET", "/a?status=503")
        _, missing = settled(edge, "/b?status=404")

    assert status(broken) == "BYPASS"
    assert missing.status == 404


def test_browsers_are_told_what_the_rule_says(start):
    with origin() as service:
        browser = {"mode": "override_origin", "default": 60}
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR, browser_ttl=browser)))
        first, again = settled(edge, "/a?cache-control=max-age%3D5")

    assert first.headers["cache-control"] == again.headers["cache-control"] == "max-age=60"
    assert again.headers["cloudflare-cdn-cache-control"] is None


def test_the_order_of_a_query_and_what_else_counts_is_the_rules(start):
    with origin() as service:
        key = {
            "ignore_query_strings_order": True,
            "custom_key": {
                "query_string": {"exclude": ["utm"]},
                "header": {"include": ["accept-language"]},
                "cookie": {"include": ["theme"]},
            },
        }
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR, cache_key=key)))
        settled(edge, "/a?x=1&y=2")
        same = edge.request("GET", "/a?y=2&utm=mail&x=1")
        german = edge.request("GET", "/a?x=1&y=2", headers={"accept-language": "de"})
        dark = edge.request("GET", "/a?x=1&y=2", headers={"cookie": "a=b; theme=dark"})
        other = edge.request("GET", "/a?x=1&y=3")

    assert status(same) == "HIT"
    assert [status(each) for each in (german, dark, other)] == ["MISS"] * 3


def test_what_writes_is_never_kept(start):
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR)))
        first = edge.request("POST", "/a", body="x")
        again = edge.request("POST", "/a", body="x")

    assert (status(first), status(again)) == ("DYNAMIC", "DYNAMIC")
    assert first.text != again.text


def test_a_worker_is_asked_before_any_cache(start, tmp_path):
    source = """let n = 0; export default { fetch() { return new Response(`answer ${++n}`); } };"""
    rulesets = (Ruleset(ZONE, CACHE, (rule(cache=True, edge_ttl=HOUR),)),)
    edge = start(serving(script(tmp_path, source), zone_names=(ZONE,), rulesets=rulesets))

    answers = [edge.request("GET", "/a") for _ in range(3)]

    assert [each.text for each in answers] == ["answer 1", "answer 2", "answer 3"]
    assert [status(each) for each in answers] == [None] * 3


def test_a_range_is_cut_out_of_what_is_kept(start):
    with origin() as service:
        edge = start(cached(service, rule(cache=True, edge_ttl=HOUR)))
        ranged = {"range": "bytes=0-5"}
        before = edge.request("GET", "/a", headers=ranged)
        settled(edge, "/a")
        after = edge.request("GET", "/a", headers=ranged)

    assert status(before) == "BYPASS"
    assert (after.status, after.text) == (206, "answer")


NOT_EMULATED = {
    "a key by visitor": ({"cache_key": {"custom_key": {"user": {"geo": True}}}}, "custom_key.user"),
    "a field that is none": ({"edge_tll": HOUR}, "edge_tll of cache rules"),
}


@pytest.mark.parametrize(("parameters", "said"), NOT_EMULATED.values(), ids=NOT_EMULATED)
def test_what_is_not_emulated_is_said_by_name(start, parameters, said):
    edge = start(Cloud(zone_names=(ZONE,)))
    body = {"phase": CACHE, "rules": [rule(cache=True, **parameters), rule(cache=True)]}

    answer = edge.admin("POST", "/edge/problems", content=json.dumps(body).encode())

    wrong, right = answer.json()
    assert said in wrong
    assert right is None


def test_hsts_of_a_zone_is_on_every_answer_and_rules_come_after_it(start, tmp_path):
    """FW-5, PA-10."""
    source = """export default { fetch() {
      return new Response("x", { headers: { "strict-transport-security": "max-age=1" } });
    } };"""
    headers = {
        "strict-transport-security": {"operation": "set", "value": "max-age=9; preload"},
        "x-content-type-options": {"operation": "set", "value": "nosniff"},
    }
    setting = {
        "id": "security_header",
        "expression": "true",
        "action": "rewrite",
        "action_parameters": {"headers": headers},
    }
    rewrite = {
        "id": "r",
        "expression": 'http.request.uri.path eq "/own"',
        "action": "rewrite",
        "action_parameters": {"headers": {"strict-transport-security": {"operation": "remove"}}},
    }
    rulesets = (
        Ruleset(ZONE, "http_response_headers_transform", (rewrite,)),
        Ruleset(ZONE, "security_header", (setting,)),
    )
    edge = start(serving(script(tmp_path, source), zone_names=(ZONE,), rulesets=rulesets))

    plain, own = edge.request("GET", "/"), edge.request("GET", "/own")

    assert plain.headers["strict-transport-security"] == "max-age=9; preload"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert own.headers["strict-transport-security"] is None


OPENS = """export default { async fetch(request) {
  const { searchParams } = new URL(request.url);
  const kept = await (await caches.open("edge")).match(searchParams.get("of"));
  return new Response(kept ? await kept.text() : "nothing");
} }"""


def test_a_worker_of_the_zone_does_not_open_what_the_edge_keeps(start, tmp_path):
    """A cache that a worker calls so is its own: what Access guards is not in it."""
    with origin() as service:
        cloud = cached(service, rule(cache=True, edge_ttl=HOUR))
        worker = serving(script(tmp_path, OPENS), host="free.example.com")
        route = Route("free.example.com", "app", "domain", ZONE)
        edge = start(Cloud(**{**vars(cloud), "workers": worker.workers, "routes": (route,)}))
        settled(edge, "/guarded")

        answer = edge.get(f"/?of=https://{HOST}/guarded", host="free.example.com")

    assert answer.text == "nothing"
