"""Errors carry Cloudflare's status, code and text; after one, nothing has changed."""

import json

import pytest

from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, form

pytestmark = pytest.mark.anyio

A = f"/accounts/{ACCOUNT_ID}"
Z = f"/zones/{ZONE_ID}"
SCRIPT = f"{A}/workers/scripts/api"
CLASSES = "export class A {} export class B {} export default {}"
DO = {"name": "DO", "type": "durable_object_namespace", "class_name": "A"}
MIGRATED = {"migrations": {"new_tag": "v1", "new_sqlite_classes": ["A"]}, "bindings": [DO]}


def put(code=CLASSES, path=SCRIPT, **metadata):
    return ("PUT", path, {"files": form(code, **metadata)})


def bound(**binding):
    return put(bindings=[{"name": "X", **binding}])


def migrate(**steps):
    return put(bindings=[], migrations={"old_tag": "v1", "new_tag": "v2", **steps})


NOTHING = {
    "no such script": (("GET", f"{SCRIPT}/settings", {}), 404, 10007, "does not exist on your acc"),
    "no such service": (("GET", f"{A}/workers/services/api", {}), 404, 10090, "service_not_found"),
    "script name": (put(path=f"{A}/workers/scripts/Api"), 400, 10016, "script name 'Api'"),
    "does not compile": (put("SYNTAX ERROR"), 400, 10021, "Uncaught SyntaxError: Unexpected id"),
    "no metadata": (("PUT", SCRIPT, {"files": {"w": ("w", "x")}}), 400, 10021, "part `metadata`"),
    "no main module": (put(main_module=None), 400, 10021, "valid `main_module`"),
    "main module missing": (put(main_module="x.mjs"), 400, 10021, "No such module: x.mjs"),
    "service worker": (put(body_part="script"), 501, 7000, "service worker syntax"),
    "assets": (put(assets={"jwt": "x"}), 501, 7000, "static assets"),
    "exports of no kind": (
        put(exports={"A": {"type": "durable-object"}}),
        400,
        100402,
        "A: invalid_export: state created takes storage",
    ),
    "exports and migrations": (
        put(exports={"A": {"type": "durable-object", "storage": "sqlite"}}, **MIGRATED),
        400,
        10021,
        "mutually exclusive",
    ),
    "unknown binding": (bound(type="ai"), 501, 7000, "binding X of type ai"),
    "unnamed binding": (put(bindings=[{"type": "json"}]), 400, 10052, "valid `name`"),
    "empty binding": (bound(type="d1"), 400, 10021, "binding X of type d1 must have a valid `id`"),
    "binding twice": (
        put(bindings=[{"name": "X", "type": "plain_text", "text": "x"}] * 2),
        400,
        10053,
        "Binding name 'X' already in use.",
    ),
    "text too large": (
        bound(type="plain_text", text="é" * 2_561),
        400,
        10054,
        "text_binding_too_large",
    ),
    "secret too large": (
        bound(type="secret_text", text="x" * 5_121),
        400,
        10054,
        "text_binding_too_large",
    ),
    "no namespace to bind": (bound(type="kv_namespace", namespace_id="n"), 400, 10041, "'n' not f"),
    "no bucket to bind": (
        bound(type="r2_bucket", bucket_name="b"),
        400,
        10085,
        "R2 bucket 'b' not",
    ),
    "no database to bind": (bound(type="d1", id="d"), 400, 10181, "references database 'd'"),
    "no queue to bind": (
        bound(type="queue", queue_name="q"),
        400,
        11002,
        "Queue 'q' was not found",
    ),
    "no service to bind": (bound(type="service", service="s"), 400, 10143, "references Worker 's'"),
    "class not migrated": (put(bindings=[DO]), 400, 10061, "not currently configured"),
    "class of no script": (
        bound(**DO | {"script_name": "other"}),
        400,
        10061,
        "script 'other' that",
    ),
    "class not exported": (
        put("export default {}", **MIGRATED),
        400,
        10070,
        "not exported by script",
    ),
    "key-value class": (
        put(migrations={"new_tag": "v1", "new_classes": ["A"]}),
        400,
        10099,
        "new_sqlite_classes",
    ),
    "tag out of nowhere": (
        put(migrations={"old_tag": "v0", "new_tag": "v1", "new_sqlite_classes": ["A"]}),
        412,
        10079,
        "Migration tag precondition failed",
    ),
    "inherits from an old version": (
        bound(type="inherit", version_id="7"),
        400,
        10057,
        "only the literal 'latest'",
    ),
    "route to nobody": (
        ("POST", f"{Z}/workers/routes", {"json": {"pattern": "chitty.cc/*", "script": "no"}}),
        400,
        10019,
        "Worker 'no'",
    ),
    "route of another zone": (
        ("POST", f"{Z}/workers/routes", {"json": {"pattern": "a.id.chitty.cc/*"}}),
        400,
        10022,
        "lies in zone id.chitty.cc, not in chitty.cc",
    ),
    "route with a star inside": (
        ("POST", f"{Z}/workers/routes", {"json": {"pattern": "a*.chitty.cc/*"}}),
        400,
        10022,
        "with * only as the first of the host",
    ),
    "no such route": (("GET", f"{Z}/workers/routes/x", {}), 404, 10009, "route_not_found"),
    "domain of no zone": (
        ("PUT", f"{A}/workers/domains", {"json": {"hostname": "a.example.com", "service": "x"}}),
        400,
        100116,
        "lies in no zone",
    ),
    "domain of nobody": (
        ("PUT", f"{A}/workers/domains", {"json": {"hostname": "a.chitty.cc", "service": "x"}}),
        404,
        10007,
        "does not exist",
    ),
    "no such domain": (("GET", f"{A}/workers/domains/x", {}), 404, 100114, "does not exist"),
    "no such namespace": (
        ("GET", f"{A}/storage/kv/namespaces/n/values/k", {}),
        404,
        10013,
        "namespace not found",
    ),
    "no title": (
        ("POST", f"{A}/storage/kv/namespaces", {"json": {"title": " "}}),
        400,
        10019,
        "must not be empty",
    ),
    "no such bucket": (("GET", f"{A}/r2/buckets/none", {}), 404, 10006, "bucket does not exist"),
    "bucket name": (("POST", f"{A}/r2/buckets", {"json": {"name": "No"}}), 400, 10005, "not valid"),
    "no such database": (("GET", f"{A}/d1/database/x", {}), 404, 7404, "database x could not be"),
    "replication null": (
        ("POST", f"{A}/d1/database", {"json": {"name": "d", "read_replication": None}}),
        400,
        7400,
        "read_replication: ",
    ),
    "no such queue": (("GET", f"{A}/queues/x", {}), 404, 11000, "Queue 'x' was not found"),
    "not json": (
        ("POST", f"{A}/storage/kv/namespaces", {"content": "{"}),
        400,
        10012,
        "could not parse the request body",
    ),
    "wrong type": (("POST", f"{A}/queues", {"json": {}}), 400, 10026, "queue_name: Field required"),
    "wrong page": (("GET", f"{A}/queues?page=0", {}), 400, 10001, "parameter page is '0'"),
    "unknown path": (("GET", f"{A}/pages/projects", {}), 501, 7000, "not emulated: GET /accounts/"),
    "a route of KV that ended": (
        ("GET", f"{A}/workers/namespaces", {}),
        501,
        7000,
        "not emulated: GET /accounts/",
    ),
    "a value by a route of KV that ended": (
        ("PUT", f"{A}/workers/namespaces/{'0' * 32}/values/k", {}),
        501,
        7000,
        "not emulated: PUT /accounts/",
    ),
    "unknown method": (("PATCH", SCRIPT, {}), 501, 7000, "not emulated: PATCH"),
    "other account": (("GET", f"/accounts/{'f' * 32}/queues", {}), 403, 10000, "not this account"),
    "other zone": (("GET", f"/zones/{'f' * 32}", {}), 404, 7003, "Could not route to /zones/"),
}


