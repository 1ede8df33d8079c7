"""Whatever is sent to Workers, D1 and queues: no 500, the family's code, and nothing changed.

10026: developers.cloudflare.com/workers/observability/errors; 7400: crowdsecurity/cs-cloudflare-
worker-bouncer#57, drizzle-kit-mirror#499; 10207 and 10208: …/queues/reference/error-codes.
"""

import copy
import json
from typing import Any

import pytest

from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, form
from tests.local.api.test_errors import CLASSES, MIGRATED, dump

pytestmark = pytest.mark.anyio

A = f"/accounts/{ACCOUNT_ID}"
SCRIPT = f"{A}/workers/scripts/api"
DEEP = 100_000
NO_JSON = {
    "cut": b"{",
    "empty": b"",
    "no text": b"\xff\xfe{}",
    "not a number": b'{"a": NaN}',
    "infinite": b"[Infinity]",
    "too large": b'{"a": 1e999}',
    "too large and whole": b'{"a": ' + b"9" * 400 + b"}",
    "longer than numbers are": b"[" + b"9" * 5_000 + b"]",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "101 levels": b"[" * 101 + b"]" * 101,
    "half a character": b'{"a": "\\ud800"}',
    "half a character in a name": b'{"\\udfff": 1}',
}
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**300,
    "",
    "é\0'\"`",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": {}},
]

BODIES = {
    f"PUT {SCRIPT}/schedules": ([{"cron": "0 5 * * *"}], 10026),
    f"POST {SCRIPT}/subdomain": ({"enabled": True, "previews_enabled": False}, 10026),
    f"PUT {SCRIPT}/routes": ([{"pattern": "a.chitty.cc/*", "zone_name": "chitty.cc"}], 10026),
    f"PUT {SCRIPT}/domains/records": (
        {"override_existing_origin": False, "origins": [{"hostname": "b.chitty.cc"}]},
        10026,
    ),
    f"POST {SCRIPT}/domains/changeset": ([{"hostname": "b.chitty.cc"}], 10026),
    f"PUT {A}/workers/domains": ({"hostname": "c.chitty.cc", "service": "api"}, 10026),
    f"POST /zones/{ZONE_ID}/workers/routes": ({"pattern": "d.chitty.cc/*", "script": "api"}, 10026),
    f"PATCH {SCRIPT}/settings": (
        {
            "tags": ["a"],
            "limits": {"cpu_ms": 5},
            "bindings": [{"type": "json", "name": "J", "json": 1}],
        },
        10026,
    ),
    f"PATCH {SCRIPT}/script-settings": (
        {
            "logpush": True,
            "tail_consumers": [{"service": "api"}],
            "observability": {"enabled": True},
        },
        10026,
    ),
    f"PUT {SCRIPT}/secrets": ({"name": "S", "text": "t", "type": "secret_text"}, 10026),
    f"PATCH {SCRIPT}/secrets-bulk": ({"secrets": {"S": {"name": "S", "text": "t"}}}, 10026),
    f"POST {SCRIPT}/deployments": (
        {"strategy": "percentage", "versions": [{"version_id": "v", "percentage": 100}]},
        10026,
    ),
    f"POST {SCRIPT}/tails": ({"filters": [{"sampling_rate": 0.5}]}, 10026),
    f"POST {A}/d1/database": ({"name": "new", "read_replication": {"mode": "disabled"}}, 7400),
    f"PUT {A}/d1/database/db": ({"read_replication": {"mode": "auto"}}, 7400),
    f"POST {A}/d1/database/db/query": ({"sql": "SELECT ?1", "params": [1]}, 7400),
    f"POST {A}/d1/database/db/raw": ({"batch": [{"sql": "SELECT ?1", "params": ["a"]}]}, 7400),
    f"POST {A}/d1/database/db/import": ({"action": "init", "etag": "e"}, 7400),
    f"POST {A}/queues": ({"queue_name": "new", "settings": {"delivery_delay": 5}}, 10026),
    f"PUT {A}/queues/QUEUE": ({"settings": {"message_retention_period": 600}}, 10026),
    f"POST {A}/queues/QUEUE/consumers": (
        {
            "type": "worker",
            "script_name": "api",
            "settings": {"batch_size": 5, "retry_delay": 5},
            "dead_letter_queue": "dead",
        },
        10026,
    ),
    f"POST {A}/queues/QUEUE/messages": ({"body": {"a": 1}, "delay_seconds": 5}, 10207),
    f"POST {A}/queues/QUEUE/messages/batch": ({"messages": [{"body": "a"}]}, 10207),
}
MESSAGES = 10208
OF_NO_JSON = {code: code for _, code in BODIES.values()} | {10207: MESSAGES}


