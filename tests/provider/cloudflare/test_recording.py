"""On the wire the stand-in says what the official plugin said in the recording."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import Harness, Made

pytestmark = pytest.mark.anyio

CONTRACT = Path(__file__).parents[2] / "contract"
RECORDINGS = (
    *("workers.jsonl", "notifications.jsonl", "tunnels.jsonl", "access.jsonl"),
    "load_balancing.jsonl",
)
RULESETS = CONTRACT / "rulesets.jsonl"
RUNS = 4
"""How often the recorded program asked for the token of its tunnel: once a run."""

MADE_UP = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
READ_BY_US_ONLY = (
    "GET",
    f"/accounts/{inputs.ACCOUNT}/r2/buckets/chittyconnect-documents/domains/managed",
    "null",
)
"""The official plugin never looks whether somebody made a bucket public by hand."""

Exchange = tuple[str, str, str]


async def test_says_what_the_official_plugin_says(plugin: Harness, api: FakeApi) -> None:
    recorded = Counter(_recorded())

    made = await _up(plugin)
    for resource in made:
        await plugin.read(resource)
    for resource in made:
        if resource.name in {"WorkersKv", "WorkersScript"}:
            await plugin.update(resource, resource.inputs)
    await _ask_for_the_token(plugin, api, next(m for m in made if "Tunnel" in m.name))
    for resource in reversed(made):
        await plugin.delete(resource)

    sent = Counter(_exchange(it["method"], it["path"], _parts(it["request"])) for it in api.log)
    sent -= Counter([READ_BY_US_ONLY])
    assert recorded - sent == Counter(), "recorded, but not sent"
    assert sent - recorded == Counter(), "sent, but not recorded"


async def test_says_of_a_ruleset_what_the_official_plugin_says(plugin: Harness, api: FakeApi):
    lines = RULESETS.read_text().splitlines()
    recorded = [each for each in map(json.loads, lines) if '"rl"' in json.dumps(each["response"])]

    made = await plugin.create("Ruleset", inputs.RULESET)
    await plugin.read(made)

    assert [it["method"] for it in recorded] == ["POST", "GET"]
    assert [_exchange(it["method"], it["path"], it["request"]) for it in api.log] == [
        _exchange(it["method"], it["path"].removeprefix("/client/v4"), it["request"])
        for it in recorded
    ]


async def test_says_of_versions_what_the_official_plugin_says(plugin: Harness, api: FakeApi):
    lines = (CONTRACT / "versions.jsonl").read_text().splitlines()
    recorded = [each for each in map(json.loads, lines) if "/storage/" not in each["path"]]

    worker = await plugin.create("Worker", inputs.WORKER)
    binding = {"name": "RATE_LIMITS", "type": "kv_namespace", "namespaceId": "a" * 32}
    given = inputs.version(worker.id) | {"bindings": [binding]}
    version = await plugin.create("WorkerVersion", given)
    deployment = await plugin.create("WorkersDeployment", inputs.deployment(version.id))
    for made in (worker, version, deployment):
        await plugin.read(made)
    for made in (deployment, version, worker):
        await plugin.delete(made)

    sent = [(it["method"], it["path"], it["query"], it["request"]) for it in api.log]
    asked = [
        (it["method"], it["path"].removeprefix("/client/v4"), it["query"], it["request"])
        for it in recorded
    ]
    assert [_comparable(each) for each in sent] == [_comparable(each) for each in asked]
    assert plugin.warnings == []


def _comparable(exchange: tuple[str, str, str, Any]) -> tuple[str, ...]:
    method, path, query, body = exchange
    return *_exchange(method, path, body), query


async def _up(plugin: Harness) -> list[Made]:
    namespace = await plugin.create("WorkersKvNamespace", inputs.NAMESPACE)
    queue = await plugin.create("Queue", inputs.QUEUE)
    database = await plugin.create("D1Database", inputs.DATABASE)
    script = inputs.script(database.id, namespace.id)
    rest: dict[str, inputs.Inputs] = {
        "R2Bucket": inputs.BUCKET,
        "R2BucketCors": inputs.CORS,
        "R2BucketLifecycle": inputs.LIFECYCLE,
        "R2ManagedDomain": inputs.MANAGED_DOMAIN,
        "WorkersScript": script,
        "WorkersKv": inputs.pair(namespace.id),
        "QueueConsumer": inputs.consumer(queue.id),
        "WorkersScriptSubdomain": inputs.SUBDOMAIN,
        "WorkersCustomDomain": inputs.CUSTOM_DOMAIN,
        "WorkersRoute": inputs.ROUTE,
        "WorkersCronTrigger": inputs.CRON_TRIGGER,
    }
    made = [await plugin.create(name, given) for name, given in rest.items()]
    webhook = await plugin.create("NotificationPolicyWebhooks", inputs.WEBHOOK)
    policy = await plugin.create("NotificationPolicy", inputs.notification(webhook.id))
    tunnel = await plugin.create("ZeroTrustTunnelCloudflared", inputs.TUNNEL)
    named = {
        "ZeroTrustTunnelCloudflaredConfig": inputs.tunnel_configuration(tunnel.id),
        "DnsRecord": inputs.dns_record(tunnel.id),
    }
    led = [await plugin.create(name, given) for name, given in named.items()]
    return [
        namespace,
        queue,
        database,
        *made,
        webhook,
        policy,
        tunnel,
        *led,
        *await _access(plugin),
        *await _balanced(plugin),
    ]


async def _access(plugin: Harness) -> list[Made]:
    group = await plugin.create("ZeroTrustAccessGroup", inputs.ACCESS_GROUP)
    token = await plugin.create("ZeroTrustAccessServiceToken", inputs.ACCESS_TOKEN)
    policy = await plugin.create("ZeroTrustAccessPolicy", inputs.ACCESS_POLICY)
    given = inputs.access_application(policy.id)
    return [group, token, policy, await plugin.create("ZeroTrustAccessApplication", given)]


async def _balanced(plugin: Harness) -> list[Made]:
    monitor = await plugin.create("LoadBalancerMonitor", inputs.MONITOR)
    pool = await plugin.create("LoadBalancerPool", inputs.pool(monitor.id))
    balancer = await plugin.create("LoadBalancer", inputs.balancer(pool.id))
    return [monitor, pool, balancer, await plugin.create("Healthcheck", inputs.HEALTH_CHECK)]


async def _ask_for_the_token(plugin: Harness, api: FakeApi, tunnel: Made) -> None:
    path = f"/accounts/{inputs.ACCOUNT}/cfd_tunnel/{tunnel.id}/token"
    api.objects[path] = "eyJ0b2tlbiI6ICJsb2NhbCJ9"
    place = {"accountId": inputs.ACCOUNT, "tunnelId": tunnel.id}
    for _ in range(RUNS):
        answer = await plugin.invoke("getZeroTrustTunnelCloudflaredToken", **place)
        assert answer["token"] == api.objects[path]


def _recorded() -> list[Exchange]:
    texts = [(CONTRACT / name).read_text() for name in RECORDINGS]
    lines = [json.loads(line) for text in texts for line in text.splitlines()]
    return [
        _exchange(it["method"], it["path"].removeprefix("/client/v4"), _parts(it["request"]))
        for it in lines
    ]


def _exchange(method: str, path: str, body: Any) -> Exchange:
    """Make two runs comparable: what a server makes up is one letter."""
    text = json.dumps(body, sort_keys=True)
    return method, _plain(path), _plain(text)


def _plain(text: str) -> str:
    kept = {inputs.ACCOUNT, inputs.ZONE}
    return MADE_UP.sub(lambda found: found[0] if found[0] in kept else "#", text)


def _parts(body: Any) -> Any:
    """Bring both notations of a form, and the JSON within, to one."""
    if isinstance(body, dict) and "__multipart__" in body:
        parts = [dict(part) for part in body["__multipart__"]]
        body = {part.pop("name"): part for part in parts}
    if isinstance(body, dict) and "metadata" in body:
        metadata = body["metadata"]
        return {**body, "metadata": {**metadata, "body": json.loads(metadata["body"])}}
    return body
