"""On the wire the stand-in says what the official plugin said in the recording."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.provider import inputs
from tests.provider.fake_api import FakeApi
from tests.provider.harness import Harness, Made

pytestmark = pytest.mark.anyio

RECORDING = Path(__file__).parents[1] / "contract" / "workers.jsonl"
RULESETS = RECORDING.with_name("rulesets.jsonl")
MADE_UP = re.compile(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
NOT_IN_THE_TABLE = re.compile(r"/workers/workers|/deployments")
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
    return [namespace, queue, database, *made]


def _recorded() -> list[Exchange]:
    lines = [json.loads(line) for line in RECORDING.read_text().splitlines()]
    return [
        _exchange(it["method"], it["path"].removeprefix("/client/v4"), _parts(it["request"]))
        for it in lines
        if not NOT_IN_THE_TABLE.search(it["path"])
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
