"""What a change of the program means for what is there."""

import pytest
from pulumi.runtime.proto import provider_pb2 as pb

from provider.values import UNKNOWN, sealed
from tests.provider.cloudflare import inputs
from tests.provider.harness import Harness, Made

pytestmark = pytest.mark.anyio

REPLACES = {
    "account": ("WorkersKvNamespace", inputs.NAMESPACE, {"accountId": "b"}, False),
    "bucket by name": ("R2Bucket", inputs.BUCKET, {"name": "other"}, True),
    "bucket by location": ("R2Bucket", inputs.BUCKET, {"location": "weur"}, True),
    "database by name": ("D1Database", inputs.DATABASE, {"name": "other"}, False),
    "rules of another bucket": ("R2BucketCors", inputs.CORS, {"bucketName": "b"}, False),
    "consumer of another queue": ("QueueConsumer", inputs.consumer("q"), {"queueId": "p"}, True),
    "domain by anything": ("WorkersCustomDomain", inputs.CUSTOM_DOMAIN, {"service": "b"}, True),
    "route by zone": ("WorkersRoute", inputs.ROUTE, {"zoneId": "z"}, False),
    "script by name": ("WorkersScript", inputs.script(), {"scriptName": "b"}, False),
    "pair by key": ("WorkersKv", inputs.pair("n"), {"keyName": "b"}, False),
    "schedules of another script": (
        "WorkersCronTrigger",
        inputs.CRON_TRIGGER,
        {"scriptName": "b"},
        False,
    ),
    "an unknown may be anything": ("R2Bucket", inputs.BUCKET, {"name": UNKNOWN}, True),
}
UPDATES = {
    "title": ("WorkersKvNamespace", inputs.NAMESPACE, {"title": "b"}, ["title"]),
    "class of storage": (
        "R2Bucket",
        inputs.BUCKET,
        {"storageClass": "InfrequentAccess"},
        ["storageClass"],
    ),
    "queue name": ("Queue", inputs.QUEUE, {"queueName": "b"}, ["queueName"]),
    "route": ("WorkersRoute", inputs.ROUTE, {"script": "b"}, ["script"]),
    "migrations dropped": ("WorkersScript", inputs.script(), {"migrations": None}, ["migrations"]),
    "a leaf of a setting": (
        "QueueConsumer",
        inputs.consumer("q"),
        {"settings": {"batchSize": 20, "maxRetries": 3}},
        ["settings.batchSize"],
    ),
    "one more in a list": (
        "WorkersCronTrigger",
        inputs.CRON_TRIGGER,
        {"schedules": [{"cron": "*/5 * * * *"}, {"cron": "0 0 * * *"}]},
        ["schedules[1]"],
    ),
}
SAME = {
    "a default said aloud": (
        "R2Bucket",
        inputs.BUCKET,
        {"storageClass": "Standard", "jurisdiction": "default"},
    ),
    "what the API fills in, left out": (
        "QueueConsumer",
        inputs.consumer("q"),
        {"settings": None, "scriptName": None},
    ),
    "flags in another order": (
        "WorkersScript",
        {**inputs.script(), "compatibilityFlags": ["a", "b"]},
        {"compatibilityFlags": ["b", "a"]},
    ),
    "sealed or not": ("WorkersKvNamespace", inputs.NAMESPACE, {"title": sealed("TOKEN_KV")}),
    "null or absent": ("WorkersRoute", inputs.ROUTE, {"id": None}),
}


@pytest.mark.parametrize(("name", "old", "change", "first"), REPLACES.values(), ids=REPLACES)
async def test_needs_a_new_resource(plugin: Harness, name, old, change, first):
    found = await _diff(plugin, name, old, change)

    (changed,) = change
    assert list(found.replaces) == [changed]
    assert found.deleteBeforeReplace is first
    assert {it.kind for it in found.detailedDiff.values()} <= {
        pb.PropertyDiff.UPDATE_REPLACE,
        pb.PropertyDiff.ADD_REPLACE,
    }


@pytest.mark.parametrize(("name", "old", "change", "paths"), UPDATES.values(), ids=UPDATES)
async def test_is_changed_in_place(plugin: Harness, name, old, change, paths):
    found = await _diff(plugin, name, old, change)

    assert found.changes == pb.DiffResponse.DIFF_SOME
    assert not found.replaces
    assert sorted(found.detailedDiff) == paths


@pytest.mark.parametrize(("name", "old", "change"), SAME.values(), ids=SAME)
async def test_changes_nothing(plugin: Harness, name, old, change):
    found = await _diff(plugin, name, old, change)

    assert found.changes == pb.DiffResponse.DIFF_NONE
    assert not found.diffs
    assert not found.detailedDiff


async def test_ignored_changes_are_ignored(plugin: Harness):
    change = {"title": "b"}

    found = await _diff(plugin, "WorkersKvNamespace", inputs.NAMESPACE, change, ("title",))

    assert found.changes == pb.DiffResponse.DIFF_NONE


async def test_keys_that_are_no_names_are_quoted_in_paths(plugin: Harness):
    file = {"contentType": "text/plain", "contentBase64": "YQ=="}
    old = {**inputs.script(), "files": {"a.txt": file}}

    found = await _diff(
        plugin, "WorkersScript", old, {"files": {"a.txt": {**file, "contentBase64": "Yg=="}}}
    )

    assert list(found.detailedDiff) == ['files["a.txt"].contentBase64']


async def _diff(plugin: Harness, name, old, change, ignore=()):
    new = {key: value for key, value in {**old, **change}.items() if value is not None}
    return await plugin.diff(Made(name, "id", old, old), new, ignore)
