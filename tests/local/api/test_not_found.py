"""404 says that something is truly gone, and success: false never comes with a 2xx.

A plugin drops from its state what is answered with 404, so that word has to be meant.
"""

import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from local.api.coverage_table import FAMILIES
from local.api.http.routing import Operation, Router
from local.api.state.state import Export
from local.records.model import PIN_PROVIDER
from local.records.records import Kind
from provider.cloudflare.resources import TABLE
from provider.cloudflare.table import Resource
from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, World, make_state, opened
from tests.local.api.fake_runtime import FakeRuntime
from tests.local.api.test_errors import CLASSES, MIGRATED

pytestmark = pytest.mark.anyio

OTHERS = ("/local/hosts/", "/local/page", "/cdn-cgi/")
"""Where look-alikes of other services answer, in their words, where the live page is asked for with
a session (`test_page.py`), and where the same handlers answer as the Local Explorer."""

OPERATIONS = [op for op in Router(FAMILIES).operations if not op.path.startswith(OTHERS)]
PLACE = re.compile(r"{(\w+)(?:\.\.\.)?}")
OWNERS = {"account_id", "zone_id"}
NOT_FOUND = 404
POLICY = {
    "effect": "allow",
    "permission_groups": [{"id": "f" * 32}],
    "resources": {f"com.cloudflare.api.account.{ACCOUNT_ID}": "*"},
}
ORDER = {
    "certificate_authority": "google",
    "hosts": ["chitty.cc"],
    "type": "advanced",
    "validation_method": "txt",
    "validity_days": 90,
}
OTHERWISE = {"tail_id", "setting_id"}
"""Places that the real API refuses by another status: an undefined setting by 400 (1003)."""


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=named)


@dataclass
class Furnished:
    """An account with one of everything, and the names of all of it by the places in paths."""

    world: World
    names: dict[str, str]

    def path(self, operation: Operation, **other: str) -> str:
        names = {**self.names, **other}
        return PLACE.sub(lambda place: names[place[1]], operation.path)

    async def ask(self, operation: Operation, **other: str):
        """Ask for *operation* with an empty body, and with *other* names."""
        path = self.path(operation, **other)
        base = "http://127.0.0.1:4400" if path.startswith("/local/") else ""
        body: dict[str, Any] = {} if operation.method in {"GET", "DELETE"} else {"json": {}}
        return await self.world.client.request(operation.method, base + path, **body)


@pytest.fixture
async def furnished(world: World) -> Furnished:
    return await furnish(world)


@pytest.fixture(scope="module")
async def settled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Furnished]:
    """Give one for all tests that change nothing in it."""
    runtime = FakeRuntime()
    state = make_state(tmp_path_factory.mktemp("settled"), runtime)
    with closing(state.records):
        async with opened(state, runtime) as world:
            yield await furnish(world)


