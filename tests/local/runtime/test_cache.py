"""The Cache API of workers, on the real runtime (rows W7 and W29 of what it was seen to do).

What Cloudflare keeps: https://developers.cloudflare.com/workers/runtime-apis/cache/; how long by
default: https://developers.cloudflare.com/cache/how-to/configure-cache-status-code.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local.records.model import Cloud, Route
from local.runtime.cache import kind
from tests.local.runtime.conftest import Start
from tests.support_runtime import HOST, RunningRuntime, eventually, running, script

pytestmark = pytest.mark.workerd

ROOT = Path(__file__).parents[3]
ZONE, OTHER_ZONE = "1" * 32, "2" * 32
FOR_A_MINUTE = {"cache-control": "max-age=60"}

WORKER = """
const message = (promise) => promise.then(() => null, (error) => error.message);
const text = (body) => new TextEncoder().encode(body);
const shown = async (found) => found && {
  status: found.status, body: await found.text(), headers: Object.fromEntries(found.headers),
};
export default { async fetch(request) {
  const { cache: name, key, method, answer, asked } = await request.json();
  const cache = name ? await caches.open(name) : caches.default;
  const named = new Request(key, { headers: asked, method: method ?? "GET" });
  if (answer === "delete") return Response.json(await cache.delete(named));
  if (answer === undefined) return Response.json((await shown(await cache.match(named))) ?? null);
  const { body, ...init } = answer;
  return Response.json(await message(cache.put(named, new Response(body, init))));
} }"""


class Caches:
    """The caches of the worker that answers at *host*."""

    def __init__(self, edge: RunningRuntime, host: str = HOST, key: str = "y") -> None:
        self._edge = edge
        self._host = host
        self.key = f"https://x.example/{key}"
        """The key of what is asked for without one."""

    def put(self, body: str | None = "kept", key: str = "", **answer: Any) -> Any:
        """Put an answer; return the message of what was thrown."""
        cache, asked = answer.pop("cache", ""), answer.pop("asked", {})
        answer = {"headers": FOR_A_MINUTE, **answer, "body": body}
        return self._ask(key=key, cache=cache, asked=asked, answer=answer)

    def match(self, key: str = "", cache: str = "", **asked: str) -> Any:
        """Return what is found: status, body and headers; `None` for nothing."""
        headers = {name.replace("_", "-"): value for name, value in asked.items()}
        return self._ask(key=key, cache=cache, asked=headers)

    def body(self, key: str = "", cache: str = "") -> str | None:
        found = self.match(key, cache)
        return found["body"] if found else None

    def delete(self, key: str = "", cache: str = "") -> Any:
        return self._ask(key=key, cache=cache, answer="delete")

    def _ask(self, key: str, **asked: Any) -> Any:
        asked["key"] = key or self.key
        return self._edge.request("POST", "/", host=self._host, body=json.dumps(asked)).json()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    directory = tmp_path_factory.mktemp("cache")
    with running(directory / "runtime", in_zones(directory, {HOST: ZONE})) as harness:
        yield harness


@pytest.fixture
def caches(edge: RunningRuntime) -> Caches:
    """Give each test a key of its own in the caches of one runtime."""
    return Caches(edge, key=uuid4().hex)


def in_zones(directory: Path, hosts: dict[str, str]) -> Cloud:
    """Make a cloud with a worker for each host, in its zone."""
    names = {host: host.replace(".", "-") for host in hosts}
    workers = tuple(script(directory, WORKER, name) for name in names.values())
    routes = tuple(Route(host, names[host], "domain", zone) for host, zone in hosts.items())
    return Cloud(workers=workers, routes=routes)


def test_what_was_put_is_found_with_its_status_and_headers_until_it_is_deleted(caches):
    assert caches.match() is None
    put = caches.put("a body", status=404, headers=FOR_A_MINUTE | {"x-a": "1", "etag": '"e"'})
    found = caches.match()

    assert put is None
    assert (found["status"], found["body"]) == (404, "a body")
    assert found["headers"]["x-a"] == "1"
    assert found["headers"]["cf-cache-status"] == "HIT"
    assert found["headers"]["age"] == "0"
    assert caches.match(f"{caches.key}?other") is None
    assert (caches.delete(), caches.delete(), caches.match()) == (True, False, None)


def test_a_later_put_takes_the_place_of_an_earlier_one(caches):
    caches.put("first")
    caches.put("second")

    assert caches.body() == "second"


def test_what_was_found_is_forgotten_with_what_is_put_or_deleted(caches):
    """Small answers are found in memory from the second time on."""
    caches.put("first")
    assert (caches.body(), caches.body()) == ("first", "first")
    caches.put("second")
    assert (caches.body(), caches.body()) == ("second", "second")

    caches.delete()

    assert caches.match() is None


def test_what_was_found_has_expired_in_its_time(caches):
    caches.put("short", headers={"cache-control": "max-age=1"})
    assert (caches.body(), caches.body()) == ("short", "short")

    eventually(caches.match, None, seconds=5)


def test_what_is_near_is_found_by_its_name_and_in_parts(caches):
    caches.put("0123456789")
    assert caches.body() == "0123456789"

    assert caches.match(cache="another") is None
    assert caches.match(range="bytes=2-4")["body"] == "234"
    assert caches.body() == "0123456789"


def test_caches_have_names_of_their_own(caches):
    caches.put("of the default one")
    caches.put("of a named one", cache="my ns")

    assert caches.body() == "of the default one"
    assert caches.body(cache="my ns") == "of a named one"
    assert caches.match(cache="another") is None
    assert caches.delete(cache="another") is False


def test_workers_of_one_zone_share_a_cache_and_those_of_another_have_theirs(start, tmp_path):
    hosts = {HOST: ZONE, "b.example.com": ZONE, "c.example.org": OTHER_ZONE}
    edge = start(in_zones(tmp_path, hosts))
    first, same, other = (Caches(edge, host) for host in hosts)
    first.put("of the zone")

    assert same.body() == "of the zone"
    assert other.match() is None


KEPT = [
    pytest.param({"headers": {"cache-control": "max-age=60"}}, id="max-age"),
    pytest.param({"headers": {"cache-control": "max-age=0, s-maxage=60"}}, id="s-maxage first"),
    pytest.param({"headers": {"cache-control": "public"}}, id="by its status"),
    pytest.param({"headers": {}}, id="no header"),
    pytest.param({"headers": {}, "status": 404}, id="a status kept for three minutes"),
    pytest.param({"headers": {"expires": "Fri, 01 Jan 2100 00:00:00 GMT"}}, id="expires"),
    pytest.param(
        {"headers": {"cache-control": "no-store", "cdn-cache-control": "max-age=60"}},
        id="what speaks to a CDN goes before",
    ),
]
NOT_KEPT = [
    pytest.param({"headers": {"cache-control": directive}}, id=directive)
    for directive in (
        "no-store",
        "private",
        "no-cache",
        "max-age=0",
        "max-age=60, s-maxage=0",
        "Max-Age=60, No-Store",
        "max-age=soon",
    )
]
NOT_KEPT += [
    pytest.param({"headers": FOR_A_MINUTE | {"set-cookie": "a=b"}}, id="set-cookie"),
    pytest.param({"headers": {"expires": "Fri, 01 Jan 2010 00:00:00 GMT"}}, id="expired"),
    pytest.param({"headers": {"expires": "0"}}, id="expires is no date"),
    pytest.param({"headers": {}, "status": 500}, id="a status without a time of its own"),
]


@pytest.mark.parametrize("answer", KEPT)
def test_kept(caches, answer):
    assert caches.put(**answer) is None
    assert caches.body() == "kept"


@pytest.mark.parametrize("answer", NOT_KEPT)
def test_put_without_a_word_and_not_kept(caches, answer):
    assert caches.put(**answer) is None
    assert caches.match() is None


def test_a_cookie_that_is_named_private_is_left_out(caches):
    cookie = {"cache-control": "private=Set-Cookie, max-age=60", "set-cookie": "a=b"}
    caches.put(headers=cookie)
    found = caches.match()

    assert found["body"] == "kept"
    assert "set-cookie" not in found["headers"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": 206}, "Cannot cache response to a range request (206 Partial Content)."),
        ({"headers": {"vary": "*"}}, "Vary: *"),
        ({"headers": {"vary": "accept, *"}}, "Vary: *"),
    ],
)
def test_w7_what_the_runtime_refuses_before_it_asks(caches, answer, message):
    assert message in (caches.put(**answer) or "")
    assert caches.match() is None


def test_what_has_expired_is_gone_and_an_age_is_counted(caches):
    caches.put(headers={"cache-control": "max-age=2"})
    time.sleep(1.1)
    assert caches.match()["headers"]["age"] == "1"

    eventually(caches.match, None, seconds=5)
    assert caches.delete() is False


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"if_none_match": '"e"'}, 304),
        ({"if_none_match": 'W/"e"'}, 304),
        ({"if_none_match": '"other", "e"'}, 304),
        ({"if_none_match": "*"}, 304),
        ({"if_none_match": '"other"'}, 200),
        ({"if_none_match": '"other"', "if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"if_modified_since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 304),
        ({"if_modified_since": "Wed, 31 Dec 2025 00:00:00 GMT"}, 200),
        ({"if_modified_since": "soon"}, 200),
    ],
)
def test_conditional_requests(caches, asked, status):
    headers = FOR_A_MINUTE | {"etag": '"e"', "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    caches.put(headers=headers)
    found = caches.match(**asked)

    assert (found["status"], found["body"]) == (status, "" if status == 304 else "kept")
    assert found["headers"]["etag"] == '"e"'


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-2", 206, "89", "bytes 8-9/10"),
        ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=8-99", 206, "89", "bytes 8-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=0-1,3-4", 200, "0123456789", None),
        ("lines=1-2", 200, "0123456789", None),
    ],
)
def test_ranges(caches, asked, status, body, content_range):
    caches.put("0123456789")
    found = caches.match(range=asked)

    assert (found["status"], found["body"]) == (status, body)
    assert found["headers"].get("content-range") == content_range


def test_a_range_of_another_answer_is_passed_over(caches):
    caches.put("0123456789", headers=FOR_A_MINUTE | {"etag": '"e"'})

    assert caches.match(range="bytes=0-1", if_range='"e"')["body"] == "01"
    assert caches.match(range="bytes=0-1", if_range='"older"')["body"] == "0123456789"


LARGE = """const big = new Uint8Array(3 * 1024 * 1024 + 5).map((_, place) => place % 251);
const kept = { headers: { "cache-control": "max-age=60" } };
const key = (range) => new Request("https://x.example/big", { headers: range ? { range } : {} });
async function same(range, from, to) {
  const found = await caches.default.match(key(range));
  const read = new Uint8Array(await found.arrayBuffer());
  return read.length === to - from && read.every((byte, place) => byte === big[from + place]);
}
export default { async fetch() {
  await caches.default.put(key(), new Response(big, kept));
  return Response.json([
    await same(null, 0, big.length),
    await same("bytes=1048570-1048580", 1048570, 1048581),
    await same("bytes=1048576-2097151", 1048576, 2097152),
    await same("bytes=-7", big.length - 7, big.length),
  ]);
} }"""


def test_ranges_across_the_pieces_that_a_large_answer_is_kept_in(start, tmp_path):
    worker = script(tmp_path, LARGE)
    edge = start(Cloud(workers=(worker,), routes=(Route(HOST, "app", "domain", ZONE),)))

    assert edge.get("/").json() == [True] * 4


FORMS = """const kept = { "cache-control": "max-age=60" };
const streamed = () => new Blob(["a ", "stream"]).stream().pipeThrough(new TransformStream());
const forms = {
  streamed: () => new Response(streamed(), { headers: kept }),
  encoded: () => new Response("gzipped", { headers: { ...kept, "content-encoding": "gzip" } }),
  empty: () => new Response(null, { status: 204, headers: kept }),
};
export default { async fetch() {
  const shown = {};
  for (const [name, form] of Object.entries(forms)) {
    await caches.default.put(`https://x.example/${name}`, form());
    const found = await caches.default.match(`https://x.example/${name}`);
    shown[name] = found ? [found.status, await found.text()] : null;
  }
  return Response.json(shown);
} }"""


def test_streams_encoded_contents_and_empty_ones_come_back_as_they_were(start, tmp_path):
    worker = script(tmp_path, FORMS)
    edge = start(Cloud(workers=(worker,), routes=(Route(HOST, "app", "domain", ZONE),)))

    assert edge.get("/").json() == {
        "streamed": [200, "a stream"],
        "encoded": [200, "gzipped"],
        "empty": [204, ""],  # its status has no time of its own, its header has one
    }


def test_a_zone_is_bounded_and_the_oldest_answers_go(start, tmp_path, monkeypatch):
    monkeypatch.setattr(kind, "ZONE_BYTES", 100)
    monkeypatch.setattr(kind, "ANSWER_BYTES", 60)
    caches = Caches(start(in_zones(tmp_path, {HOST: ZONE})))
    keys = [f"https://x.example/{place}" for place in range(3)]
    for key in keys:
        caches.put("x" * 40, key)
        assert caches.body(key) is not None

    assert [caches.body(key) is not None for key in keys] == [False, True, True]
    caches.put("x" * 200_000, "https://x.example/large")
    assert caches.match("https://x.example/large") is None
    assert caches.body(keys[2]) is not None


def test_what_was_kept_outlives_a_restart(tmp_path):
    cloud = in_zones(tmp_path, {HOST: ZONE})
    with running(tmp_path / "runtime", cloud) as edge:
        Caches(edge).put("of before")
    with running(tmp_path / "runtime", cloud) as edge:
        assert Caches(edge).body() == "of before"


HONO = """import { Hono } from "hono";
import { cache } from "hono/cache";
let asked = 0;
const app = new Hono();
app.get("*", cache({ cacheName: "pages", cacheControl: "max-age=60", wait: true }));
app.get("/page", (c) => c.text(`answer ${++asked}`));
app.get("/cookie", (c) => { c.header("set-cookie", "a=b"); return c.text(`answer ${++asked}`); });
export default app;
"""


@pytest.fixture
def hono(tmp_path: Path, start: Start) -> Callable[[str], str]:
    """Ask a worker that is made with the pinned Hono."""
    entry = tmp_path / "index.ts"
    entry.write_text(HONO)
    esbuild: list[str | Path] = [
        ROOT / "node_modules/.bin/esbuild",
        entry,
        "--bundle",
        "--format=esm",
    ]
    modules = {**os.environ, "NODE_PATH": str(ROOT / "node_modules")}
    built = subprocess.run(esbuild, capture_output=True, text=True, check=True, env=modules)
    worker = script(tmp_path, built.stdout)
    edge = start(Cloud(workers=(worker,), routes=(Route(HOST, "app", "domain", ZONE),)))
    return lambda path: edge.get(path).text


def test_the_cache_of_hono_works(hono):
    assert [hono("/page"), hono("/page")] == ["answer 1", "answer 1"]
    assert [hono("/cookie"), hono("/cookie")] == ["answer 2", "answer 3"]