@pytest.mark.parametrize(("request_", "status", "code", "text"), NOTHING.values(), ids=NOTHING)
async def test_an_empty_account_refuses(world, request_, status, code, text):
    method, path, sent = request_

    got = await world.refused(method, path, **sent)

    assert got[:2] == (status, code)
    assert text in got[2]
    assert dump(world) == []
    assert world.runtime.applied == 0


FURNISHED = {
    "migration again": (put(**MIGRATED), 412, 10079, "current tag is v1"),
    "new class again": (migrate(new_sqlite_classes=["A"]), 400, 10074, "already depended on"),
    "class left out": (
        put("export class B {}", bindings=[]),
        400,
        10064,
        "does not export class 'A'",
    ),
    "delete a bound class": (
        put(bindings=[DO], migrations={"old_tag": "v1", "deleted_classes": ["A"]}),
        400,
        10061,
        "without also removing the binding",
    ),
    "delete an unknown class": (
        migrate(deleted_classes=["C"]),
        400,
        10074,
        "class 'C' which was not",
    ),
    "rename onto a missing class": (
        migrate(renamed_classes=[{"from": "A", "to": "C"}]),
        400,
        10070,
        "rename-class migration to class 'C'",
    ),
    "rename an unknown class": (
        migrate(renamed_classes=[{"from": "C", "to": "B"}]),
        400,
        10074,
        "class 'C'",
    ),
    "delete a consumer": (("DELETE", SCRIPT, {}), 400, 10064, "consumer for a Queue"),
    "namespace again": (
        ("POST", f"{A}/storage/kv/namespaces", {"json": {"title": "ns"}}),
        400,
        10014,
        "title already exists",
    ),
    "bucket again": (
        ("POST", f"{A}/r2/buckets", {"json": {"name": "bucket"}}),
        409,
        10004,
        "already exists, and you own it",
    ),
    "bucket elsewhere": (
        ("GET", f"{A}/r2/buckets/bucket", {"headers": {"cf-r2-jurisdiction": "eu"}}),
        404,
        10006,
        "does not exist",
    ),
    "bucket not empty": (("DELETE", f"{A}/r2/buckets/bucket", {}), 409, 10008, "not empty"),
    "no CORS": (("GET", f"{A}/r2/buckets/bucket/cors", {}), 404, 10059, "CORS configuration"),
    "lifecycle twice": (
        (
            "PUT",
            f"{A}/r2/buckets/bucket/lifecycle",
            {"json": {"rules": [{"id": "a", "enabled": True, "conditions": {}}] * 2}},
        ),
        400,
        10061,
        "Rule IDs must be unique",
    ),
    "no such object": (
        ("GET", f"{A}/r2/buckets/bucket/objects/none", {}),
        404,
        10007,
        "key does not exist",
    ),
    "database again": (
        ("POST", f"{A}/d1/database", {"json": {"name": "db"}}),
        400,
        7502,
        "already exists",
    ),
    "bad query": (
        ("POST", f"{A}/d1/database/db/query", {"json": {"sql": "SELECT * FROM none"}}),
        400,
        7500,
        "no such table: none: SQLITE_ERROR",
    ),
    "queue again": (
        ("POST", f"{A}/queues", {"json": {"queue_name": "q"}}),
        409,
        11009,
        "is already ta",
    ),
    "route again": (
        ("POST", f"{Z}/workers/routes", {"json": {"pattern": "chitty.cc/x/*"}}),
        409,
        10020,
        "A route with the same pattern already exists",
    ),
    "domain of two": (
        ("PUT", f"{A}/workers/domains", {"json": {"hostname": "a.chitty.cc", "service": "other"}}),
        409,
        100117,
        "already a custom domain of Worker 'api'",
    ),
    "inherits nothing": (
        put(path=f"{SCRIPT}?bindings_inherit=strict", bindings=[{"name": "N", "type": "inherit"}]),
        400,
        10057,
        "no binding 'N'",
    ),
    "migrating version": (
        ("POST", f"{SCRIPT}/versions", {"files": form(CLASSES, **MIGRATED)}),
        400,
        10211,
        "must be deployed at once",
    ),
    "half a deployment": (
        (
            "POST",
            f"{SCRIPT}/deployments",
            {"json": {"versions": [{"version_id": "v", "percentage": 50}]}},
        ),
        404,
        10092,
        "The version does not exist.",
    ),
    "no such version": (("GET", f"{SCRIPT}/versions/v", {}), 404, 10092, "version does not exist"),
    "secret put too large": (
        ("PUT", f"{SCRIPT}/secrets", {"json": {"name": "S", "text": "x" * 5_121}}),
        400,
        10054,
        "text_binding_too_large",
    ),
    "no such secret": (("DELETE", f"{SCRIPT}/secrets/S", {}), 404, 10056, "Secret 'S' not found"),
    "cron": (("PUT", f"{SCRIPT}/schedules", {"json": [{"cron": "* * *"}]}), 400, 10100, "has 3"),
    "no such key": (("GET", f"{A}/storage/kv/namespaces/NS/values/k", {}), 404, 10009, "not found"),
}


