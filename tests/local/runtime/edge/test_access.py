"""Access at the edge (OP-5): who is let in, and what a worker hears of them."""

import json
import re
import stat
import subprocess
import time
from typing import Any

import pytest

from local.records.model import Cloud, Route
from tests.local.runtime.edge.forge import claims, signed
from tests.local.runtime.edge.guarded import (
    ADA,
    AUD,
    BROWSER,
    ECHO,
    OTHER_AUD,
    TEAM,
    ZONE,
    Login,
    application,
    behind,
    certificates,
    cookie,
    machine,
    policy,
    service,
)
from tests.support_runtime import HOST, eventually, running, script, serving

pytestmark = pytest.mark.workerd

SECONDS = 60
"""How long a line of the log may take on a busy machine."""

BY_TOKEN = policy("non_identity", {"service_token": {"token_id": "t1"}})
EVERYONE: dict[str, Any] = {"everyone": {}}
HERE, ELSEWHERE = {"ip": {"ip": "127.0.0.0/8"}}, {"ip": {"ip": "203.0.113.0/24"}}
FETCHES = """export default { async fetch(request) {
  const to = new URL(request.url).searchParams.get("to");
  const headers = JSON.parse(request.headers.get("x-send") ?? "{}");
  return fetch(to, { headers });
} }"""
VERIFY = """
import { verifyWithJwks } from "hono/jwt";
const { token, keys, iss, aud } = JSON.parse(process.argv[1]);
const allowed = { allowedAlgorithms: ["RS256"], verification: { iss, aud } };
const found = await verifyWithJwks(token, { keys, ...allowed });
console.log(JSON.stringify(found));
"""


@pytest.fixture
def guard(start, tmp_path):
    """Start a worker that says what it was asked, behind the applications that are given."""

    def begin(*apps, tokens=(), **fields):
        return start(behind(serving(script(tmp_path, ECHO), **fields), *apps, tokens=tokens))

    return begin


def key_of(edge) -> Any:
    return json.loads((edge.directory / "access-key.json").read_text())


def seen(answer) -> Any:
    assert answer.status == 200, answer.text
    return answer.json()["headers"]


def test_a_person_logs_in_and_the_worker_hears_who_it_is(guard):
    edge = guard(application(policy("allow", ADA)))
    entered = Login(edge).enter()

    assert (entered.status, entered.headers["location"]) == (302, f"https://{HOST}/start?x=1")
    jwt, *marks = entered.headers["set-cookie"].removeprefix("CF_Authorization=").split("; ")
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=none", "Max-Age=3600"} == set(marks)
    forged = {"Cf-Access-Authenticated-User-Email": "eve@chitty.cc"}
    headers = seen(edge.get("/", headers={**cookie(jwt), **forged}))
    assert headers["cf-access-authenticated-user-email"] == "ada@chitty.cc"
    assert headers["cf-access-jwt-assertion"] == jwt


def test_a_library_verifies_what_the_edge_issues(guard):
    edge = guard(application(policy("allow", ADA), BY_TOKEN), tokens=[service()])
    person = Login(edge).jwt()
    token = seen(edge.get("/", headers=machine()))["cf-access-jwt-assertion"]

    found = [verified(edge, each) for each in (person, token)]

    assert (found[0]["email"], found[1]["common_name"]) == ("ada@chitty.cc", "t1.access")
    assert all(each["aud"] == [AUD] and each["type"] == "app" for each in found)
    assert all(3500 < each["exp"] - each["iat"] <= 3600 for each in found)
    with pytest.raises(subprocess.CalledProcessError):
        verified(edge, person, "c" * 64)


