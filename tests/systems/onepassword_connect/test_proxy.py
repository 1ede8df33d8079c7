"""The very configuration of the proxy, under a real nginx (OP-1, OP-6, OP-7, CC-13).

Rate limit 100 a minute, caching, and what never leaves the proxy.
"""

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from types import SimpleNamespace

import pytest

from harness import nginx
from planning.refusals import RefusedError
from systems.onepassword_connect.proxy import Proxy, nginx_configuration
from tests.systems.onepassword_connect.upstream import Upstream, ask, one

CLOUDFLARED, STRANGER = "127.0.0.2", "127.0.0.3"
"""Addresses of loopback: the one whose CF-Connecting-IP is believed, and another."""

KNOWN = "token-0"
VAULT, ITEM = "v" * 26, "i" * 26
LISTS = [
    "/v1/vaults",
    "/v1/vaults/",
    "/v1/vaults?filter=name%20eq%20%22a/b%22",
    f"/v1/vaults/{VAULT}",
    f"/v1/vaults/{VAULT}/items",
    f"/v1/vaults/{VAULT}/items/?filter=title%20eq%20%22x%22",
]
SECRETS = [
    f"/v1/vaults/{VAULT}/items/{ITEM}",
    f"/v1/vaults/{VAULT}/items/{ITEM}/",
    f"/v1/vaults/{VAULT}/items/{ITEM}/files",
    f"/v1/vaults/{VAULT}/items/{ITEM}/files/{ITEM}/content",
    "/v1/activity",
]
KEPT = 1
"""Seconds that lists are kept here: long enough to be seen, short enough to wait for."""


@dataclass(frozen=True)
class Running:
    port: int
    figures: int
    connect: Upstream
    folder: object
    output: object

    def client(self, number):
        """Return headers of one client out of many, as cloudflared sends them."""
        return {"CF-Connecting-IP": f"100.64.{number // 250}.{number % 250 + 1}"}


@pytest.fixture(scope="module")
def proxy(real_nginx, tmp_path_factory):  # noqa: ARG001 - it is there
    folder = tmp_path_factory.mktemp("proxy")
    connect = Upstream({f"token-{number}" for number in range(8)} | {"revoked"})
    port, figures = nginx.free_port(), nginx.free_port()
    configuration = nginx_configuration(
        Proxy(
            edge=f"127.0.0.1:{port}",
            monitoring=f"127.0.0.1:{figures}",
            trusted=CLOUDFLARED,
            connect=f"127.0.0.1:{connect.port}",
            health=f"127.0.0.1:{connect.port}",
            kept=KEPT,
            folder=str(folder),
        )
    )
    assert nginx.check(configuration, folder) == ""
    with nginx.running(configuration, folder, port) as output:
        yield Running(port, figures, connect, folder, output)
    connect.close()


@pytest.fixture
def fresh(proxy, request):
    """Return a client that nobody was before."""
    number = 40_000 + abs(hash(request.node.nodeid)) % 10_000
    return lambda *requests: ask(
        proxy.port,
        [(path, token, {**proxy.client(number), **more}) for path, token, more in requests],
        CLOUDFLARED,
    )


def get(path, token=KNOWN, **more):
    return path, token, more


def bounds(seconds):
    """Return the fewest and the most requests that pass at once, and in *seconds* beside them."""
    later = seconds * 100 / 60
    return 21, 22 + later


def test_a_client_has_a_hundred_requests_a_minute_and_twenty_at_once(fresh):
    began = time.monotonic()
    answers = fresh(*[get(f"/v1/vaults/{VAULT}/items/{ITEM}")] * 60)
    least, most = bounds(time.monotonic() - began)
    passed = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 429]

    assert len(passed) + len(refused) == 60
    assert least <= len(passed) <= most
    assert refused[0].json == {"status": 429, "message": "more than 100 requests a minute"}
    assert refused[0].headers["retry-after"] == "1"


def test_it_gets_the_next_request_after_six_tenths_of_a_second(fresh):
    began = time.monotonic()
    fresh(*[get("/v1/activity")] * 40)
    passed = 0
    while not passed:
        passed = sum(answer.status == 200 for answer in fresh(get("/v1/activity")))
    assert time.monotonic() - began > 0.3


def test_answers_that_are_kept_count_as_well(fresh):
    answers = fresh(*[get("/v1/vaults")] * 60)

    assert sum(answer.status == 429 for answer in answers) >= 60 - bounds(1)[1]


