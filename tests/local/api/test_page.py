"""The live page: who gets to see it, what it shows, and what it never does."""

import asyncio
import json

import pytest

from local.api.live_page.page import family
from local.api.live_page.page_passes import SECONDS, Passes
from local.api.live_page.shown_values import CELL_READ, LONGEST_CELL, LONGEST_READ, LONGEST_VALUE
from local.api.live_page.stream import HIDDEN, LINES, LONGEST_PATH, WAITING, Waiting, events
from tests.local.api.conftest import TOKEN, ZONE_ID

pytestmark = pytest.mark.anyio

API = "http://127.0.0.1:4400"
PAGE = f"{API}/local/page"
SECRET = "canary of a secret"
OPEN = {"/local/page", "/local/page/files/{name}", "/local/page/session"}
"""What needs no session: it has nothing of the account, or makes one."""

GUARDED = [op for op in family.operations if op.presigned and op.path not in OPEN]
NAMES = {"namespace_id": "n", "bucket_name": "b", "database_id": "d", "script_name": "s"}
IDS = {"object_namespace_id": "o", "object_id": "i", "queue_id": "q", "name": "x"}


class Tab:
    """A tab of a browser that has the page open."""

    def __init__(self, world, session):
        self.world = world
        self.headers = {"authorization": f"Bearer {session}", "sec-fetch-site": "same-origin"}

    async def get(self, path, **query):
        return await self.ask("GET", path, params=query)

    async def ask(self, method, path, **sent):
        return await self.world.ask(method, f"{PAGE}/{path}", headers=self.headers, **sent)


@pytest.fixture
async def tab(world):
    link = (await world.ask("POST", f"{PAGE}/links"))["url"].partition("#")[2]
    made = await world.ask("POST", f"{PAGE}/session", json={"link": link}, headers=nobody())
    return Tab(world, made["session"])


@pytest.fixture
async def stores(world):
    """Make one store of each kind, with a worker that is bound to them and has a secret."""
    kv = await world.ask("POST", world.account("/storage/kv/namespaces"), json={"title": "keys"})
    await world.ask("POST", world.account("/r2/buckets"), json={"name": "files"})
    d1 = await world.ask("POST", world.account("/d1/database"), json={"name": "main"})
    await world.ask("POST", world.account("/queues"), json={"queue_name": "jobs"})
    bindings = [
        {"name": "TOKEN", "type": "secret_text", "text": SECRET},
        {"name": "KV", "type": "kv_namespace", "namespace_id": kv["id"]},
    ]
    await world.upload(bindings=bindings)
    return {"kv": kv["id"], "d1": d1["uuid"], "r2": "files"}


def nobody():
    return {"authorization": ""}


async def asked(world, operation, **headers):
    path = operation.path.format(**NAMES, **IDS)
    return await world.client.request(operation.method, f"{API}{path}", headers=headers)


async def test_the_page_itself_needs_no_token_and_lets_nothing_in_from_elsewhere(world):
    page = await world.client.get(PAGE, headers=nobody())

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["main.mjs", "page.css"])
async def test_its_files_are_served(world, name):
    assert (await world.client.get(f"{PAGE}/files/{name}", headers=nobody())).is_success


@pytest.mark.parametrize(
    "name", ["nothing.mjs", "..%2fentering.py", "%2e%2e%2fpasses.py", "%2fetc"]
)
async def test_no_other_file_is_served(world, name):
    assert (await world.client.get(f"{PAGE}/files/{name}", headers=nobody())).status_code == 404


@pytest.mark.parametrize("operation", GUARDED, ids=lambda op: f"{op.method} {op.path}")
async def test_nothing_of_the_account_is_shown_without_a_session(world, operation):
    assert (await asked(world, operation, **nobody())).status_code == 401
    # The token opens the API, not the page; a link is no session before it was turned into one.
    assert (await asked(world, operation, authorization=f"Bearer {TOKEN}")).status_code == 401
    link = f"Bearer {Passes(TOKEN).issue('link')}"
    assert (await asked(world, operation, authorization=link)).status_code == 401