@pytest.fixture
async def furnished(world):
    """One of everything: script `api` with class A consumes queue `q`, at a host and a route."""
    await world.upload(code=CLASSES, **MIGRATED)
    await world.upload("other")
    await world.ask("POST", f"{A}/r2/buckets", json={"name": "bucket"})
    await world.ask("PUT", f"{A}/r2/buckets/bucket/objects/k", content=b"v")
    await world.ask("POST", f"{A}/d1/database", json={"name": "db"})
    queue = await world.ask("POST", f"{A}/queues", json={"queue_name": "q"})
    consumer = {"type": "worker", "script_name": "api"}
    await world.ask("POST", f"{A}/queues/{queue['queue_id']}/consumers", json=consumer)
    domain = {"hostname": "a.chitty.cc", "service": "api"}
    await world.ask("PUT", f"{A}/workers/domains", json=domain)
    route = {"pattern": "chitty.cc/x/*", "script": "api"}
    await world.ask("POST", f"{Z}/workers/routes", json=route)
    namespace = await world.ask("POST", f"{A}/storage/kv/namespaces", json={"title": "ns"})
    return world, namespace["id"]


@pytest.mark.parametrize(("request_", "status", "code", "text"), FURNISHED.values(), ids=FURNISHED)
async def test_a_furnished_account_refuses(furnished, request_, status, code, text):
    world, namespace = furnished
    method, path, sent = request_
    before, applied = dump(world), world.runtime.applied

    got = await world.refused(method, path.replace("/NS/", f"/{namespace}/"), **sent)

    assert got[:2] == (status, code)
    assert text in got[2]
    assert dump(world) == before
    assert world.runtime.applied == applied