def test_watching_takes_nothing_of_it(fresh):
    """`ops verify` alone asks for the health two dozen times at once."""
    answers = fresh(*[get("/v1/health")] * 60, *[get(f"/v1/vaults/{VAULT}/items/{ITEM}")] * 15)

    assert {answer.status for answer in answers} == {200}


def test_clients_do_not_share_their_limit(proxy):
    asked = [("/v1/activity", "token-0", proxy.client(30_000 + n // 20)) for n in range(100)]

    assert {answer.status for answer in ask(proxy.port, asked, CLOUDFLARED)} == {200}


def test_nobody_else_says_who_the_client_is(proxy):
    """OP-C8: A spoofed CF-Connecting-IP from any other network has no effect."""
    asked = [("/v1/activity", "token-0", proxy.client(n)) for n in range(60)]
    asked += [("/v1/activity", "token-0", {"X-Forwarded-For": f"100.65.0.{n}"}) for n in range(20)]
    answers = ask(proxy.port, asked, STRANGER)

    assert sum(answer.status == 429 for answer in answers) >= 80 - bounds(2)[1]
    assert f'"client":"{STRANGER}"' in proxy.output()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_kept_for_its_token_alone(fresh, path):
    first, again, other = fresh(get(path, "token-1"), get(path, "token-1"), get(path, "token-2"))

    assert (first.cache, again.cache, other.cache) == ("MISS", "HIT", "MISS")
    assert first.json == again.json
    assert other.json["for"] == "token-2"
    assert first.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", SECRETS)
def test_what_may_hold_a_secret_is_never_kept(fresh, path):
    """OP-C9: items, files, and who asked for what."""
    first, again = fresh(get(path), get(path))

    assert first.cache is None
    assert again.json["number"] == first.json["number"] + 1


def test_a_refusal_is_never_kept(fresh):
    """A token that is there a moment later would go on being refused."""
    first, again = fresh(get("/v1/vaults", "later"), get("/v1/vaults", "later"))

    assert (first.status, again.status) == (401, 401)
    assert again.json["number"] == first.json["number"] + 1


def test_no_request_that_writes_is_answered_from_what_was_kept(proxy, fresh):
    path = f"/v1/vaults/{VAULT}/items"
    fresh(get(path))
    before = proxy.connect.asked[path]
    answers = fresh(*[get(f"{method} {path}") for method in ("POST", "PUT", "DELETE")])

    assert [answer.status for answer in answers] == [200] * 3
    assert proxy.connect.asked[path] == before + 3


def test_no_answer_crosses_tokens_in_ten_thousand_mixed_requests(proxy):
    """OP-7: item details are asked for in between, and tokens that are none."""
    shuffled = random.Random(7)  # noqa: S311 - the same mixture each time
    tokens = [*(f"token-{number}" for number in range(8)), "nobody"]
    asked = [
        (shuffled.choice(LISTS + SECRETS[:1]), shuffled.choice(tokens), proxy.client(number))
        for number in range(10_000)
    ]
    with ThreadPoolExecutor(4) as pool:
        parts = [asked[number::4] for number in range(4)]
        came = list(pool.map(lambda part: ask(proxy.port, part, CLOUDFLARED), parts))
    pairs = list(zip(chain(*parts), chain(*came), strict=True))
    crossed = [each for each, answer in pairs if answer.json["for"] != each[1]]
    hits = sum(answer.cache == "HIT" for _, answer in pairs)

    assert len(pairs) == 10_000
    assert crossed == []
    assert all((answer.status == 401) == (each[1] == "nobody") for each, answer in pairs)
    assert hits > 5_000


def test_a_revoked_token_reads_lists_no_longer_than_they_are_kept(proxy, fresh):
    item = f"/v1/vaults/{VAULT}/items/{ITEM}"
    (kept,) = fresh(get("/v1/vaults", "revoked"))
    proxy.connect.tokens.discard("revoked")
    at_once = fresh(get(item, "revoked"))[0]
    time.sleep(KEPT + 1.1)
    later = fresh(get("/v1/vaults", "revoked"))[0]

    assert kept.status == 200
    assert at_once.status == 401
    assert later.status == 401


NOT_THERE = ["/", "/health", "/metrics", "/v1", "/v2/vaults", "/stub_status", "/refused/404"]


@pytest.mark.parametrize("path", NOT_THERE)
def test_nothing_else_is_there(proxy, fresh, path):
    before = sum(proxy.connect.asked.values())
    (answer,) = fresh(get(path))

    assert answer.status == 404
    assert answer.json["status"] == 404
    assert sum(proxy.connect.asked.values()) == before


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/vaults/{VAULT}/items/{ITEM}/../",
        f"/v1/vaults/{VAULT}/items/{ITEM}/%2e%2e/",
        "/v1//vaults",
        "/v1/vaults%2F",
        "/v1/vaults/%5C",
        "/v1/./vaults",
    ],
)
def test_a_path_that_means_another_one_is_refused(fresh, path):
    (answer,) = fresh(get(path))

    assert answer.status == 400
    assert b"html" not in answer.body.lower() or answer.json


def test_health_comes_from_the_aggregator_and_is_only_read(fresh):
    read, written = fresh(get("/v1/health", ""), get("POST /v1/health"))

    assert read.json["path"] == "/v1/health"
    assert written.status == 405


def test_connect_never_sees_what_opened_the_door(proxy, fresh):
    fresh(
        get(
            "/v1/activity",
            CF_Access_Client_Id="id.access",
            CF_Access_Client_Secret="door-key",
            Cf_Access_Jwt_Assertion="assertion",
            Cookie="CF_Authorization=door-key",
        )
    )
    head = proxy.connect.heads[-1].lower()

    assert "authorization: bearer token-0" in head
    assert "door-key" not in head
    assert "id.access" not in head
    assert "assertion" not in head


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        (f"/v1/vaults?filter={'x' * 20_000}", {}, 414),
        ("/v1/vaults", {"X-Long": "x" * 20_000}, 431),
    ],
    ids=["address", "header"],
)
def test_what_is_too_long_is_refused_as_json(fresh, path, more, status):
    (answer,) = fresh(get(path, **more))

    assert (answer.status, answer.json["status"]) == (status, status)