@pytest.mark.parametrize("operation", GUARDED, ids=lambda op: f"{op.method} {op.path}")
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:4401"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example:4400"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_no_other_web_page_gets_anything(world, tab, operation, elsewhere):
    answer = await asked(world, operation, **{**tab.headers, **elsewhere})

    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_a_name_that_leads_here_by_dns_rebinding_gets_not_even_the_page(world):
    for path in (PAGE, f"{PAGE}/files/main.mjs"):
        answer = await world.client.get(path, headers={"host": "evil.example"})
        assert answer.status_code == 403


async def test_an_address_that_has_ended_says_how_to_get_another(world):
    now = [1_000_000.0]
    world.client._transport.app.passes = Passes(TOKEN, lambda: now[0])
    link = (await world.ask("POST", f"{PAGE}/links"))["url"].partition("#")[2]
    session = (await world.ask("POST", f"{PAGE}/session", json={"link": link}))["session"]

    now[0] += SECONDS["link"]
    status, _, message = await world.refused("POST", f"{PAGE}/session", json={"link": link})
    assert (status, "make status" in message) == (401, True)
    assert await Tab(world, session).get("overview")

    now[0] += SECONDS["session"]
    headers = {"authorization": f"Bearer {session}"}
    status, _, message = await world.refused("GET", f"{PAGE}/overview", headers=headers)
    assert (status, "make status" in message) == (401, True)


@pytest.mark.parametrize("changed", ["until", "signature", "use", "token", "form"])
def test_a_pass_cannot_be_made_up(changed):
    until, _, signature = Passes(TOKEN).issue("session").partition(".")
    made_up = {
        "until": f"{int(until) + 1}.{signature}",
        "signature": f"{until}.{'0' * 64}",
        "use": Passes(TOKEN).issue("link"),
        "token": Passes("u" * 40).issue("session"),
        "form": "²².x",
    }
    assert not Passes(TOKEN).holds("session", made_up[changed])
    assert Passes(TOKEN).holds("session", f"{until}.{signature}")


@pytest.mark.usefixtures("stores")
async def test_hosts_are_shown_with_who_may_reach_them(world, tab):
    for host, service in (("api.chitty.cc", "api"), ("open.chitty.cc", "api")):
        body = {"hostname": host, "service": service, "zone_id": ZONE_ID}
        await world.ask("PUT", world.account("/workers/domains"), json=body)
    include = [{"email_domain": {"domain": "chitty.cc"}}]
    policy = {"name": "staff", "decision": "allow", "include": include}
    made = await world.ask("POST", world.account("/access/policies"), json=policy)
    app = {"name": "Desk", "domain": "api.chitty.cc/admin", "policies": [made["id"]]}
    await world.ask("POST", world.account("/access/apps"), json=app)

    found = (await tab.get("overview"))["hosts"]

    told = {(each["host"], each["path"]): (each["who"], each["application"]) for each in found}
    assert told == {
        ("api.chitty.cc", "/*"): (["anyone"], ""),
        ("api.chitty.cc", "/admin/*"): (["people of @chitty.cc"], "Desk"),
        ("open.chitty.cc", "/*"): (["anyone"], ""),
    }
    assert found[0]["url"] == "http://api.chitty.cc.localhost:4401/"


@pytest.mark.usefixtures("stores")
async def test_a_host_of_workers_dev_is_shown_by_its_name_here(world, tab):
    switched = {"enabled": True, "previews_enabled": False}
    await world.ask("POST", world.script("api", "/subdomain"), json=switched)

    (found,) = (await tab.get("overview"))["hosts"]

    assert (found["host"], found["kind"]) == ("api.local.workers.dev", "workers.dev")


@pytest.mark.usefixtures("stores")
async def test_what_the_program_says_puts_things_into_systems(world, tab):
    told = {
        "stack": "development",
        "systems": [{"name": "desk", "title": "The desk", "asks_for": "an API token"}],
        "owners": {"WorkersScript api": "desk", "WorkersKvNamespace keys": "desk"},
        "cost": [{"what": "requests", "quantity": "1", "dollars": "5.00"}],
        "prices_of": "2026-11-21",
    }
    await world.ask("PUT", f"{PAGE}/program", json=told)

    found = await tab.get("overview")

    desk, rest = found["systems"]
    assert (desk["title"], desk["answers"], desk["asks_for"]) == (
        "The desk",
        ["worker api"],
        "an API token",
    )
    assert desk["stores"] == ["KV namespace keys"]
    assert (rest["title"], set(rest["stores"])) == (
        "in no system",
        {"R2 bucket files", "D1 database main", "queue jobs"},
    )
    assert (found["stack"], found["cost"][0]["dollars"]) == ("development", "5.00")