def verified(edge, token, aud=AUD):
    asked = {"token": token, "iss": f"https://{TEAM}", "aud": aud, **certificates(edge)}
    done = subprocess.run(
        ["node", "--input-type=module", "-e", VERIFY, json.dumps(asked)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_certificates_are_at_the_team_and_at_the_host(guard):
    edge = guard(application(policy("allow", ADA)))

    own = edge.get("/cdn-cgi/access/certs", host=HOST).json()

    assert own == certificates(edge)
    assert not {"d", "p", "q", "dp", "dq", "qi"} & own["keys"][0].keys()


def test_a_machine_comes_in_by_its_token_and_no_secret_goes_on(guard):
    edge = guard(application(BY_TOKEN), tokens=[service()])
    headers = seen(edge.request("POST", "/", body="x", headers=machine()))

    assert "cf-access-jwt-assertion" in headers
    assert not {"cf-access-client-id", "cf-access-client-secret"} & headers.keys()
    assert "cf-access-authenticated-user-email" not in headers
    assert "set-cookie" not in edge.get("/", headers=machine()).headers


def test_a_machine_may_prove_itself_in_one_header(guard):
    app = application(BY_TOKEN, token_header="Authorization")
    edge = guard(app, tokens=[service()])
    both = json.dumps({name.lower(): value for name, value in machine().items()})

    assert "authorization" not in seen(edge.get("/", headers={"Authorization": both}))
    for other in (
        '{"cf-access-client-id": "t1.access"}',
        "Bearer x",
        "{",
        both.replace("t1", "t2"),
    ):
        assert edge.get("/", headers={"Authorization": other}).status == 403


@pytest.mark.parametrize(("unauthorized", "status"), [(False, 403), (True, 401)])
def test_a_machine_gets_a_status_and_never_a_page(guard, unauthorized, status):
    app = application(policy("allow", ADA), BY_TOKEN, unauthorized=unauthorized)
    edge = guard(app, tokens=[service()])
    asked = [
        edge.get("/"),
        edge.get("/", headers={"Accept": "application/json"}),
        edge.get("/", headers={**BROWSER, **machine(secret="x")}),
        edge.get("/", headers={**BROWSER, "X-Requested-With": "XMLHttpRequest"}),
        edge.request("POST", "/", body="x", headers=BROWSER),
    ]

    for answer in asked:
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["status"] == status
        assert "location" not in answer.headers


def test_a_browser_is_not_sent_to_a_login_that_would_not_help(guard):
    edge = guard(application(BY_TOKEN, denied="Machines <only>"), tokens=[service()])

    answer = edge.get("/", headers=BROWSER)

    assert (answer.status, answer.headers["content-type"]) == (403, "text/html; charset=UTF-8")
    assert "Machines &#60;only&#62;" in answer.text


MAIL, DOMAIN = {"email": {"email": "ada@chitty.cc"}}, {"email_domain": {"domain": "chitty.cc"}}
GROUP = {"group": {"include": [DOMAIN], "exclude": [MAIL], "require": []}}
PIN, GEO = {"login_method": {"id": "4" * 32}}, {"geo": {"country_code": "XX"}}
SIX, SIX_OTHER = {"ip": {"ip": "2001:db8::/32"}}, {"ip": {"ip": "::/1"}}
TABLE = [
    ("a mail", [policy("allow", MAIL)], True),
    ("another mail", [policy("allow", {"email": {"email": "bob@chitty.cc"}})], False),
    ("a domain", [policy("allow", DOMAIN)], True),
    ("a longer domain", [policy("allow", {"email_domain": {"domain": "x.chitty.cc"}})], False),
    ("the end of a domain", [policy("allow", {"email_domain": {"domain": "itty.cc"}})], False),
    ("everyone", [policy("allow", EVERYONE)], True),
    ("one of two", [policy("allow", ELSEWHERE, MAIL)], True),
    ("a network", [policy("allow", HERE)], True),
    ("another network", [policy("allow", ELSEWHERE)], False),
    ("of version six", [policy("allow", SIX, SIX_OTHER)], False),
    ("a need", [policy("allow", MAIL, require=[HERE, DOMAIN])], True),
    ("a need that is not met", [policy("allow", MAIL, require=[HERE, ELSEWHERE])], False),
    ("excluded", [policy("allow", DOMAIN, exclude=[MAIL])], False),
    ("another excluded", [policy("allow", DOMAIN, exclude=[ELSEWHERE])], True),
    ("a group with an exception", [policy("allow", GROUP)], False),
    ("an exception from a group", [policy("allow", DOMAIN, exclude=[GROUP])], True),
    ("a way to log in", [policy("allow", EVERYONE, require=[PIN])], True),
    ("another way", [policy("allow", {"login_method": {"id": "5" * 32}})], False),
    ("a country", [policy("allow", GEO)], True),
    ("an unknown selector", [policy("allow", {"device_posture": {"integration_uid": "x"}})], False),
    ("a service token", [policy("allow", {"service_token": {"token_id": "t1"}})], False),
    ("any token", [policy("allow", {"any_valid_service_token": {}})], False),
    ("blocked first", [policy("deny", MAIL), policy("allow", DOMAIN)], False),
    ("allowed first", [policy("allow", MAIL), policy("deny", DOMAIN)], True),
    ("blocked elsewhere", [policy("deny", ELSEWHERE), policy("allow", MAIL)], True),
    ("no policy", [], False),
    ("only blocked", [policy("deny", ELSEWHERE)], False),
    ("bypassed", [policy("deny", EVERYONE), policy("bypass", HERE)], True),
    ("a bypass of others", [policy("bypass", ELSEWHERE)], False),
    ("a bypass by the login", [policy("bypass", PIN)], False),
]


def test_policies_decide_as_documented(start, tmp_path):
    """One runtime, an application a row; a session of ada@chitty.cc knocks at each."""
    routes = [Route(f"h{i}.{ZONE}", "app", "domain", ZONE) for i in range(len(TABLE))]
    apps = [
        application(*policies, aud=f"{i:064}", places=[f"h{i}.{ZONE}"])
        for i, (_, policies, _) in enumerate(TABLE)
    ]
    edge = start(behind(Cloud((script(tmp_path, ECHO),), tuple(routes)), *apps))
    edge.get("/", host="h0.example.com")
    key = key_of(edge)
    found = {}
    for index, (name, _, _) in enumerate(TABLE):
        session = cookie(signed(key, None, claims(aud=[f"{index:064}"])))
        found[name] = edge.get("/", host=f"h{index}.{ZONE}", headers=session).status == 200

    assert found == {name: admitted for name, _, admitted in TABLE}


def test_a_bypass_says_nothing_of_who_asks(guard):
    edge = guard(application(policy("bypass", HERE), policy("allow", ADA)))

    headers = seen(edge.get("/", headers=machine()))

    assert not [name for name in headers if name.startswith("cf-access")]


def test_a_policy_for_machines_may_require_an_address(guard):
    token = {"service_token": {"token_id": "t1"}}
    near = policy("non_identity", token, require=[HERE])
    far = policy("non_identity", token, require=[ELSEWHERE])
    edge = guard(application(near), tokens=[service()])
    assert edge.get("/", headers=machine()).status == 200

    edge.apply(
        behind(edge.runtime._cloud, application(far), tokens=[service()])  # the same, but for this
    )

    assert edge.get("/", headers=machine()).status == 403


PLACES = {
    # of Cloudflare's page on application paths: what covers, what does not
    "*.example.com": (["alpha.example.com/"], ["example.com/", "foo.bar.example.com/"]),
    "example.com": (["example.com/", "example.com/alpha"], ["alpha.example.com/"]),
    "example.com/*": (["example.com/", "example.com/alpha"], ["alpha.example.com/"]),
    "*.test.example.com": (["alpha.test.example.com/"], ["test.example.com/", "example.com/"]),
    "*test.example.com": (
        ["test.example.com/", "alphatest.example.com/"],
        ["beta.test.example.com/"],
    ),
    "example.com/alpha/*": (
        ["example.com/alpha/one", "example.com/alpha/one/two"],
        ["example.com/alpha", "example.com/"],
    ),
    "example.com/foo*/bar": (
        ["example.com/foo/bar", "example.com/food/bar", "example.com/food/stuff/bar"],
        ["example.com/foo/barn", "example.com/bar"],
    ),
    "example.com/admin": (
        [
            "example.com/admin",
            "example.com/admin/x?y=/",
            "example.com/%61dmin",
            "example.com/admin?x",
        ],
        ["example.com/administrator", "example.com/?x=/admin", "example.com/x/admin"],
    ),
}


def test_places_cover_what_the_documentation_says(start, tmp_path):
    every = Route("*example.com/*", "app", "route", ZONE)
    edge = start(Cloud((script(tmp_path, ECHO),), (every,), zone_names=(ZONE,)))
    for place, (covered, free) in PLACES.items():
        edge.apply(behind(edge.runtime._cloud, application(policy("allow", ADA), places=[place])))
        for url, expected in [*((u, 403) for u in covered), *((u, 200) for u in free)]:
            host, _, path = url.partition("/")

            assert edge.get(f"/{path}", host=host).status == expected, (place, url)


def test_the_most_specific_place_wins_and_inherits_nothing(guard):
    edge = guard(
        application(policy("bypass", HERE), aud="1" * 64, places=[f"{HOST}/admin/health"]),
        application(policy("allow", ADA), aud="2" * 64, places=[f"{HOST}/admin"]),
        application(policy("bypass", HERE), aud="3" * 64, places=["*.example.com"]),
    )
    paths = ["/", "/admin", "/admin/x", "/admin/health", "/admin/health/x", "/admin/healthy"]

    found = {path: edge.get(path).status for path in paths}

    assert found == {
        "/": 200,
        "/admin": 403,
        "/admin/x": 403,
        "/admin/health": 200,
        "/admin/health/x": 200,
        "/admin/healthy": 403,
    }


@pytest.mark.parametrize(
    "path",
    [
        "/open/..%2fadmin",
        "/open/..%5cadmin",
        "/open/%2e%2e%2fadmin",
        "//admin",
        "/x//../admin",
        "/%2fadmin",
        "/.%2fadmin",
    ],
)
def test_a_path_with_two_meanings_is_refused(guard, path):
    """A worker that decodes once more must not be reached past what guards its inner path."""
    edge = guard(
        application(policy("allow", ADA), aud="1" * 64, places=[f"{HOST}/admin"]),
        application(policy("bypass", HERE), aud="2" * 64, places=[f"{HOST}/open"]),
    )

    answer = edge.get(path)

    assert answer.status in (400, 403), answer.text


def test_a_worker_is_guarded_at_every_host_that_it_has(start, tmp_path):
    """Incident 20: what guards one host alone leaves the others open."""
    worker = script(tmp_path, ECHO)
    routes = (
        Route(HOST, "app", "domain", ZONE),
        Route("second.example.com", "app", "domain", ZONE),
        Route("third.example.com/api/*", "app", "route", ZONE),
        Route("free.example.com", "free", "domain", ZONE),
    )
    cloud = Cloud((worker, script(tmp_path, ECHO, "free")), routes, zone_names=(ZONE,))
    asked = {
        HOST: "/",
        "second.example.com": "/",
        "third.example.com": "/api/x",
        "free.example.com": "/",
    }
    by_host = behind(cloud, application(policy("allow", ADA)))
    by_worker = behind(cloud, application(policy("allow", ADA), places=[], workers=["app"]))
    edge = start(by_host)

    assert [edge.get(p, host=h).status for h, p in asked.items()] == [403, 200, 200, 200]
    edge.apply(by_worker)
    assert [edge.get(p, host=h).status for h, p in asked.items()] == [403, 403, 403, 200]


def test_what_a_worker_fetches_meets_access_too(start, tmp_path):
    caller, guarded = script(tmp_path, FETCHES, "caller"), script(tmp_path, ECHO, "guarded")
    routes = (
        Route(HOST, "caller", "domain", ZONE),
        Route("in.example.com", "guarded", "domain", ZONE),
        Route("free.example.com", "guarded", "domain", ZONE),
    )
    app = application(BY_TOKEN, places=["in.example.com"])
    edge = start(behind(Cloud((caller, guarded), routes), app, tokens=[service()]))

    def fetched(url, **headers):
        return edge.get(f"/?to={url}", headers={"x-send": json.dumps(headers)})

    assert fetched("https://in.example.com/").status == 403
    assert "cf-access-jwt-assertion" in seen(fetched("https://in.example.com/", **machine()))
    lie = {"cf-access-authenticated-user-email": "ada@chitty.cc"}
    assert not lie.keys() & seen(fetched("https://free.example.com/", **lie)).keys()
    keys = fetched(f"https://{TEAM}/cdn-cgi/access/certs").json()
    assert keys == certificates(edge)


def test_preflights_pass_where_that_was_asked_for(guard):
    edge = guard(application(policy("allow", ADA)))
    assert edge.request("OPTIONS", "/").status == 403

    edge.apply(behind(edge.runtime._cloud, application(policy("allow", ADA), preflights_pass=True)))

    assert edge.request("OPTIONS", "/").status == 200
    assert edge.get("/").status == 403


def test_a_code_is_for_one_login_and_few_tries(guard):
    edge = guard(application(policy("allow", ADA)))
    login = Login(edge)
    at = login.sent_to()
    begun = login.mail("Ada@Chitty.cc", at)
    code = login.code("ada@chitty.cc")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    assert [login.post(at, login=begun, code=wrong).status for _ in range(5)] == [403] * 5
    assert login.post(at, login=begun, code=code).status == 403
    again = login.mail("ada@chitty.cc", at)
    fresh = login.code("ada@chitty.cc")
    entered = login.post(at, login=again, code=fresh)
    assert entered.status == 302
    assert login.post(at, login=again, code=fresh).status == 403
    there = entered.headers["location"].removeprefix(f"https://{HOST}")
    assert edge.get(there, host="other.example.com").status == 530
    assert edge.get(there).status == 302
    assert edge.get(there).status == 400


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data"])
def test_what_is_no_form_is_no_login(guard, kind):
    edge = guard(application(policy("allow", ADA)))
    at = Login(edge).sent_to()

    answer = edge.request("POST", at, host=TEAM, body="{}", headers={"Content-Type": kind})

    assert (answer.status, answer.headers["content-type"]) == (400, "text/html; charset=UTF-8")


def test_who_may_not_enter_gets_no_code_and_no_word_of_it(guard):
    edge = guard(application(policy("allow", ADA)))
    login = Login(edge)
    at = login.sent_to()

    begun = login.mail("eve@chitty.cc", at)

    assert login.post(at, login=begun, code="000000").status == 403
    said = f"eve@chitty.cc asked for a code for {HOST}: no policy of App lets in, or one blocks"

    def told():
        return [entry["message"] for entry in edge.runtime.logs(worker="access")]

    eventually(told, [said], SECONDS)  # workerd says it a moment after it has answered


@pytest.mark.parametrize("to", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x"])
def test_a_login_leads_to_its_own_host(guard, to):
    edge = guard(application(policy("allow", ADA)))
    at = f"/cdn-cgi/access/login/{HOST}?kid={AUD}&redirect_url={to}"

    assert edge.get(at, host=TEAM).status == 400
    assert edge.get(f"/cdn-cgi/access/login/{HOST}?kid=x", host=TEAM).status == 400
    assert edge.get("/", host=TEAM).status == 404


def test_a_browser_on_this_machine_stays_on_it(guard):
    """By the `.localhost` name all is plain http, so that no cookie may ask for https."""
    edge = guard(application(policy("allow", ADA)))
    port = edge.runtime.edge_port
    login = Login(edge)
    sent = edge.get("/", host=f"{HOST}.localhost:{port}", headers=BROWSER)
    begin = f"http://{TEAM}.localhost:{port}"
    assert sent.headers["location"].startswith(begin)
    at = sent.headers["location"].removeprefix(begin)
    begun = login.mail("ada@chitty.cc", at)
    body = f"login={begun}&code={login.code('ada@chitty.cc')}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    there = edge.request("POST", at, host=f"{TEAM}.localhost:{port}", body=body, headers=kind)
    own = f"http://{HOST}.localhost:{port}"
    assert there.headers["location"].startswith(f"{own}/cdn-cgi/access/authorized?")
    entered = edge.get(there.headers["location"].removeprefix(own), host=f"{HOST}.localhost:{port}")

    assert entered.headers["location"] == f"{own}/"
    assert "Secure" not in entered.headers["set-cookie"]
    assert "SameSite=lax" in entered.headers["set-cookie"]


def test_who_logs_out_is_out(guard):
    edge = guard(application(policy("allow", ADA)))
    jwt = Login(edge).jwt()
    assert edge.get("/", headers=cookie(jwt)).status == 200
    known = edge.get("/cdn-cgi/access/get-identity", headers=cookie(jwt)).json()
    assert (known["email"], known["type"]) == ("ada@chitty.cc", "app")

    out = edge.get("/cdn-cgi/access/logout", headers=cookie(jwt))

    assert "CF_Authorization=; Path=/; Max-Age=0" in out.headers["set-cookie"]
    assert edge.get("/", headers=cookie(jwt)).status == 403
    assert edge.get("/cdn-cgi/access/get-identity", headers=cookie(jwt)).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"policies": [policy("allow", {"email": {"email": "bob@chitty.cc"}})]},
        {"policies": []},
        {"policies": [policy("deny", ADA), policy("allow", EVERYONE)]},
        {"revoked_at": time.time() + 3600},
        {"aud": OTHER_AUD},
    ],
    ids=["another policy", "no policy", "a block", "revoked", "made anew"],
)
def test_a_change_of_who_may_ends_sessions(guard, changes):
    edge = guard(application(policy("allow", ADA)))
    session = cookie(Login(edge).jwt())
    assert edge.get("/", headers=session).status == 200
    process = edge.runtime.status()["pid"]

    edge.apply(behind(edge.runtime._cloud, application(policy("allow", ADA)) | changes))

    assert edge.get("/", headers=session).status == 403
    assert edge.runtime.status()["pid"] == process