def test_no_token_and_no_query_is_logged(proxy, fresh):
    fresh(get("/v1/vaults?filter=title%20eq%20%22wages%22", "nobody-knows-me"))
    time.sleep(0.1)
    said = proxy.output()

    assert '"path":"/v1/vaults","status":401' in said
    assert "nobody-knows-me" not in said
    assert "token-0" not in said
    assert "wages" not in said


def test_its_figures_are_on_a_port_of_their_own(proxy):
    answer = one(proxy.figures, "/stub_status", Connection="close")

    assert b"Active connections" in answer.body
    assert one(proxy.figures, "/v1/vaults", "token-0").status == 404


def test_it_says_as_json_that_nothing_answers(tmp_path):
    port = nginx.free_port()
    nowhere = f"127.0.0.1:{nginx.free_port()}"
    given = SimpleNamespace(edge=f"127.0.0.1:{port}", figures=f"127.0.0.1:{nginx.free_port()}")
    configuration = nginx_configuration(
        Proxy(given.edge, given.figures, CLOUDFLARED, nowhere, nowhere, folder=str(tmp_path))
    )
    with nginx.running(configuration, tmp_path, port) as output:
        answer = one(port, "/v1/vaults?filter=title%20eq%20%22wages%22", "token-0")
        time.sleep(0.1)
        said = output()

    assert '"path":"/v1/vaults","status":503' in said
    assert "wages" not in said
    assert answer.status == 503
    assert answer.json["status"] == 503
    assert answer.headers["retry-after"] == "2"


def test_all_that_it_writes_is_below_one_folder():
    """The folder is in memory: tokens stand in the keys of what is kept."""
    proxy = Proxy("10.0.0.1:80", "10.0.1.1:81", "10.0.0.2", "connect:8080", "health:8090")
    text = nginx_configuration(proxy)
    written = re.findall(r"(?:_path|^pid) (\S+?)[ ;]", text, re.MULTILINE)

    assert len(written) == 7
    assert all(path.startswith("/tmp/") for path in written)  # noqa: S108
    assert "proxy_max_temp_file_size 0" in text
    assert "@" not in text.partition("\n")[2]


def test_a_value_cannot_bring_directives_along():
    with pytest.raises(RefusedError, match="the proxy's connect is 'a; return 200'"):
        nginx_configuration(Proxy("a:1", "b:2", "c", "a; return 200", "d"))
