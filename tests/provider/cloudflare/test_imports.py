"""What is there already can be taken into a program."""

import pytest

from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

RULE = inputs.RULESET["rules"][0]
COUNTED = {**RULE["ratelimit"], "requestsToOrigin": False}
WHOLE_RULE = {**RULE, "description": "", "actionParameters": {}, "ratelimit": COUNTED}
WHOLE_RULESET: inputs.Inputs = {**inputs.RULESET, "rules": [WHOLE_RULE]}
"""With all that the answer of the API says of it."""

FORMS = {
    "WorkersKvNamespace": (inputs.NAMESPACE, "{account}/{id}"),
    "R2Bucket": (inputs.BUCKET, "{account}/{id}/default"),
    "R2Bucket without its jurisdiction": (inputs.BUCKET, "{account}/{id}"),
    "D1Database": (inputs.DATABASE, "{account}/{id}"),
    "Queue": (inputs.QUEUE, "{account}/{id}"),
    "WorkersScriptSubdomain": (inputs.SUBDOMAIN, "{account}/chittyconnect"),
    "WorkersCronTrigger": (inputs.CRON_TRIGGER, "{account}/{id}"),
    "WorkersRoute": (inputs.ROUTE, "{zone}/{id}"),
    "WorkersCustomDomain": (inputs.CUSTOM_DOMAIN, "{account}/{id}"),
    "WorkersKv": (inputs.pair("n"), "{account}/n/{id}"),
    "Ruleset": (WHOLE_RULESET, "zones/{zone}/{id}"),
}
WITHOUT = ["R2BucketCors", "R2BucketLifecycle", "R2ManagedDomain", "QueueConsumer"]


@pytest.mark.parametrize(("title", "given", "form"), [(n, *it) for n, it in FORMS.items()])
async def test_takes_it_in_as_it_would_have_made_it(plugin: Harness, title, given, form):
    name = title.split(maxsplit=1)[0]
    made = await plugin.create(name, given)

    taken = await plugin.adopt(
        name, form.format(account=inputs.ACCOUNT, zone=inputs.ZONE, id=made.id)
    )

    assert taken is not None
    assert taken.id == made.id
    assert not (await plugin.diff(taken, made.inputs)).diffs
    assert taken.properties == made.properties


async def test_a_script_comes_in_with_its_code_and_bindings(plugin: Harness):
    await plugin.create("WorkersScript", inputs.script())

    taken = await plugin.adopt("WorkersScript", f"{inputs.ACCOUNT}/chittyconnect")

    assert taken is not None
    assert taken.inputs["content"] == inputs.CODE
    assert [it["name"] for it in taken.inputs["bindings"]] == [
        it["name"] for it in inputs.script()["bindings"]
    ]


async def test_what_is_not_there_is_not_made_up(plugin: Harness):
    assert await plugin.adopt("Queue", f"{inputs.ACCOUNT}/none") is None


@pytest.mark.parametrize("given", ["only-one-part", "/x", "x/"])
async def test_a_wrong_id_is_answered_with_the_right_form(plugin: Harness, api: FakeApi, given):
    with pytest.raises(AbortedError, match=r"is not an id of Queue; give <accountId>/<id>"):
        await plugin.adopt("Queue", given)
    assert api.log == []


@pytest.mark.parametrize("name", WITHOUT)
async def test_what_the_official_plugin_cannot_import_neither_can_we(plugin: Harness, name):
    with pytest.raises(AbortedError, match="cannot be imported; declare it and run up instead"):
        await plugin.adopt(name, "a/b")