async def test_two_stacks_of_an_account_have_their_systems_each(world, tab):
    """A second stack takes nothing from the first; one of which nothing is there says nothing."""
    for stack, script in (("development", "api"), ("second", "other"), ("destroyed", "gone")):
        if script != "gone":
            await world.upload(script)
        told = {
            "stack": stack,
            "systems": [{"name": "desk", "title": f"The desk of {stack}"}],
            "owners": {f"WorkersScript {script}": "desk"},
            "cost": [{"what": "requests", "dollars": "5.00"}],
        }
        await world.ask("PUT", f"{PAGE}/program", json=told)

    found = await tab.get("overview")

    assert [(each["title"], each["answers"]) for each in found["systems"]] == [
        ("The desk of development", ["worker api"]),
        ("The desk of second", ["worker other"]),
    ]
    assert found["stack"] == "development, second"
    assert [each["stack"] for each in found["cost"]] == ["development", "second"]


async def test_a_secret_is_nowhere(world, tab, stores):
    """Names of secrets are shown; a value is not, wherever a worker may have put it."""
    kv, d1 = stores["kv"], stores["d1"]
    values = world.account(f"/storage/kv/namespaces/{kv}/values")
    await world.ask("PUT", f"{values}/k", content=f"x {SECRET} y")
    # Cut in the middle of the secret, half of it would be left.
    await world.ask("PUT", f"{values}/long", content="a" * (LONGEST_VALUE - 5) + SECRET)
    await world.ask("PUT", f"{values}/binary", content=b"\xff\x00" + SECRET.encode())
    await world.ask("PUT", world.account("/r2/buckets/files/objects/o"), content=SECRET)
    for sql, params in (
        ("CREATE TABLE t (a)", []),
        ("INSERT INTO t VALUES (?1)", [SECRET]),
        ("INSERT INTO t VALUES (?1)", ["a" * (LONGEST_CELL - 5) + SECRET]),
    ):
        body = {"sql": sql, "params": params}
        await world.ask("POST", world.account(f"/d1/database/{d1}/query"), json=body)
    program = {"systems": [{"name": "s", "title": SECRET}], "owners": {"R2Bucket files": "s"}}
    await world.ask("PUT", f"{PAGE}/program", json={"stack": SECRET, **program})

    shown = [
        await tab.get("overview"),
        *[await tab.get(f"kv/{kv}/value", key=key) for key in ("k", "long", "binary")],
        await tab.get("r2/files/object", key="o"),
        await tab.get(f"d1/{d1}/rows", table="t"),
        await tab.get("triggers"),
        await tab.get("rules"),
    ]

    assert "TOKEN" in json.dumps(shown[0])
    assert "[secret]" in shown[1]["text"]
    assert SECRET[:5] not in json.dumps(shown)


async def test_keys_and_objects_are_listed_a_page_at_a_time(world, tab, stores):
    pairs = [{"key": f"k{number:03}", "value": "v"} for number in range(130)]
    bulk = world.account(f"/storage/kv/namespaces/{stores['kv']}/bulk")
    await world.ask("PUT", bulk, json=pairs)

    first = await tab.get(f"kv/{stores['kv']}/keys")
    rest = await tab.get(f"kv/{stores['kv']}/keys", cursor=first["cursor"])

    assert [len(first["items"]), len(rest["items"]), rest["cursor"]] == [100, 30, ""]
    begin = await tab.get(f"kv/{stores['kv']}/keys", prefix="k12")
    assert [each["name"] for each in begin["items"]] == [f"k12{n}" for n in range(10)]


async def test_rows_are_shown_a_page_at_a_time(world, tab, stores):
    path = world.account(f"/d1/database/{stores['d1']}/query")
    rows = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60)"
    table = '"odd ""name"'
    fill = f"{rows} INSERT INTO {table} SELECT n FROM c"  # noqa: S608
    for sql in (f"CREATE TABLE {table} (n)", fill):
        await world.ask("POST", path, json={"sql": sql})

    first = await tab.get(f"d1/{stores['d1']}/rows", table='odd "name')
    rest = await tab.get(f"d1/{stores['d1']}/rows", table='odd "name', offset=first["next_offset"])

    assert (first["columns"], len(first["rows"]), first["next_offset"]) == (["n"], 50, 50)
    assert ([row[0] for row in rest["rows"]], rest["next_offset"]) == ([*range(51, 61)], None)


