"""Rules at the edge on the real runtime: what they stop, what passes, what they change."""

import gzip
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from local.records.model import AddressList, Cloud, Ruleset
from tests.support_runtime import HOST, eventually, script, serving

pytestmark = pytest.mark.workerd

ZONE = "example.com"
CUSTOM = "http_request_firewall_custom"
LIMITS = "http_ratelimit"
HEADERS = "http_response_headers_transform"
SAYS = """export default { fetch(request) {
  const { searchParams } = new URL(request.url);
  const status = Number(searchParams.get("status") ?? 200);
  return new Response("worker", { status, headers: { "x-powered-by": "it", "x-kept": "1" } });
} }"""
SOCKET = """export default { fetch() {
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  return new Response(null, { status: 101, webSocket: client });
} }"""


def rule(
    expression: str, action: str = "block", rule_id: str = "r1", **more: Any
) -> dict[str, Any]:
    return {"id": rule_id, "expression": expression, "action": action, **more}


def ruleset(*rules: dict[str, Any], phase: str = CUSTOM, zone: str = ZONE) -> Ruleset:
    return Ruleset(zone, phase, rules)


def limit(requests: int, period: int = 10, timeout: int = 0, **more: Any) -> dict[str, Any]:
    characteristics = more.pop("characteristics", ["ip.src", "cf.colo.id"])
    return {
        "characteristics": characteristics,
        "period": period,
        "requests_per_period": requests,
        "mitigation_timeout": timeout,
        **more,
    }


def guarded(tmp_path, *rulesets: Ruleset, source: str = SAYS) -> Cloud:
    worker = script(tmp_path, source)
    return serving(worker, zone_names=(ZONE, "inner.example.com"), rulesets=rulesets)


def test_a_block_answers_as_cloudflare_does_to_machines(start, tmp_path):
    """PA-8 (b): sessions without authorization."""
    sought = (
        'starts_with(http.request.uri.path, "/sessions/") and '
        'not any(http.request.headers.names[*] eq "authorization")'
    )
    edge = start(guarded(tmp_path, ruleset(rule(sought))))

    stopped = edge.get("/sessions/1")
    assert (stopped.status, stopped.text) == (403, "error code: 1020\n")
    assert edge.get("/sessions/1", headers={"Authorization": "Bearer t"}).text == "worker"
    assert edge.get("/sessions").text == "worker"
    for evasion in ("//sessions/1", "/x/../sessions/1", "/%73essions/1", "/sessions%2F1"):
        assert edge.get(evasion).status == 403, evasion


@pytest.mark.parametrize("action", ["managed_challenge", "js_challenge", "challenge"])
def test_a_challenge_is_a_page_that_no_machine_passes(start, tmp_path, action):
    """PA-8 (d): a sync from an origin that is not ours."""
    origins = '{"https://claude.ai" "https://chatgpt.com"}'
    sought = f'http.request.method eq "POST" and not http.request.headers["origin"][0] in {origins}'
    edge = start(guarded(tmp_path, ruleset(rule(sought, action))))

    for headers in ({}, {"Origin": "https://evil.example"}):
        stopped = edge.request("POST", "/api/projects/sync", headers=headers)
        assert (stopped.status, stopped.headers["cf-mitigated"]) == (403, "challenge")
        assert stopped.headers["content-type"] == "text/html; charset=UTF-8"
    passed = edge.request("POST", "/api/projects/sync", headers={"Origin": "https://claude.ai"})
    assert passed.text == "worker"
    assert edge.get("/api/projects/sync").text == "worker"


def test_an_answer_of_ones_own_takes_the_place_of_cloudflares(start, tmp_path):
    response = {"status_code": 401, "content_type": "application/json", "content": '{"no": 1}'}
    block = rule("true", action_parameters={"response": response})
    edge = start(guarded(tmp_path, ruleset(block)))

    stopped = edge.get("/")
    assert (stopped.status, stopped.json()) == (401, {"no": 1})
    assert stopped.headers["content-type"] == "application/json"


def test_rules_are_asked_in_order_and_a_skip_ends_the_rest(start, tmp_path):
    skip = {"ruleset": "current", "phases": [LIMITS]}
    rules = (
        rule("true", "log", "log"),
        rule('http.user_agent eq "partner"', "skip", "skip", action_parameters=skip),
        rule('http.request.uri.path eq "/no"', "block", "block"),
    )
    limited = rule("true", "block", "limit", ratelimit=limit(1, period=600, timeout=600))
    edge = start(guarded(tmp_path, ruleset(*rules), ruleset(limited, phase=LIMITS)))
    partner = {"User-Agent": "partner"}

    assert [edge.get("/no", headers=partner).status for _ in range(3)] == [200, 200, 200]
    assert edge.get("/no").status == 403
    assert [edge.get("/").status for _ in range(2)] == [200, 429]