async def furnish(world: World) -> Furnished:
    """Make one of everything in *world*."""

    def at(rest: str) -> str:
        return world.account(rest)

    secret = {"name": "S", "type": "secret_text", "text": "hidden"}
    await world.upload(bindings=[secret])
    version = (await world.ask("GET", world.script(rest="/versions")))["items"][0]["id"]
    deployments = await world.ask("GET", world.script(rest="/deployments"))
    namespace = (await world.ask("POST", at("/storage/kv/namespaces"), json={"title": "KV"}))["id"]
    await world.ask("PUT", at(f"/storage/kv/namespaces/{namespace}/values/k"), content=b"v")
    await world.ask("POST", at("/r2/buckets"), json={"name": "files"})
    await world.ask("PUT", at("/r2/buckets/files/objects/o"), content=b"o")
    rules = [{"allowed": {"origins": ["*"], "methods": ["GET"]}}]
    await world.ask("PUT", at("/r2/buckets/files/cors"), json={"rules": rules})
    database = (await world.ask("POST", at("/d1/database"), json={"name": "db"}))["uuid"]
    start = {"action": "init", "etag": "e"}
    announced = await world.ask("POST", at(f"/d1/database/{database}/import"), json=start)
    world.state.exports["begun"] = Export(database, "one.sql", "SELECT 1;")
    queue = (await world.ask("POST", at("/queues"), json={"queue_name": "q"}))["queue_id"]
    consumer = {"type": "worker", "script_name": "api"}
    consumer = await world.ask("POST", at(f"/queues/{queue}/consumers"), json=consumer)
    domain = {"hostname": "a.chitty.cc", "service": "api"}
    domain = await world.ask("PUT", at("/workers/domains"), json=domain)
    route = {"pattern": "b.chitty.cc/*", "script": "api"}
    route = await world.ask("POST", f"/zones/{ZONE_ID}/workers/routes", json=route)
    tail = await world.ask("POST", world.script(rest="/tails"), json={})
    phase = "http_request_firewall_custom"
    rule = {"expression": "true", "action": "log"}
    ruleset = {"kind": "zone", "name": "r", "phase": phase, "rules": [rule]}
    ruleset = await world.ask("POST", f"/zones/{ZONE_ID}/rulesets", json=ruleset)
    found = {"kind": "ip", "name": "l"}
    found = await world.ask("POST", at("/rules/lists"), json=found)
    place = at(f"/rules/lists/{found['id']}/items")
    begun = await world.ask("PUT", place, json=[{"ip": "203.0.113.7"}])
    await world.state.background.settle()
    (item,) = await world.ask("GET", place)
    hook = {"name": "h", "url": "https://hooks.chitty.cc"}
    hook = await world.ask("POST", at("/alerting/v3/destinations/webhooks"), json=hook)
    told = {"email": [{"id": "a@chitty.cc"}]}
    policy = {"name": "p", "alert_type": "tunnel_health_event", "mechanisms": told}
    policy = await world.ask("POST", at("/alerting/v3/policies"), json=policy)
    tunnel = {"name": "t", "config_src": "cloudflare"}
    tunnel = await world.ask("POST", at("/cfd_tunnel"), json=tunnel)
    record = {"name": "c", "type": "TXT", "content": "text"}
    record = await world.ask("POST", f"/zones/{ZONE_ID}/dns_records", json=record)
    await world.upload("owner", code=CLASSES, **MIGRATED)
    (objects,) = await world.ask("GET", at("/workers/durable_objects/namespaces"))
    names = {
        "account_id": ACCOUNT_ID,
        "zone_id": ZONE_ID,
        "script_name": "api",
        "worker_id": "api",
        "secret_name": "S",
        "version_id": version,
        "deployment_id": deployments["deployments"][0]["id"],
        "namespace_id": namespace,
        "key_name": "k",
        "bucket_name": "files",
        "object_key": "o",
        "database_id": database,
        "filename": announced["filename"],
        "export": "one.sql",
        "queue_id": queue,
        "consumer_id": consumer["consumer_id"],
        "domain_id": domain["id"],
        "route_id": route["id"],
        "tail_id": tail["id"],
        "object_namespace_id": objects["id"],
        "ruleset_id": ruleset["id"],
        "ruleset_version": "1",
        "rule_id": ruleset["rules"][0]["id"],
        "list_id": found["id"],
        "item_id": item["id"],
        "operation_id": begun["operation_id"],
        "phase": phase,
        "webhook_id": hook["id"],
        "policy_id": policy["id"],
        "tunnel_id": tunnel["id"],
        "record_id": record["id"],
    }
    edge = {**await _guarded(world), **await _secured(world), **await _balanced(world)}
    return Furnished(world, {**names, **edge})


async def _guarded(world: World) -> dict[str, str]:
    """Make one of each thing of Access."""
    group = {"name": "g", "include": [{"everyone": {}}]}
    group = await world.ask("POST", world.account("/access/groups"), json=group)
    admission = {"name": "p", "decision": "allow", "include": [{"everyone": {}}]}
    admission = await world.ask("POST", world.account("/access/policies"), json=admission)
    service = await world.ask("POST", world.account("/access/service_tokens"), json={"name": "s"})
    app = {"domain": "a.chitty.cc", "policies": [{"id": admission["id"], "precedence": 1}]}
    app = await world.ask("POST", world.account("/access/apps"), json=app)
    return {
        "group_id": group["id"],
        "access_policy_id": admission["id"],
        "service_token_id": service["id"],
        "app_id": app["id"],
        "provider_id": PIN_PROVIDER,
    }


async def _secured(world: World) -> dict[str, str]:
    """Make a token, and what a zone has of TLS."""
    token = {"name": "t", "policies": [POLICY]}
    token = await world.ask("POST", world.account("/tokens"), json=token)
    minimum = f"/zones/{ZONE_ID}/hostnames/settings/min_tls_version/a.chitty.cc"
    await world.ask("PUT", minimum, json={"value": "1.2"})
    pack = await world.ask("POST", f"/zones/{ZONE_ID}/ssl/certificate_packs/order", json=ORDER)
    return {
        "token_id": token["id"],
        "setting_id": "ssl",
        "tls_setting": "min_tls_version",
        "hostname": "a.chitty.cc",
        "certificate_pack_id": pack["id"],
    }


async def _balanced(world: World) -> dict[str, str]:
    """Make a balancer with its parts, and a health check."""
    monitor = await world.ask("POST", world.account("/load_balancers/monitors"), json={})
    pool = {"name": "p", "origins": [{"name": "o", "address": "a.chitty.cc"}]}
    pool = await world.ask("POST", world.account("/load_balancers/pools"), json=pool)
    balancer = {"default_pools": [pool["id"]], "fallback_pool": pool["id"]}
    balancer = {"name": "lb.chitty.cc", **balancer}
    balancer = await world.ask("POST", f"/zones/{ZONE_ID}/load_balancers", json=balancer)
    check = {"name": "c", "address": "a.chitty.cc"}
    tried = await world.ask("POST", f"/zones/{ZONE_ID}/healthchecks/preview", json=check)
    check = await world.ask("POST", f"/zones/{ZONE_ID}/healthchecks", json=check)
    return {
        "monitor_id": monitor["id"],
        "pool_id": pool["id"],
        "balancer_id": balancer["id"],
        "health_check_id": check["id"],
        "preview_id": tried["id"],
    }