async def test_of_a_large_value_only_its_beginning_is_looked_at(world, tab, stores, monkeypatch):
    """A value of 25 MB, sign by sign, would keep the whole local Cloudflare from answering."""
    looked_at = []

    def without_secrets(value):
        looked_at.extend([len(value)] if isinstance(value, str) else [])
        return value

    path = world.account(f"/storage/kv/namespaces/{stores['kv']}/values/k")
    await world.ask("PUT", path, content=b"a" + "é".encode() * LONGEST_READ)
    monkeypatch.setattr(world.runtime, "without_secrets", without_secrets)

    found = await tab.get(f"kv/{stores['kv']}/value", key="k")

    assert max(looked_at) <= LONGEST_READ
    assert (len(found["text"]), found["size"]) == (LONGEST_VALUE, 2 * LONGEST_READ + 1)
    assert (found["cut"], found["is_text"]) == (True, True)


async def test_of_a_large_cell_only_its_beginning_is_read(world, tab, stores, monkeypatch):
    path = world.account(f"/d1/database/{stores['d1']}/query")
    for sql, params in (
        ('CREATE TABLE t ("a ""b" TEXT, n INTEGER)', []),
        ("INSERT INTO t VALUES (?1, 7)", ["x" * (3 * CELL_READ)]),
        ("INSERT INTO t VALUES (?1, NULL)", ["x" * CELL_READ]),
    ):
        await world.ask("POST", path, json={"sql": sql, "params": params})

    read = []

    def keep(_call, value):
        read.append(value)
        return value

    monkeypatch.setattr("local.api.live_page.tables.cell", keep)
    await tab.get(f"d1/{stores['d1']}/rows", table="t")
    monkeypatch.undo()
    found = await tab.get(f"d1/{stores['d1']}/rows", table="t")

    assert max(len(each) for each in read if isinstance(each, str)) == CELL_READ + 1
    shown = "x" * LONGEST_CELL
    assert found["columns"] == ['a "b', "n"]
    assert found["rows"] == [
        [f"{shown}… (more than {CELL_READ} characters)", 7],
        [f"{shown}… ({CELL_READ} characters)", None],
    ]


@pytest.mark.parametrize("table", ["", "nothing", 'sqlite_master"; DROP TABLE t; --', "t; DELETE"])
async def test_only_the_name_of_a_table_becomes_sql(world, tab, stores, table):
    path = world.account(f"/d1/database/{stores['d1']}/query")
    await world.ask("POST", path, json={"sql": "CREATE TABLE t (a)"})
    rows = f"{PAGE}/d1/{stores['d1']}/rows"

    asked_for = await world.refused("GET", rows, params={"table": table}, headers=tab.headers)

    assert asked_for[0] == 404
    assert (await tab.get(f"d1/{stores['d1']}/tables"))["items"] == [{"name": "t"}]


async def test_what_is_gone_is_said_so(world, tab, stores):
    path = f"{PAGE}/kv/{stores['kv']}/value"
    status, _, message = await world.refused(
        "GET", path, params={"key": "gone"}, headers=tab.headers
    )

    assert (status, message) == (404, "there is no 'gone' any more; list it again")


@pytest.mark.usefixtures("stores")
async def test_a_schedule_and_a_queue_are_started_by_hand(world, tab):
    schedules = [{"cron": "0 * * * *"}]
    await world.ask("PUT", world.script("api", "/schedules"), json=schedules)

    found = await tab.get("triggers")
    (queue,) = found["queues"]
    assert found["schedules"] == [{"worker": "api", "cron": "0 * * * *"}]
    assert (queue["name"], queue["waiting"], queue["consumer"]) == ("jobs", 0, "")

    ran = await tab.ask("POST", "cron/api", params={"cron": "0 * * * *"})
    assert ran == {"outcome": "ok", "worker": "api", "cron": "0 * * * *"}
    for text in ('{"a": 1}', "no json"):
        await tab.ask("POST", f"queues/{queue['id']}/messages", json={"body": text})
    assert world.runtime.messages["jobs"] == [
        {"body": {"a": 1}, "content_type": "json"},
        {"body": "no json", "content_type": "text"},
    ]