def test_a_limit_lets_exactly_so_many_through_in_a_window(start, tmp_path):
    """PA-9: limits exact per window, by client, each rule for itself."""
    one = rule(
        'http.request.uri.path eq "/a"', rule_id="a", ratelimit=limit(5, period=600, timeout=600)
    )
    keyed = limit(
        2, period=600, timeout=600, characteristics=["cf.colo.id", 'http.request.headers["x-key"]']
    )
    two = rule('http.request.uri.path eq "/b"', rule_id="b", ratelimit=keyed)
    edge = start(guarded(tmp_path, ruleset(one, two, phase=LIMITS)))

    assert [edge.get("/a").status for _ in range(7)] == [200] * 5 + [429] * 2
    stopped = edge.get("/a")
    assert stopped.text == "error code: 1015\n"
    assert 595 <= int(stopped.headers["retry-after"]) <= 600
    for key in ("k1", "k2", ""):
        asked = [edge.get("/b", headers={"x-key": key}).status for _ in range(3)]
        assert asked == [200, 200, 429], key
    assert [edge.get("/b").status for _ in range(3)] == [200, 200, 429]


def test_a_window_ends_and_the_next_one_counts_anew(start, tmp_path):
    counted = rule("true", ratelimit=limit(2, period=1))
    edge = start(guarded(tmp_path, ruleset(counted, phase=LIMITS)))

    assert [edge.get("/").status for _ in range(3)] == [200, 200, 429]
    eventually(lambda: edge.get("/").status, 200)
    assert edge.get("/").status == 200
    assert edge.get("/").status == 429


def test_what_is_counted_may_be_another_request_than_what_is_stopped(start, tmp_path):
    """X25: what was answered is looked at by the counting expression alone."""
    counting = limit(2, period=600, timeout=600, counting_expression="http.response.code eq 401")
    failed = rule('http.request.uri.path eq "/login"', ratelimit=counting)
    edge = start(guarded(tmp_path, ruleset(failed, phase=LIMITS)))

    assert [edge.get("/login").status for _ in range(5)] == [200] * 5
    assert [edge.get("/login?status=401").status for _ in range(4)] == [401] * 3 + [429]
    assert edge.get("/login").status == 429
    assert edge.get("/other").status == 200


@pytest.mark.parametrize(("action", "status"), [("managed_challenge", 403), ("log", 200)])
def test_a_limit_may_challenge_or_only_log(start, tmp_path, action, status):
    counted = rule("true", action, ratelimit=limit(1, period=600))
    edge = start(guarded(tmp_path, ruleset(counted, phase=LIMITS)))

    assert [edge.get("/").status for _ in range(3)] == [200, status, status]


def test_headers_of_every_answer_are_set_added_and_removed(start, tmp_path):
    """FW-5: on answers of workers, of rules, and where nothing answers."""
    headers = {
        "Strict-Transport-Security": {"operation": "set", "value": "max-age=31536000"},
        "X-Kept": {"operation": "add", "value": "2"},
        "x-powered-by": {"operation": "remove"},
        "X-Host": {"operation": "set", "expression": 'concat("https://", http.host)'},
        "X-Nothing": {"operation": "set", "expression": 'http.request.headers["x-none"][0]'},
    }
    rewrite = rule("true", "rewrite", "headers", action_parameters={"headers": headers})
    block = rule('http.request.uri.path eq "/no"')
    edge = start(guarded(tmp_path, ruleset(rewrite, phase=HEADERS), ruleset(block)))

    answer = edge.get("/")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert ", ".join(answer.headers.get_all("X-Kept") or ()) == "1, 2"
    assert answer.headers["X-Host"] == f"https://{HOST}"
    assert {"x-powered-by", "x-nothing"} & {name.lower() for name in answer.headers} == set()
    assert edge.get("/no").headers["Strict-Transport-Security"] == "max-age=31536000"
    nowhere = edge.get("/", host="nowhere.example.com")
    assert (nowhere.status, nowhere.headers["X-Host"]) == (530, "https://nowhere.example.com")
    assert "Strict-Transport-Security" not in edge.get("/", host="other.org").headers


def test_a_web_socket_opens_through_rules_that_look_at_answers(start, tmp_path):
    headers = {"x-frame-options": {"operation": "set", "value": "DENY"}}
    rewrite = rule("true", "rewrite", action_parameters={"headers": headers})
    edge = start(guarded(tmp_path, ruleset(rewrite, phase=HEADERS), source=SOCKET))
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }

    assert edge.get("/", headers=upgrade).status == 101


def test_rules_are_those_of_the_longest_zone_and_are_told_without_a_start(start, tmp_path):
    edge = start(guarded(tmp_path))
    process = edge.runtime.status()["pid"]
    assert edge.get("/").status == 200

    edge.apply(guarded(tmp_path, ruleset(rule("true"))))
    assert edge.get("/").status == 403
    assert edge.get("/", host="a.inner.example.com").status == 530
    assert edge.get("/", host=f"{HOST}.localhost").status == 403
    edge.apply(guarded(tmp_path))
    assert edge.get("/").status == 200
    assert edge.runtime.status()["pid"] == process


