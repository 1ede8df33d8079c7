"""A refresh shows what somebody changed, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from provider.values import is_secret, opened, sealed
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness, Made

pytestmark = pytest.mark.anyio

ACCOUNT = f"/accounts/{inputs.ACCOUNT}"
BUCKET = f"{ACCOUNT}/r2/buckets/chittyconnect-documents"
SCRIPT = f"{ACCOUNT}/workers/scripts/chittyconnect"
CLEAN: dict[str, inputs.Inputs] = {
    "WorkersKvNamespace": inputs.NAMESPACE,
    "R2Bucket": {**inputs.BUCKET, "location": "enam"},
    "R2BucketCors": inputs.CORS,
    "R2BucketLifecycle": inputs.LIFECYCLE,
    "R2ManagedDomain": inputs.MANAGED_DOMAIN,
    "D1Database": inputs.DATABASE,
    "Queue": {**inputs.QUEUE, "settings": {"deliveryDelay": 5}},
    "QueueConsumer": inputs.consumer("q"),
    "WorkersScript": inputs.script(),
    "WorkersScriptSubdomain": inputs.SUBDOMAIN,
    "Worker": inputs.WORKER,
    "WorkerVersion": {
        **inputs.version(),
        "exports": {
            "Home": {"type": "durable-object", "storage": "sqlite"},
        },
    },
    "WorkersDeployment": inputs.deployment(),
    "WorkersCronTrigger": inputs.CRON_TRIGGER,
    "WorkersRoute": inputs.ROUTE,
    "WorkersCustomDomain": inputs.CUSTOM_DOMAIN,
    "WorkersKv": {**inputs.pair("n"), "metadata": '{"b": 1, "a": [2]}'},
    "Ruleset": inputs.RULESET,
    "NotificationPolicyWebhooks": inputs.WEBHOOK,
    "NotificationPolicy": inputs.notification("w"),
    "ZeroTrustTunnelCloudflared": inputs.TUNNEL,
    "ZeroTrustTunnelCloudflaredConfig": inputs.tunnel_configuration("t"),
    "DnsRecord": inputs.dns_record("t"),
    "ZeroTrustAccessGroup": inputs.ACCESS_GROUP,
    "ZeroTrustAccessPolicy": inputs.ACCESS_POLICY,
    "ZeroTrustAccessServiceToken": inputs.ACCESS_TOKEN,
    "ZeroTrustAccessApplication": inputs.access_application("p"),
    "ZoneSetting": inputs.ZONE_SETTING,
    "HostnameTlsSetting": inputs.HOSTNAME_TLS,
    "UniversalSslSetting": {"zoneId": inputs.ZONE, "enabled": True},
    "ZoneDnssec": {"zoneId": inputs.ZONE, "status": "active"},
    "CertificatePack": inputs.CERTIFICATE,
    "TieredCache": {"zoneId": inputs.ZONE, "value": "on"},
    "ArgoTieredCaching": {"zoneId": inputs.ZONE, "value": "on"},
    "AccountToken": inputs.ACCOUNT_TOKEN,
    "LoadBalancerMonitor": inputs.MONITOR,
    "LoadBalancerPool": inputs.pool("m"),
    "LoadBalancer": inputs.balancer("p"),
    "Healthcheck": inputs.HEALTH_CHECK,
    "List": inputs.ADDRESS_LIST,
}
DRIFT: dict[str, tuple[str, dict[str, Any], str, Any]] = {
    "title": ("WorkersKvNamespace", {"title": "by hand"}, "title", "by hand"),
    "storage class": (
        "R2Bucket",
        {"storage_class": "InfrequentAccess"},
        "storageClass",
        "InfrequentAccess",
    ),
    "public bucket": ("R2ManagedDomain", {"enabled": True}, "enabled", True),
    "workers.dev": ("WorkersScriptSubdomain", {"enabled": True}, "enabled", True),
    "a worker on workers.dev": (
        "Worker",
        {"subdomain": {"enabled": True, "previews_enabled": False}},
        "subdomain",
        {"enabled": True, "previewsEnabled": False},
    ),
    "code of a version": (
        "WorkerVersion",
        {
            "modules": [
                {"name": "index.mjs", "content_type": "text/plain", "content_base64": "eA=="}
            ]
        },
        "modules",
        [{"name": "index.mjs", "contentType": "text/plain", "contentBase64": "eA=="}],
    ),
    "classes of a version": (
        "WorkerVersion",
        {"exports": {"House": {"type": "durable-object", "storage": "sqlite"}}},
        "exports",
        {"House": {"type": "durable-object", "storage": "sqlite"}},
    ),
    "shares": (
        "WorkersDeployment",
        {"versions": [{"version_id": "other", "percentage": 100}]},
        "versions",
        [{"versionId": "other", "percentage": 100}],
    ),
    "route": ("WorkersRoute", {"script": "other"}, "script", "other"),
    "route without script": ("WorkersRoute", {"script": None}, "script", None),
    "domain": ("WorkersCustomDomain", {"service": "other"}, "service", "other"),
    "queue settings": (
        "Queue",
        {"settings": {"delivery_delay": 9}},
        "settings",
        {"deliveryDelay": 9},
    ),
    "retries": (
        "QueueConsumer",
        {"settings": {"batch_size": 10, "max_retries": 9, "max_concurrency": 4}},
        "settings",
        {"batchSize": 10, "maxRetries": 9},
    ),
    "a ruleset without rules": ("Ruleset", {"rules": []}, "rules", []),
    "notification": ("NotificationPolicy", {"enabled": False}, "enabled", False),
    "who is told": (
        "NotificationPolicy",
        {"mechanisms": {"webhooks": [{"id": "w"}], "email": [{"id": "a@chitty.cc"}]}},
        "mechanisms",
        {"webhooks": [{"id": "w"}], "emails": [{"id": "a@chitty.cc"}]},
    ),
    "webhook": (
        "NotificationPolicyWebhooks",
        {"url": "https://elsewhere.chitty.cc"},
        "url",
        "https://elsewhere.chitty.cc",
    ),
    "tunnel": ("ZeroTrustTunnelCloudflared", {"name": "by hand"}, "name", "by hand"),
    "ingress": (
        "ZeroTrustTunnelCloudflaredConfig",
        {"config": {"ingress": [{"service": "http_status:404"}]}},
        "config",
        {"ingresses": [{"service": "http_status:404"}]},
    ),
    "record": ("DnsRecord", {"proxied": False}, "proxied", False),
    "group": (
        "ZeroTrustAccessGroup",
        {"include": [{"everyone": {}}]},
        "includes",
        [{"everyone": {}}],
    ),
    "decision": ("ZeroTrustAccessPolicy", {"decision": "bypass"}, "decision", "bypass"),
    "service token": ("ZeroTrustAccessServiceToken", {"duration": "1h"}, "duration", "1h"),
    "policies of an application": ("ZeroTrustAccessApplication", {"policies": []}, "policies", []),
    "setting of a zone": ("ZoneSetting", {"value": "flexible"}, "value", "flexible"),
    "TLS of a host": ("HostnameTlsSetting", {"value": "1.0"}, "value", "1.0"),
    "Universal SSL": ("UniversalSslSetting", {"enabled": False}, "enabled", False),
    "DNSSEC": ("ZoneDnssec", {"status": "disabled"}, "status", "disabled"),
    "tiers of caches": ("ArgoTieredCaching", {"value": "off"}, "value", "off"),
    "smart tiers": ("TieredCache", {"value": "off"}, "value", "off"),
    "token": ("AccountToken", {"status": "disabled", "name": "by hand"}, "name", "by hand"),
    "monitor": ("LoadBalancerMonitor", {"expected_codes": "5xx"}, "expectedCodes", "5xx"),
    "pool": ("LoadBalancerPool", {"enabled": False}, "enabled", False),
    "regions of a balancer": (
        "LoadBalancer",
        {"region_pools": {"WNAM": ["p", "by hand"]}},
        "regionPools",
        {"WNAM": ["p", "by hand"]},
    ),
    "suspended health check": ("Healthcheck", {"suspended": True}, "suspended", True),
    "list": ("List", {"description": "by hand"}, "description", "by hand"),
    "replication": (
        "D1Database",
        {"read_replication": {"mode": "auto"}},
        "readReplication",
        {"mode": "auto"},
    ),
}


@pytest.mark.parametrize(("name", "given"), CLEAN.items())
async def test_is_clean_when_nothing_changed(plugin: Harness, name, given):
    made = await plugin.create(name, given)

    found = await plugin.read(made)

    assert found == made


@pytest.mark.parametrize("case", DRIFT.values(), ids=DRIFT)
async def test_shows_what_was_changed_by_hand(plugin: Harness, api: FakeApi, case):
    name, by_hand, field, expected = case
    made = await plugin.create(name, CLEAN[name])
    _object(api, made).update(by_hand)

    found = await plugin.read(made)

    assert found is not None
    assert found.inputs.get(field) == expected
    assert {key: found.inputs.get(key) for key in made.inputs if key != field} == {
        key: value for key, value in made.inputs.items() if key != field
    }
    assert (await plugin.diff(found, made.inputs)).diffs == [field]


async def test_what_changes_by_itself_is_no_change_of_the_account(plugin: Harness, api: FakeApi):
    """A health check finds what it finds, and its regions come in any order."""
    made = await plugin.create("Healthcheck", inputs.HEALTH_CHECK)
    kept = _object(api, made)
    first = {**made.properties, "status": "unknown", "failureReason": ""}
    kept |= {"status": "unhealthy", "failure_reason": "TCP connection failed"}
    kept["check_regions"].reverse()

    found = await plugin.read(replace(made, properties=first))

    assert found == replace(made, properties=first)


async def test_a_route_the_answer_shows_without_script_has_none(plugin: Harness, api: FakeApi):
    made = await plugin.create("WorkersRoute", inputs.ROUTE)
    del _object(api, made)["script"]

    found = await plugin.read(made)

    assert found is not None
    assert "script" not in found.inputs


async def test_schedules_changed_by_hand_show(plugin: Harness, api: FakeApi):
    made = await plugin.create("WorkersCronTrigger", inputs.CRON_TRIGGER)
    api.objects[f"{SCRIPT}/schedules"] = {"schedules": [{"cron": "0 0 * * *", "created_on": "x"}]}

    found = await plugin.read(made)

    assert found is not None
    assert found.inputs["schedules"] == [{"cron": "0 0 * * *"}]


async def test_rules_of_a_bucket_changed_by_hand_show(plugin: Harness, api: FakeApi):
    cors = await plugin.create("R2BucketCors", inputs.CORS)
    lifecycle = await plugin.create("R2BucketLifecycle", inputs.LIFECYCLE)
    api.objects[f"{BUCKET}/cors"]["rules"][0]["allowed"]["origins"] = ["*"]
    api.objects[f"{BUCKET}/lifecycle"]["rules"].pop()

    open_cors, short_lifecycle = await plugin.read(cors), await plugin.read(lifecycle)

    assert open_cors is not None
    assert short_lifecycle is not None
    assert open_cors.inputs["rules"][0]["allowed"]["origins"] == ["*"]
    assert open_cors.inputs["rules"][0]["maxAgeSeconds"] == 3600
    assert short_lifecycle.inputs["rules"] == inputs.LIFECYCLE["rules"][:1]


async def test_metadata_of_a_pair_is_compared_as_json(plugin: Harness, api: FakeApi):
    pair = await plugin.create("WorkersKv", CLEAN["WorkersKv"])
    path = f"{ACCOUNT}/storage/kv/namespaces/n/metadata/api:1"
    api.objects[path] = {"a": [2], "b": 2}

    found = await plugin.read(pair)

    assert found is not None
    assert found.inputs["metadata"] == '{"a":[2],"b":2}'


async def test_code_changed_by_hand_shows(plugin: Harness, api: FakeApi):
    script = await plugin.create("WorkersScript", inputs.script())
    api.objects[f"{SCRIPT}/content/v2"] = b"export default {}"

    found = await plugin.read(script)

    assert found is not None
    assert found.inputs["content"] == "export default {}"


async def test_bindings_are_compared_by_name_and_secrets_kept(plugin: Harness, api: FakeApi):
    script = await plugin.create("WorkersScript", inputs.script())
    bindings = api.objects[f"{SCRIPT}/settings"]["bindings"]
    bindings.reverse()
    _binding(bindings, "DB")["id"] = "other"
    bindings.remove(_binding(bindings, "EVENTS"))
    bindings.append({"name": "BY_HAND", "type": "plain_text", "text": "x"})
    bindings.append({"name": "SECRET_BY_HAND", "type": "secret_text"})

    found = await plugin.read(script)

    assert found is not None
    shown = {it["name"]: it for it in opened(found.inputs["bindings"])}
    assert list(shown) == [
        "DB", "DOCUMENT_STORAGE", "SECRET", "SESSION_STATE", "TOKEN_KV", "BY_HAND",
    ]  # fmt: skip
    assert shown["DB"] == {"name": "DB", "type": "d1", "id": "other"}
    assert shown["SECRET"]["text"] == inputs.CANARY
    assert is_secret(found.inputs["bindings"][2]["text"])


async def test_a_secret_stays_one_whether_it_changed_or_not(plugin: Harness, api: FakeApi):
    pair = await plugin.create("WorkersKv", {**inputs.pair("n"), "value": sealed("hidden")})
    same = await plugin.read(pair)
    api.objects[f"{ACCOUNT}/storage/kv/namespaces/n/values/api:1"] = b"other"

    changed = await plugin.read(pair)

    assert same == pair
    assert changed is not None
    assert changed.inputs["value"] == changed.properties["value"] == sealed("other")


async def test_what_the_api_says_is_gone_is_gone(plugin: Harness, api: FakeApi):
    queue = await plugin.create("Queue", inputs.QUEUE)
    api.objects.clear()

    assert await plugin.read(queue) is None


async def test_a_refused_connection_is_never_gone(plugin: Harness, api: FakeApi):
    queue = await plugin.create("Queue", inputs.QUEUE)
    api.stop()

    with pytest.raises(AbortedError, match=r"nothing answers at .*make start"):
        await plugin.read(queue)


async def test_a_404_that_is_not_of_an_api_is_never_gone(plugin: Harness, api: FakeApi):
    queue = await plugin.create("Queue", inputs.QUEUE)
    path = f"{ACCOUNT}/queues/{queue.id}"
    api.answers["GET", path] = [(404, b"<h1>not found</h1>")]

    with pytest.raises(AbortedError, match="a form that is not API v4"):
        await plugin.read(queue)


def _object(api: FakeApi, made: Made) -> dict[str, Any]:
    """Find what the API keeps of a resource: the last object it was sent."""
    keys = {"queueId", "consumerId", "uuid"}
    known = {made.id, *(str(made.properties.get(key)) for key in keys)} - {inputs.ACCOUNT, "None"}
    for path, kept in reversed(api.objects.items()):
        last = path.removesuffix("/configurations").rsplit("/", 1)[1]
        if last in known or made.id in (inputs.ACCOUNT, inputs.ZONE):
            assert isinstance(kept, dict)
            return kept
    raise AssertionError(f"{made.id} is not in {list(api.objects)}")


def _binding(bindings: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(it for it in bindings if it["name"] == name)