async def test_rules_are_shown_with_how_often_they_fired(world, tab):
    rule = {"action": "block", "expression": 'http.host eq "a"', "description": "no a"}
    phase = "http_request_firewall_custom"
    body = {"name": "r", "kind": "zone", "phase": phase, "rules": [rule]}
    made = await world.ask("POST", f"/zones/{ZONE_ID}/rulesets", json=body)
    world.runtime.hits = {made["rules"][0]["id"]: {"count": 3, "last": 17}}

    (found,) = await tab.get("rules")

    assert (found["zone"], found["description"], found["count"]) == ("chitty.cc", "no a", 3)


def request(path):
    told = {"at": 1, "took": 2, "method": "GET", "host": "a.chitty.cc", "status": 200}
    return {**told, "path": path, "rules": [{"id": "r", "action": "block"}]}


def test_what_comes_too_fast_is_counted_and_not_kept():
    waiting = Waiting()
    for number in range(WAITING + 7):
        waiting.add(request(f"/{number}"))

    kept, dropped = waiting.take()

    assert (len(kept), kept[0]["path"], dropped) == (WAITING, "/7", 7)
    assert waiting.take() == ([], 0)


@pytest.mark.parametrize("part", ["Qz7mB2xT9kLw4NvR8sYp3HdF", "Qz7mB2xT9kLw4NvR8sYp3Hd%2B"])
def test_what_looks_secret_in_a_path_is_hidden(part):
    waiting = Waiting()
    waiting.add(request(f"/hooks/{part}/in"))

    assert waiting.take()[0][0]["path"] == f"/hooks/{HIDDEN}/in"


@pytest.mark.parametrize("printed", [[], {}, {"path": 1}, {**request("/"), "rules": [1]}])
def test_what_a_worker_prints_in_the_form_of_a_request_stops_nothing(printed):
    waiting = Waiting()
    for each in (printed, request("/")):
        waiting.add(each)

    assert waiting.take() == ([request("/")], 0)


def test_a_long_path_is_cut():
    waiting = Waiting()
    waiting.add(request("/a" * LONGEST_PATH))

    assert waiting.take()[0][0]["path"] == "/a" * (LONGEST_PATH // 2) + HIDDEN


async def batch(world, since):
    stream = events(world.state, since)
    found = json.loads((await anext(stream)).removeprefix("data: "))
    await stream.aclose()
    return found


async def test_a_stream_goes_on_after_the_last_line_that_is_known(world):
    world.runtime.entries = [{"time": float(n), "message": f"{n}"} for n in range(1, 4)]

    first = await batch(world, 0.0)
    again = await batch(world, first["lines"][-1]["time"])

    assert [line["message"] for line in first["lines"]] == ["1", "2", "3"]
    assert again["lines"] == []


async def test_a_tab_that_is_closed_leaves_nothing_behind(world):
    world.runtime.entries = [{"time": 1.0, "message": ""}]
    stream = events(world.state, 0.0)
    await anext(stream)
    known = asyncio.all_tasks()
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.wait({waiting})
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == known
    assert world.runtime.observers[""] == []


async def test_lines_that_come_too_fast_are_counted(world):
    world.runtime.entries = [{"time": float(n), "message": ""} for n in range(1, LINES + 8)]

    begun, later = await batch(world, 0.0), await batch(world, 1.0)

    # What a page begins with is the end of the log, and nothing that it has missed.
    assert (len(begun["lines"]), begun["missed"]) == (LINES, {"requests": 0, "lines": 0})
    assert (len(later["lines"]), later["missed"]) == (LINES, {"requests": 0, "lines": 6})


async def test_a_line_that_was_kept_before_its_secret_was_known_has_none(world, stores):
    assert stores
    world.runtime.entries = [{"time": 1.0, "message": f"x {SECRET}"}]

    assert (await batch(world, 0.0))["lines"][0]["message"] == "x [secret]"


async def test_lines_are_asked_for_by_a_time(world, tab):
    asked_for = await world.refused(
        "GET", f"{PAGE}/events", params={"since": "today"}, headers=tab.headers
    )

    assert asked_for[0] == 400
    assert "'today'" in asked_for[2]