async def test_a_delete_is_refused_while_others_are_bound_unless_it_is_forced(world):
    await world.upload("target")
    await world.upload("user", bindings=[{"name": "T", "type": "service", "service": "target"}])

    status, code, text = await world.refused("DELETE", world.script("target"))
    assert (status, code) == (400, 10064)
    assert "Worker 'user' is bound to it" in text

    await world.ask("DELETE", world.script("target") + "?force=true")
    (user,) = world.runtime.cloud.workers
    assert user.bindings == ()


async def test_a_queue_that_takes_dead_letters_stays(world):
    await world.upload()
    queue = await world.ask("POST", f"{A}/queues", json={"queue_name": "q"})
    body = {"type": "worker", "script_name": "api", "dead_letter_queue": "dead"}
    await world.ask("POST", f"{A}/queues/{queue['queue_id']}/consumers", json=body)
    (dead,) = await world.ask("GET", f"{A}/queues?name=dead")

    assert (await world.refused("DELETE", f"{A}/queues/{dead['queue_id']}"))[1] == 11005
    again = await world.refused("POST", f"{A}/queues/{queue['queue_id']}/consumers", json=body)
    assert again[1] == 11004

    await world.ask("DELETE", f"{A}/queues/{queue['queue_id']}")
    await world.ask("DELETE", f"{A}/queues/{dead['queue_id']}")
    assert world.runtime.cloud.consumers == ()


def dump(world):
    """All records, but for their times."""
    rows = world.state.records._db.execute("SELECT kind, key, body FROM records ORDER BY 1, 2")
    return [(kind, key, json.loads(body)) for kind, key, body in rows]
