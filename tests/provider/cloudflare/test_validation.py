"""Inputs that do not fit the SDK are refused by property path, before anything is sent."""

import pytest

from provider.values import UNKNOWN, sealed
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import Harness

pytestmark = pytest.mark.anyio

REFUSED = {
    "missing": ("R2Bucket", {"accountId": "a"}, {"name": "it is required"}),
    "null where required": (
        "R2Bucket",
        {"accountId": "a", "name": None},
        {"name": "it is required"},
    ),
    "wrong scalar": (
        "WorkersKvNamespace",
        {"accountId": "a", "title": 7},
        {"title": "it must be a string, not a number"},
    ),
    "boolean is no number": (
        "QueueConsumer",
        {"accountId": "a", "queueId": "q", "type": "worker", "settings": {"batchSize": True}},
        {"settings.batchSize": "it must be a number, not a boolean"},
    ),
    "fraction is no integer": (
        "R2BucketLifecycle",
        {
            "accountId": "a",
            "bucketName": "b",
            "rules": [
                {
                    "id": "r",
                    "enabled": True,
                    "conditions": {"prefix": ""},
                    "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 1.5}},
                }
            ],
        },
        {"rules[0].deleteObjectsTransition.condition.maxAge": "must be an integer"},
    ),
    "object for a list": (
        "WorkersCronTrigger",
        {"accountId": "a", "scriptName": "s", "schedules": {"cron": "* * * * *"}},
        {"schedules": "it must be a list, not an object"},
    ),
    "string for an object": (
        "D1Database",
        {"accountId": "a", "name": "d", "readReplication": "auto"},
        {"readReplication": "it must be an object, not a string"},
    ),
    "nested and missing": (
        "WorkersCronTrigger",
        {"accountId": "a", "scriptName": "s", "schedules": [{}]},
        {"schedules[0].cron": "it is required"},
    ),
    "within a map": (
        "WorkersScript",
        {
            "accountId": "a",
            "scriptName": "s",
            "content": "c",
            "files": {"a.wasm": {"contentType": 1}},
        },
        {'files["a.wasm"].contentType': "it must be a string"},
    ),
}


@pytest.mark.parametrize(("name", "given", "expected"), REFUSED.values(), ids=REFUSED)
async def test_refuses(plugin: Harness, name, given, expected):
    failures = await plugin.failures(name, given)

    assert failures.keys() == expected.keys()
    for path, reason in expected.items():
        assert reason in failures[path]


async def test_an_unknown_property_names_those_there_are(plugin: Harness):
    failures = await plugin.failures("R2Bucket", {**inputs.BUCKET, "storageClas": "Standard"})

    assert "accountId, jurisdiction, location, name, storageClass" in failures["storageClas"]


async def test_a_type_outside_the_table_is_refused_by_name(plugin: Harness):
    failures = await plugin.failures("WaitingRoom", {"zoneId": "z"})

    reason = failures[""]
    assert reason.startswith(
        "not supported by the stand-in plugin: cloudflare:index/waitingRoom:WaitingRoom"
    )
    assert "WorkersScript" in reason


async def test_unknowns_and_secrets_pass_with_their_marks(plugin: Harness, api: FakeApi):
    given = {"accountId": UNKNOWN, "title": sealed("hidden")}

    assert await plugin.checked("WorkersKvNamespace", given) == given
    assert api.log == []
