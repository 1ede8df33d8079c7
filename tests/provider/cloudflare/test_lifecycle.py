"""Resources come, change and go."""

import pytest

from provider.values import sealed
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

ACCOUNT = f"/accounts/{inputs.ACCOUNT}"
BUCKET = f"{ACCOUNT}/r2/buckets/chittyconnect-documents"
IDS = {
    "R2Bucket": (inputs.BUCKET, "chittyconnect-documents"),
    "R2BucketCors": (inputs.CORS, inputs.ACCOUNT),
    "WorkersScript": (inputs.script(), "chittyconnect"),
    "WorkersScriptSubdomain": (inputs.SUBDOMAIN, inputs.ACCOUNT),
    "WorkersCronTrigger": (inputs.CRON_TRIGGER, "chittyconnect"),
    "QueueConsumer": (inputs.consumer("q"), inputs.ACCOUNT),
    "WorkersKv": (inputs.pair("n"), "api:1"),
}
FORGOTTEN = {
    "R2BucketLifecycle": inputs.LIFECYCLE,
    "R2ManagedDomain": inputs.MANAGED_DOMAIN,
    "WorkersCronTrigger": inputs.CRON_TRIGGER,
}


@pytest.mark.parametrize(("name", "given", "expected"), [(n, *it) for n, it in IDS.items()])
async def test_ids_are_those_of_the_official_plugin(plugin: Harness, name, given, expected):
    assert (await plugin.create(name, given)).id == expected


async def test_what_the_api_made_up_is_in_the_state(plugin: Harness):
    queue = await plugin.create("Queue", inputs.QUEUE)

    assert queue.id == queue.properties["queueId"]
    assert queue.properties["createdOn"] == "2026-11-21T12:00:00Z"
    assert "settings" not in queue.properties


async def test_the_jurisdiction_of_a_bucket_goes_with_every_request(plugin: Harness, api: FakeApi):
    bucket = await plugin.create("R2Bucket", {**inputs.BUCKET, "jurisdiction": "eu"})
    await plugin.read(bucket)
    await plugin.delete(bucket)

    assert [it["headers"]["cf-r2-jurisdiction"] for it in api.log] == ["eu"] * 3
    assert "jurisdiction" not in api.log[0]["request"]


async def test_a_class_of_storage_changes_by_header(plugin: Harness, api: FakeApi):
    bucket = await plugin.create("R2Bucket", inputs.BUCKET)

    await plugin.update(bucket, {**inputs.BUCKET, "storageClass": "InfrequentAccess"})

    sent = api.log[-1]
    assert (sent["method"], sent["path"], sent["request"]) == ("PATCH", BUCKET, None)
    assert sent["headers"]["cf-r2-storage-class"] == "InfrequentAccess"


async def test_what_left_the_program_is_sent_as_null(plugin: Harness, api: FakeApi):
    route = await plugin.create("WorkersRoute", inputs.ROUTE)

    await plugin.update(route, {"zoneId": inputs.ZONE, "pattern": "b/*"})

    assert api.log[-1]["request"] == {"pattern": "b/*", "script": None}


async def test_expiry_of_a_pair_goes_as_query(plugin: Harness, api: FakeApi):
    pair = {**inputs.pair("n"), "expirationTtl": 60, "metadata": '{"a": 1}'}

    await plugin.create("WorkersKv", pair)

    assert api.log[-1]["query"] == "expiration_ttl=60"
    assert api.log[-1]["request"]["metadata"]["body"] == '{"a": 1}'


async def test_names_are_escaped_in_paths(plugin: Harness, api: FakeApi):
    await plugin.create("WorkersKv", {**inputs.pair("n"), "keyName": "a/b ?ü"})

    assert api.log[-1]["path"].endswith("/values/a%2Fb%20%3F%C3%BC")


async def test_marks_of_secrets_are_kept_in_the_state_and_opened_on_the_wire(
    plugin: Harness, api: FakeApi
):
    made = await plugin.create("WorkersKv", {**inputs.pair("n"), "value": sealed("hidden")})

    assert made.properties["value"] == sealed("hidden")
    assert api.log[-1]["request"]["value"]["body"] == "hidden"


@pytest.mark.parametrize(("name", "given"), FORGOTTEN.items())
async def test_what_has_no_delete_is_forgotten_and_said(plugin: Harness, api: FakeApi, name, given):
    made = await plugin.create(name, given)

    await plugin.delete(made)

    assert not api.requests("DELETE")
    assert plugin.warnings[0].startswith(f"it: {name} is only forgotten")


async def test_a_delete_of_what_is_gone_is_done(plugin: Harness, api: FakeApi):
    queue = await plugin.create("Queue", inputs.QUEUE)
    api.objects.clear()

    await plugin.delete(queue)

    assert api.requests("DELETE")


async def test_a_script_is_deleted_by_force_only_when_asked(plugin: Harness, api: FakeApi):
    for force in (False, True):
        await plugin.delete(
            await plugin.create("WorkersScript", {**inputs.script(), "force": force})
        )

    deletes = [it["query"] for it in api.log if it["method"] == "DELETE"]
    assert deletes == ["", "force=true"]


async def test_a_custom_domain_is_never_changed_in_place(plugin: Harness):
    domain = await plugin.create("WorkersCustomDomain", inputs.CUSTOM_DOMAIN)

    with pytest.raises(AbortedError, match="cannot be changed, only replaced"):
        await plugin.update(domain, {**inputs.CUSTOM_DOMAIN, "service": "b"})


async def test_nothing_starts_after_a_cancel(plugin: Harness, api: FakeApi):
    await plugin.provider.Cancel(None, plugin.context)

    with pytest.raises(AbortedError, match="CANCELLED"):
        await plugin.create("Queue", inputs.QUEUE)
    assert not api.requests("POST")


async def test_dnssec_is_disabled_before_it_is_deleted(plugin: Harness, api: FakeApi):
    made = await plugin.create("ZoneDnssec", {"zoneId": inputs.ZONE, "status": "active"})

    await plugin.delete(made)

    path = f"/zones/{inputs.ZONE}/dnssec"
    assert api.requests("PATCH")[-1] == (path, {"status": "disabled"})
    assert api.requests("DELETE") == [(path, None)]


async def test_settings_of_a_zone_are_forgotten_and_not_deleted(plugin: Harness, api: FakeApi):
    """Singletons without a delete: who sets them has to put back what was there."""
    for name, given in (
        ("ZoneSetting", inputs.HSTS),
        ("UniversalSslSetting", {"zoneId": inputs.ZONE, "enabled": True}),
        ("ArgoTieredCaching", {"zoneId": inputs.ZONE, "value": "on"}),
    ):
        await plugin.delete(await plugin.create(name, given))

    assert api.requests("DELETE") == []


async def test_the_value_of_a_setting_passes_as_it_is(plugin: Harness, api: FakeApi):
    """Names below a value of any type are the API's: `max_age`, not `maxAge`."""
    await plugin.create("ZoneSetting", inputs.HSTS)

    path = f"/zones/{inputs.ZONE}/settings/security_header"
    assert api.requests("PATCH") == [(path, {"value": inputs.HSTS["value"]})]


async def test_resources_of_a_token_are_sent_as_json(plugin: Harness, api: FakeApi):
    await plugin.create("AccountToken", inputs.ACCOUNT_TOKEN)

    ((_, sent),) = api.requests("POST")
    assert sent["policies"][0]["resources"] == {f"com.cloudflare.api.account.{inputs.ACCOUNT}": "*"}
    assert sent["condition"] == {"request_ip": {"in": ["203.0.113.0/24"]}}