def test_what_was_counted_goes_on_when_other_rules_change(start, tmp_path):
    counted = rule("true", rule_id="kept", ratelimit=limit(2, period=600, timeout=600))
    edge = start(guarded(tmp_path, ruleset(counted, phase=LIMITS)))
    assert edge.get("/").status == 200

    edge.apply(guarded(tmp_path, ruleset(counted, phase=LIMITS), ruleset(rule("false"))))
    assert [edge.get("/").status for _ in range(2)] == [200, 429]


def test_a_rule_sees_what_a_list_has_now(start, tmp_path):
    """PA-8 (b): addresses on our list. A changed list is told; nothing is started anew."""
    block = rule('starts_with(http.request.uri.path, "/sessions/") and ip.src in $watched')
    cloud = guarded(tmp_path, ruleset(block))
    edge = start(cloud)
    assert edge.get("/sessions/1").status == 200  # the list is not there yet

    for addresses, status in (
        (("192.0.2.0/24", "127.0.0.0/8"), 403),
        (("192.0.2.0/24", "128.0.0.0/8"), 200),
        (("127.0.0.1",), 403),
        ((), 200),
    ):
        edge.apply(replace(cloud, lists=(AddressList("watched", addresses),)))
        assert edge.get("/sessions/1").status == status, addresses
        assert edge.get("/other").status == 200


def test_a_workers_own_requests_meet_no_rules(start, tmp_path):
    """docs/local-cloudflare.md: requests between workers of this account are not looked at."""
    asks = """export default { async fetch(request) {
      if (request.headers.has("x-inner")) return new Response("inner");
      return fetch("https://app.example.com/", { headers: { "x-inner": "1" } });
    } }"""
    block = rule('any(http.request.headers.names[*] eq "x-inner")')
    edge = start(guarded(tmp_path, ruleset(block), source=asks))

    assert edge.get("/").text == "inner"
    assert edge.get("/", headers={"x-inner": "1"}).status == 403


def test_a_rule_of_older_records_that_cannot_run_leaves_the_others(start, tmp_path):
    rules = (rule("cf.waf.score lt 20", rule_id="old"), rule('http.request.uri.path eq "/no"'))
    edge = start(guarded(tmp_path, ruleset(*rules)))

    assert edge.get("/").status == 200
    assert edge.get("/no").status == 403


PROBLEMS = [
    (CUSTOM, rule("cf.waf.score lt 20"), "not emulated: cf.waf.score"),
    (CUSTOM, rule("http.host in $hosts"), "not emulated: lists"),
    (CUSTOM, rule("ip.src in $office"), None),
    (CUSTOM, rule("true", "execute"), "not emulated: action execute"),
    (
        LIMITS,
        rule("true", ratelimit=limit(1, characteristics=["cf.bot_management.ja4"])),
        "not emulated: cf.bot_management.ja4",
    ),
    (CUSTOM, rule("true"), None),
]


def test_the_edge_says_which_rules_it_cannot_run(start, tmp_path):
    edge = start(guarded(tmp_path))

    for phase, given, expected in PROBLEMS:
        content = json.dumps({"phase": phase, "rules": [given]}).encode()
        (problem,) = edge.admin("POST", "/edge/problems", content=content).json()
        assert (problem is None) == (expected is None), problem
        assert (expected or "") in (problem or "")


def test_a_limit_is_exact_when_requests_come_at_once(start, tmp_path):
    counted = rule("true", ratelimit=limit(25, period=600, timeout=600))
    edge = start(guarded(tmp_path, ruleset(counted, phase=LIMITS)))

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: edge.get("/").status, range(60)))
    assert Counter(statuses) == {200: 25, 429: 35}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_compressed_answer_stays_what_it_was_when_headers_are_set(start, tmp_path, method):
    says = """export default { fetch: () => new Response("hello ".repeat(100), {
      headers: { "content-encoding": "gzip", "set-cookie": "a=1" },
    }) }"""
    headers = {"x-a": {"operation": "set", "value": "1"}}
    rewrite = rule("true", "rewrite", action_parameters={"headers": headers})
    edge = start(guarded(tmp_path, ruleset(rewrite, phase=HEADERS), source=says))

    answer = edge.request(method, "/", headers={"Accept-Encoding": "gzip"})
    assert (answer.headers["x-a"], answer.headers["set-cookie"]) == ("1", "a=1")
    assert answer.headers["content-encoding"] == "gzip"
    body = gzip.decompress(answer.content) if answer.content else b""
    assert body == (b"hello " * 100 if method == "GET" else b"")
