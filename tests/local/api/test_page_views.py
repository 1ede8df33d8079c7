"""The live page: what it shows of hosts, systems and stores, and that no secret is in it."""

import json

import pytest

from local.api.live_page.shown_values import CELL_READ, LONGEST_CELL, LONGEST_READ, LONGEST_VALUE
from tests.local.api.conftest import ZONE_ID
from tests.local.api.page_tab import PAGE, SECRET

pytestmark = pytest.mark.anyio


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