@pytest.fixture
async def furnished(world):
    """Make a script `api`, a database `db` and a queue; the id of the queue comes along."""
    await world.upload(code=CLASSES, **MIGRATED)
    await world.ask("POST", f"{A}/d1/database", json={"name": "db"})
    queue = await world.ask("POST", f"{A}/queues", json={"queue_name": "q"})
    return world, queue["queue_id"]


def is_not_emulated(answer):
    return answer.status_code == 501 and answer.json()["errors"][0]["code"] == 7000


def mutated(body):
    """Yield *body* with an odd value in the place of each value in it, and with each key gone."""
    for path in places(body):
        for odd in ODD:
            changed = copy.deepcopy([body])
            parent = changed
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = odd
            yield path, odd, changed[0]


def places(body, path=(0,)):
    yield path
    if isinstance(body, dict | list):
        for step, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from places(value, (*path, step))


@pytest.mark.parametrize("request_", BODIES)
async def test_what_is_no_json_is_refused_by_the_code_of_the_family(furnished, request_):
    world, queue = furnished
    method, path = request_.replace("QUEUE", queue).split()
    before, applied = dump(world), world.runtime.applied

    for name, body in NO_JSON.items():
        if (name, path) == ("empty", f"{SCRIPT}/tails"):
            continue  # a tail without filters has no body
        got = await world.refused(method, path, content=body)
        assert got[:2] == (400, OF_NO_JSON[BODIES[request_][1]]), (name, got)

    assert dump(world) == before
    assert world.runtime.applied == applied


@pytest.mark.parametrize("request_", BODIES)
async def test_an_odd_value_anywhere_is_taken_or_refused_and_nothing_between(furnished, request_):
    world, queue = furnished
    method, path = request_.replace("QUEUE", queue).split()
    body, code = BODIES[request_]

    for place, odd, changed in mutated(body):
        before = dump(world)
        answer = await world.client.request(method, path, json=changed)
        assert answer.status_code < 500 or is_not_emulated(answer), (place, odd, answer.text)
        assert answer.is_success or dump(world) == before, (place, odd)
    whole = await world.refused(method, path, json="a text")
    assert whole[:2] == (400, code)


METADATA = {
    "main_module": "worker.mjs",
    "compatibility_date": "2026-11-01",
    "compatibility_flags": ["nodejs_compat"],
    "bindings": [
        {"type": "plain_text", "name": "A", "text": "a"},
        {"type": "service", "name": "B", "service": "api", "entrypoint": "E", "environment": "e"},
        {"type": "durable_object_namespace", "name": "C", "class_name": "A", "script_name": "api"},
        {"type": "inherit", "name": "D", "old_name": "E", "version_id": "latest"},
        {"type": "d1", "name": "F", "database_id": "none"},
    ],
    "keep_bindings": ["secret_text"],
    "annotations": {"workers/message": "m"},
    "limits": {"cpu_ms": 5},
    "placement": {"mode": "smart"},
    "observability": {"enabled": True},
    "tail_consumers": [{"service": "api"}],
    "tags": ["t"],
    "exports": {"A": {"type": "worker"}},
    "migrations": {
        "old_tag": "v1",
        "new_tag": "v2",
        "steps": [
            {"new_sqlite_classes": ["B"]},
            {"renamed_classes": [{"from": "B", "to": "C"}]},
            {"transferred_classes": [{"from": "B", "from_script": "o", "to": "C"}]},
        ],
    },
}


