"""Hosts of load balancers are served by the origins of their pools (PA-14)."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from local.records.model import Balancer, Cloud, Pool, Route, TunnelHost
from tests.support_runtime import script, serving

pytestmark = pytest.mark.workerd

ZONE = "example.com"
HOST = "app.example.com"
ECHO = """export default { fetch(request) {
  const { hostname, pathname } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  return Response.json({ by: "NAME", host: hostname, path: pathname, headers });
} }"""


class Server(ThreadingHTTPServer):
    """A server of this machine that can be switched off and on at the same port."""

    daemon_threads = True


@contextmanager
def origin(name: str, port: int = 0) -> Iterator[int]:
    """Serve the name of an origin, and what it was asked; give its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def answer(self) -> None:
            seen = {"by": name, "host": self.headers["host"], "path": self.path}
            seen["headers"] = {key.lower(): value for key, value in self.headers.items()}
            self.send_response(int(self.path.partition("status=")[2] or 200))
            if self.path.startswith("/moved"):
                self.send_header("location", "/")
            self.end_headers()
            self.wfile.write(json.dumps(seen).encode())

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = Server(("127.0.0.1", port), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def at(port, name="", **changes):
    """Describe an origin of this machine."""
    whole = {"name": name or str(port), "address": "127.0.0.1", "port": port, **changes}
    return {"enabled": True, "weight": 1, "host": "", "scheme": "http", "healthy": True, **whole}


def pool(name, *origins, **changes):
    settings = {"enabled": True, "minimum_origins": 1, "policy": "random", **changes}
    return Pool(name, {**settings, "origins": list(origins)})


def balanced(*pools, host=HOST, **settings):
    ids = [each.id for each in pools]
    whole = {"default_pools": ids, "fallback_pool": ids[-1], **settings}
    ports = {each["port"] for one in pools for each in one.settings["origins"] if each["port"]}
    return Cloud(
        zone_names=(ZONE,),
        balancers=(Balancer(host, ZONE, whole),),
        pools=pools,
        endpoints=tuple(f"http://127.0.0.1:{port}" for port in sorted(ports)),
    )


def asked(edge, times=1, **headers):
    """Ask the balanced host so often; count who answered."""
    return Counter(edge.get("/", headers=headers).json()["by"] for _ in range(times))


def test_an_origin_is_asked_for_the_host_of_the_visitor_or_its_own(start):
    with origin("a") as a:
        edge = start(balanced(pool("p", at(a))))
        plain = edge.request("POST", "/x?y=1", body="b").json()
        edge.apply(balanced(pool("p", at(a, host="inner.example.com"))))

        named = edge.get("/").json()

    assert (plain["host"], plain["path"]) == (HOST, "/x?y=1")
    assert named["host"] == "inner.example.com"


def test_the_first_healthy_pool_answers_and_the_next_when_it_is_not(start):
    with origin("a") as a, origin("b") as b:
        edge = start(balanced(pool("one", at(a)), pool("two", at(b))))
        assert asked(edge, 5) == {"a": 5}
        edge.apply(balanced(pool("one", at(a, healthy=False)), pool("two", at(b))))
        assert asked(edge, 5) == {"b": 5}
        edge.apply(balanced(pool("one", at(a)), pool("two", at(b))))

        assert asked(edge, 5) == {"a": 5}


@pytest.mark.parametrize(
    "changes", [{"enabled": False}, {"minimum_origins": 2}], ids=["switched off", "too few"]
)
def test_a_pool_that_is_off_or_has_too_few_origins_is_passed_over(start, changes):
    with origin("a") as a, origin("b") as b:
        edge = start(balanced(pool("one", at(a), **changes), pool("two", at(b))))

        assert asked(edge, 3) == {"b": 3}


def test_without_a_healthy_pool_the_fallback_pool_answers_whatever_its_health(start):
    with origin("a") as a, origin("b") as b:
        ill = {"healthy": False}
        cloud = balanced(pool("one", at(a, **ill)), pool("two", at(b, **ill)), fallback_pool="one")
        edge = start(cloud)

        assert asked(edge, 5) == {"a": 5}


def test_weights_share_the_requests_of_a_pool(start):
    with origin("a") as a, origin("b") as b, origin("c") as c:
        shares = (at(a, weight=0.75), at(b, weight=0.25), at(c, weight=0))
        edge = start(balanced(pool("p", *shares)))

        counted = asked(edge, 400)

    assert counted["c"] == 0
    assert 60 < counted["b"] < 140  # 100 expected, standard deviation 8.7


def test_pools_are_drawn_by_weight_where_steering_is_random(start):
    with origin("a") as a, origin("b") as b:
        weights = {"pool_weights": {"one": 0.25}, "default_weight": 0.75}
        pools = (pool("one", at(a)), pool("two", at(b)))
        edge = start(balanced(*pools, steering_policy="random", random_steering=weights))

        assert 60 < asked(edge, 400)["a"] < 140


def test_a_client_is_led_to_the_pool_of_its_place(start):
    """PA-14: by region; a country goes before it, a data centre before that."""
    with origin("us") as us, origin("eu") as eu, origin("de") as de, origin("fra") as fra:
        pools = [pool(name, at(port, name)) for name, port in
                 (("us", us), ("eu", eu), ("de", de), ("fra", fra))]  # fmt: skip
        maps = {"region_pools": {"WEU": ["eu"]}, "country_pools": {"DE": ["de"]}}
        settings = {**maps, "pop_pools": {"FRA": ["fra"]}, "default_pools": ["us"]}
        edge = start(balanced(*pools, **settings))
        place = {"X-Local-Region": "weu"}

        led = [
            asked(edge),
            asked(edge, **place),
            asked(edge, **place, **{"X-Local-Country": "DE"}),
            asked(edge, **place, **{"X-Local-Country": "DE", "X-Local-Pop": "FRA"}),
            asked(edge, **{"X-Local-Region": "OC"}),
        ]
        edge.apply(balanced(*pools, **settings, steering_policy="off"))
        off = asked(edge, **place)
        seen = edge.get("/", headers=place).json()["headers"]

    assert [next(iter(each)) for each in led] == ["us", "eu", "de", "fra", "us"]
    assert off == {"us": 1}
    assert not [name for name in seen if name.startswith("x-local")]


def test_a_dead_origin_is_replaced_at_once_by_another_of_its_pool(start):
    """Before the next check has seen it: zero-downtime failover."""
    with origin("a") as a:
        with origin("b") as b:
            edge = start(balanced(pool("p", at(a), at(b))))
            assert set(asked(edge, 40)) == {"a", "b"}

        assert asked(edge, 20) == {"a": 20}
        bodies = {edge.request("POST", "/", body="x").status for _ in range(20)}

    assert bodies == {200, 521}  # a body cannot be sent twice


def test_another_pool_takes_over_at_once_only_where_it_may(start):
    with origin("a") as a:
        pools = (pool("dead", at(1)), pool("alive", at(a)))
        edge = start(balanced(*pools))
        alone = edge.get("/")
        edge.apply(balanced(*pools, adaptive_routing={"failover_across_pools": True}))

        assert asked(edge, 3) == {"a": 3}
    assert (alone.status, alone.text.splitlines()[0]) == (521, "error code: 521")


def cookie(answer):
    return answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("affinity", ["cookie", "ip_cookie"])
def test_a_session_stays_with_its_origin_by_a_cookie(start, affinity):
    with origin("a") as a, origin("b") as b:
        edge = start(balanced(pool("p", at(a), at(b)), session_affinity=affinity))
        first = edge.get("/")
        kept = {"Cookie": f"x=1; {cookie(first)}"}

        assert asked(edge, 20, **kept) == {first.json()["by"]: 20}
        assert "set-cookie" not in edge.get("/", headers=kept).headers
        assert "HttpOnly" in first.headers["set-cookie"]
        ill = (at(a, healthy=first.json()["by"] != "a"), at(b, healthy=first.json()["by"] != "b"))
        edge.apply(balanced(pool("p", *ill), session_affinity=affinity))
        moved = edge.get("/", headers=kept)

    assert moved.json()["by"] != first.json()["by"]
    assert cookie(moved) != cookie(first)


def test_a_session_stays_with_its_origin_by_a_header(start):
    with origin("a") as a, origin("b") as b:
        named = {"session_affinity": "header", "session_affinity_attributes": {"headers": ["x-u"]}}
        edge = start(balanced(pool("p", at(a), at(b)), **named))
        users = [asked(edge, 5, **{"X-U": f"user {number}"}) for number in range(12)]

    assert {len(each) for each in users} == {1}
    assert {next(iter(each)) for each in users} == {"a", "b"}


def test_an_origin_may_be_a_worker_or_a_tunnel_of_this_account(start, tmp_path):
    worker = script(tmp_path, ECHO.replace("NAME", "worker"), "w")
    tunnel = "a1.cfargotunnel.com"
    with origin("tunnelled") as port:
        first = {"hostname": HOST, "service": f"http://127.0.0.1:{port}"}
        rules = (first, {"service": "http_status:404"})
        lives = at(0, "w", address="w.example.com", host="w.example.com")
        led = at(0, "t", address=tunnel)
        cloud = serving(
            worker,
            host="w.example.com",
            zone_names=(ZONE,),
            balancers=(
                Balancer(HOST, ZONE, {"default_pools": ["w"], "fallback_pool": "w"}),
                Balancer("t.example.com", ZONE, {"default_pools": ["t"], "fallback_pool": "t"}),
            ),
            pools=(pool("w", lives), pool("t", {**led, "host": HOST})),
            pool_tunnels=(TunnelHost(tunnel, "", rules),),
        )
        edge = start(cloud)

        by_worker = edge.get("/x").json()
        by_tunnel = edge.get("/y", host="t.example.com").json()
        past = edge.get("/", host=tunnel)

    assert (by_worker["by"], by_worker["host"]) == ("worker", "w.example.com")
    assert (by_tunnel["by"], by_tunnel["host"], by_tunnel["path"]) == ("tunnelled", HOST, "/y")
    assert past.status == 530  # the name of a tunnel is no host


def test_a_balancer_that_would_ask_itself_is_stopped(start):
    edge = start(balanced(pool("p", at(0, "w", address="w.example.com"))))

    answer = edge.get("/")

    assert (answer.status, answer.text.splitlines()[0]) == (403, "error code: 1000")


def test_a_worker_of_the_host_runs_before_its_balancer(start, tmp_path):
    with origin("a") as a:
        worker = script(tmp_path, ECHO.replace("NAME", "worker"), "w")
        cloud = balanced(pool("p", at(a)))
        route = Route(f"{HOST}/api/*", "w", "route", ZONE)
        edge = start(serving(worker, host="w.example.com", zone_names=(ZONE,),
                             routes=(route,), balancers=cloud.balancers, pools=cloud.pools,
                             endpoints=cloud.endpoints))  # fmt: skip

        assert edge.get("/api/x").json()["by"] == "worker"
        assert edge.get("/other").json()["by"] == "a"


def test_a_balancer_that_is_off_or_has_no_origin_says_so(start):
    off = at(1, enabled=False)
    edge = start(balanced(pool("p", off)))
    none = edge.get("/")
    edge.apply(balanced(pool("p", off), enabled=False))

    assert (none.status, edge.get("/").status) == (503, 530)


CHECK = {
    "address": "127.0.0.1", "scheme": "http", "host": HOST, "path": "/", "method": "GET",
    "headers": {}, "expected_codes": ["200"], "expected_body": "", "follow_redirects": False,
    "timeout": 1, "retries": 0,
}  # fmt: skip


def found(edge, **changes):
    return str(edge.run(edge.runtime.probe({**CHECK, **changes}))["failure_reason"])


def test_a_check_says_what_is_wrong(start):
    """PA-11: codes and their ranges, the body, redirects, connections."""
    with origin("a") as a:
        edge = start(balanced(pool("p", at(a), at(1))))
        cases: list[tuple[Any, str]] = [
            ({}, ""),
            ({"expected_codes": ["2xx"]}, ""),
            ({"expected_codes": ["201", "20x"]}, ""),
            ({"expected_codes": ["3xx"]}, "Response code mismatch error"),
            ({"path": "/status=404"}, "Response code mismatch error"),
            ({"path": "/status=404", "expected_codes": ["4xx"]}, ""),
            ({"expected_body": '"BY": "A"'}, ""),  # in any case
            ({"expected_body": '"by": "b"'}, "Response body mismatch error"),
            ({"headers": {"X-One": ["wanted"]}, "expected_body": '"x-one": "wanted"'}, ""),
            ({"host": "inner.example.com", "expected_body": '"host": "inner.example.com"'}, ""),
            ({"path": "/moved?status=302"}, "Response code mismatch error"),
            ({"path": "/moved?status=302", "follow_redirects": True}, ""),
            ({"port": 1}, "TCP connection failed"),
        ]

        seen = [found(edge, port=changes.get("port", a), **{k: v for k, v in changes.items()
                if k != "port"}) for changes, _ in cases]  # fmt: skip

    assert seen == [expected for _, expected in cases]


def test_a_check_by_https_asks_at_the_port_that_it_names(start, tmp_path):
    """The plugin sends port 80 where a health check names none, whatever its type."""
    worker = script(tmp_path, ECHO.replace("NAME", "w"), "w")
    edge = start(serving(worker, host="w.example.com", zone_names=(ZONE,)))
    here = {"address": "w.example.com", "host": "w.example.com"}

    seen = [
        found(edge, **here, scheme=scheme, port=port)
        for scheme, port in (("https", 80), ("https", 443), ("https", 0), ("http", 80))
    ]

    assert seen == ["TCP connection failed", "", "", ""]


def test_a_check_that_takes_too_long_is_retried_and_then_over(start, tmp_path):
    slow = """let asked = 0; export default { async fetch(request) {
      const wait = Number(new URL(request.url).searchParams.get("after"));
      if (asked++ < wait) await new Promise((done) => setTimeout(done, 3000));
      return new Response("ok"); } }"""
    worker = script(tmp_path, slow, "w")
    edge = start(serving(worker, host="w.example.com", zone_names=(ZONE,)))
    here = {"address": "w.example.com", "host": "w.example.com", "port": 0, "timeout": 0.3}

    seen = [
        found(edge, **here, path="/?after=1", retries=0),
        found(edge, **here, path="/?after=3", retries=2),
    ]

    assert seen == ["HTTP timeout occurred", ""]