def check_envelope(answer) -> None:
    """Check that status and envelope say the same; content as it is has no envelope."""
    if not answer.headers.get("content-type", "").startswith("application/json"):
        refused = (answer.status_code, answer.text[:18]) == (422, "Input was invalid:")
        assert answer.is_success or refused  # queries of Analytics Engine have no envelope
        return
    assert answer.json()["success"] is answer.is_success


@each_operation
async def test_nothing_that_is_there_is_not_found(furnished: Furnished, operation):
    answer = await furnished.ask(operation)

    check_envelope(answer)
    assert answer.status_code != NOT_FOUND, answer.text
    assert answer.status_code < 500 or answer.status_code == 501, answer.text


@each_operation
async def test_what_is_not_there_is_refused(furnished: Furnished, operation):
    places = [place for place in PLACE.findall(operation.path) if place not in OWNERS]
    for place in places:
        answer = await furnished.ask(operation, **{place: "f" * 32})

        check_envelope(answer)
        if (
            operation.method == "GET"
            and place not in OTHERWISE
            and "by-consumer" not in operation.path
        ):
            assert answer.status_code == NOT_FOUND, f"{place}: {answer.text}"
            assert answer.json()["errors"][0]["code"] > 0


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if "{account_id}" in each.path], ids=named
)
async def test_another_account_is_never_not_found(settled: Furnished, operation):
    answer = await settled.ask(operation, account_id="f" * 32)

    check_envelope(answer)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "resource",
    [resource for resource in TABLE.values() if resource.gone],
    ids=lambda resource: resource.name,
)
async def test_the_code_of_what_is_gone_is_the_one_the_plugin_knows(
    furnished: Furnished, resource: Resource
):
    gone = {
        "accountId": ACCOUNT_ID,
        "zoneId": ZONE_ID,
        "id": "gone",
        "name": "gone",
        "bucketName": "gone",
        "scriptName": "gone",
        "queueId": "gone",
        "consumerId": "gone",
        "namespaceId": "gone",
        "keyName": "gone",
        "tunnelId": "gone",
        "workerId": "gone",
        "settingId": "min_tls_version",
        "hostname": "gone.chitty.cc",
    }

    status, code, _ = await furnished.world.refused("GET", resource.read.url(gone))

    assert status == NOT_FOUND
    assert code in resource.gone


PARTS = {
    "R2BucketCors": ("/r2/buckets/{bucket_name}/cors", "DELETE"),
    "QueueConsumer": ("/queues/{queue_id}/consumers/{consumer_id}", "DELETE"),
    "WorkersKv": ("/storage/kv/namespaces/{namespace_id}/values/{key_name}", "DELETE"),
}


@pytest.mark.parametrize("name", PARTS)
async def test_so_is_the_code_of_a_part_that_is_gone_from_a_whole(furnished: Furnished, name):
    template, method = PARTS[name]
    path = furnished.world.account(PLACE.sub(lambda it: furnished.names[it[1]], template))
    await furnished.world.ask(method, path)

    status, code, _ = await furnished.world.refused("GET", path)

    assert (status, code in TABLE_BY_NAME[name].gone) == (NOT_FOUND, True)


TABLE_BY_NAME = {resource.name: resource for resource in TABLE.values()}


async def test_a_script_whose_records_are_damaged_is_not_gone(furnished: Furnished):
    records = furnished.world.state.records
    with records.transaction():
        records.remove(Kind.VERSION, furnished.names["version_id"])

    for path in ("/workers/scripts/api/settings", "/workers/services/api", "/workers/scripts"):
        status, code, said = await furnished.world.refused("GET", furnished.world.account(path))
        assert (status, code) == (503, 10013)
        assert "script api has lost its version; run `make reset`" in said


@pytest.mark.parametrize(
    "path",
    [
        "/storage/kv/namespaces/{namespace_id}/values/{key_name}",
        "/storage/kv/namespaces/{namespace_id}/metadata/{key_name}",
        "/d1/database/{database_id}",
    ],
)
async def test_what_the_runtime_has_not_is_not_gone(furnished: Furnished, path):
    runtime = furnished.world.runtime
    runtime.cloud = type(runtime.cloud)()
    place = furnished.world.account(PLACE.sub(lambda it: furnished.names[it[1]], path))

    status, code, said = await furnished.world.refused("GET", place)

    assert (status, code) == (503, 10013)
    assert "there is no" in said


async def test_a_path_that_is_none_is_not_found_by_no_code_of_a_type(world: World):
    status, code, _ = await world.refused("GET", world.account("/queue"))

    assert (status, code) == (501, 7000)
    assert all(7000 not in resource.gone for resource in TABLE.values())
    assert all(7003 not in resource.gone for resource in TABLE.values())