async def test_odd_metadata_of_an_upload_is_taken_or_refused_and_nothing_between(furnished):
    world, _ = furnished

    for place, odd, changed in mutated(METADATA):
        before = dump(world)
        files = form(CLASSES) | {"metadata": (None, json.dumps(changed), "application/json")}
        answer = await world.client.put(f"{A}/workers/scripts/other", files=files)
        assert answer.status_code < 500 or is_not_emulated(answer), (place, odd, answer.text)
        assert answer.is_success or dump(world) == before, (place, odd)


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_metadata_that_is_no_json_is_refused(furnished, body):
    world, _ = furnished
    files = form(CLASSES) | {"metadata": (None, body, "application/json")}

    assert (await world.refused("PUT", SCRIPT, files=files))[:2] == (400, 10026)


@pytest.mark.parametrize(
    ("bindings", "code"),
    [
        ([{"type": "json", "json": 1}], 10052),
        ([{"type": "inherit"}], 10052),
        ([{"type": ["json"], "name": "A", "json": 1}], 10026),
        ([{"type": "service", "name": "A", "service": "api", "entrypoint": 1}], 10026),
        ([{"type": "plain_text", "name": "A", "text": 1}], 10021),
    ],
)
async def test_bindings_of_another_form_have_their_codes(furnished, bindings, code):
    world, _ = furnished

    got = await world.refused("PUT", SCRIPT, files=form(CLASSES, bindings=bindings))

    assert got[:2] == (400, code)


ODD_NAMES = ["%00", "%ff", "%2e%2e%2f", "%C3%A9", "x" * 4_000, "'%20OR%201=1", "%F0%9F%98%80"]
NAMED = [
    ("GET", "{a}/workers/scripts/{n}/settings"),
    ("PUT", "{a}/workers/scripts/{n}/schedules"),
    ("DELETE", "{a}/workers/scripts/{n}"),
    ("DELETE", "{a}/workers/scripts/api/secrets/{n}"),
    ("GET", "{a}/workers/services/{n}"),
    ("GET", "{a}/workers/domains/{n}"),
    ("GET", "{a}/workers/durable_objects/namespaces/{n}/objects"),
    ("GET", "/zones/{z}/workers/routes/{n}"),
    ("GET", "{a}/d1/database/{n}"),
    ("POST", "{a}/d1/database/{n}/query"),
    ("GET", "{a}/queues/{n}"),
    ("POST", "{a}/queues/{n}/messages"),
    ("GET", "{a}/queues/{n}/consumers/{n}"),
]


@pytest.mark.parametrize(("method", "path"), NAMED)
@pytest.mark.parametrize("name", ODD_NAMES)
async def test_an_odd_name_is_no_name_of_anything(furnished, method, path, name):
    world, _ = furnished
    before = dump(world)
    body: dict[str, Any] = {"json": {"sql": "SELECT 1", "body": 1}} if method == "POST" else {}
    if path.endswith("schedules"):
        body = {"json": []}

    answer = await world.client.request(method, path.format(a=A, z=ZONE_ID, n=name), **body)

    assert answer.status_code in {400, 404, 501}, answer.text
    assert dump(world) == before


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        ({"delivery_delay": 86_400}, True),
        ({"delivery_delay": 0}, True),
        ({"delivery_delay": 86_401}, False),
        ({"delivery_delay": -1}, False),
        ({"delivery_delay": "5"}, False),
        ({"delivery_delay": True}, False),
        ({"delivery_delay": 5.0}, True),
        ({"delivery_delay": 5.5}, False),
        ({"delivery_paused": "yes"}, False),
        ({"message_retention_period": 59}, False),
    ],
)
async def test_settings_of_a_queue_are_numbers_within_their_bounds(world, settings, allowed):
    """Delays go to a day since March 2026: cloudflare-docs#28335, workers-sdk#12597."""
    body = {"queue_name": "q", "settings": settings}

    answer = await world.client.post(f"{A}/queues", json=body)

    assert answer.is_success == allowed, answer.text
    if not allowed:
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, 10026)


@pytest.mark.parametrize("name", ["", "a b", "x" * 64, "é", "a/b"])
async def test_a_queue_has_a_name_that_a_queue_can_have(world, name):
    got = await world.refused("POST", f"{A}/queues", json={"queue_name": name})

    assert got[:2] == (400, 11003)