@pytest.mark.parametrize("changes", [{"enabled": False}, {"until": 1.0}, {"secrets": []}])
def test_a_change_of_a_token_ends_what_came_by_it(guard, changes):
    edge = guard(application(BY_TOKEN), tokens=[service()])
    jwt = seen(edge.get("/", headers=machine()))["cf-access-jwt-assertion"]
    assert edge.get("/", headers=cookie(jwt)).status == 200

    edge.apply(behind(edge.runtime._cloud, application(BY_TOKEN), tokens=[service(**changes)]))

    assert edge.get("/", headers=machine()).status == 403
    expected = 200 if "secrets" in changes else 403  # a rotation leaves what was issued
    assert edge.get("/", headers=cookie(jwt)).status == expected


def test_sessions_outlive_a_restart_and_the_key_is_its_owners(tmp_path):
    cloud = behind(serving(script(tmp_path, ECHO)), application(policy("allow", ADA)))
    with running(tmp_path / "runtime", cloud) as edge:
        jwt = Login(edge).jwt()
    key = tmp_path / "runtime" / "access-key.json"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    with running(tmp_path / "runtime", cloud) as edge:
        assert edge.get("/", headers=cookie(jwt)).status == 200


def test_where_nothing_is_guarded_nothing_is_made(start, tmp_path):
    edge = start(serving(script(tmp_path, ECHO)))

    assert edge.get("/cdn-cgi/access/certs").status == 200  # the worker's own path
    assert not (edge.directory / "access-key.json").exists()


def test_the_log_has_neither_secret_nor_session(guard):
    edge = guard(application(policy("allow", ADA), BY_TOKEN), tokens=[service()])
    jwt = Login(edge).jwt()
    edge.get("/", headers=machine())
    edge.get("/", headers=cookie(jwt))

    written = "".join(
        path.read_text(errors="replace") for path in (edge.directory / "log").iterdir()
    )

    assert re.search(r"code of ada@chitty.cc", written)
    assert jwt not in written
    assert machine()["CF-Access-Client-Secret"] not in written
