"""A preview sends nothing and promises nothing it cannot know."""

import pytest

from provider.values import UNKNOWN, sealed
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import Harness

pytestmark = pytest.mark.anyio


async def test_a_create_shows_inputs_and_defaults_and_leaves_the_rest_unknown(
    plugin: Harness, api: FakeApi
):
    shown = await plugin.preview("R2Bucket", {**inputs.BUCKET, "accountId": UNKNOWN})

    assert shown == {
        "accountId": UNKNOWN,
        "name": "chittyconnect-documents",
        "jurisdiction": "default",
        "storageClass": "Standard",
        "creationDate": UNKNOWN,
        "location": UNKNOWN,
    }
    assert api.log == []


async def test_an_optional_input_left_out_is_absent_not_unknown(plugin: Harness):
    shown = await plugin.preview("WorkersRoute", {"zoneId": "z", "pattern": "p"})

    assert shown == {"zoneId": "z", "pattern": "p"}


async def test_an_update_knows_what_it_cannot_change(plugin: Harness, api: FakeApi):
    queue = await plugin.create("Queue", inputs.QUEUE)
    sent = len(api.log)

    shown = (
        await plugin.update(queue, {**inputs.QUEUE, "queueName": "b"}, preview=True)
    ).properties

    assert shown["queueId"] == queue.properties["queueId"]
    assert shown["queueName"] == "b"
    assert shown["modifiedOn"] == UNKNOWN
    assert len(api.log) == sent


async def test_a_secret_stays_one_in_a_preview(plugin: Harness):
    shown = await plugin.preview("WorkersKv", {**inputs.pair("n"), "value": sealed("hidden")})

    assert shown["value"] == sealed("hidden")
