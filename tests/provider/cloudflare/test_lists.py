"""Lists: their items are written by operations that are waited for, and read by pages."""

import re
from typing import Any

import pytest

from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

LISTS = f"/accounts/{inputs.ACCOUNT}/rules/lists"


def running(status: str, **more: Any) -> tuple[int, Any]:
    return 200, {"id": "op", "status": status, **more}


async def test_waits_until_the_operation_is_done(plugin: Harness, api: FakeApi):
    made = await plugin.create("List", inputs.ADDRESS_LIST)
    items = f"{LISTS}/{made.id}/items"
    api.answers["PUT", items] = [(200, {"operation_id": "op"})]
    looks = [running("pending"), running("running"), running("completed")]
    api.answers["GET", f"{LISTS}/bulk_operations/op"] = looks

    await plugin.update(made, {**inputs.ADDRESS_LIST, "items": []})

    assert looks == []


async def test_an_operation_that_fails_is_an_error_with_its_reason(plugin: Harness, api: FakeApi):
    made = await plugin.create("List", inputs.ADDRESS_LIST)
    api.answers["PUT", f"{LISTS}/{made.id}/items"] = [(200, {"operation_id": "op"})]
    failed = running("failed", error="too many items")
    api.answers["GET", f"{LISTS}/bulk_operations/op"] = [failed]

    with pytest.raises(AbortedError, match="too many items"):
        await plugin.update(made, inputs.ADDRESS_LIST | {"items": []})


async def test_a_list_whose_items_are_refused_does_not_stay(plugin: Harness, api: FakeApi):
    """A create that fails has made nothing; else the next one finds the name taken."""
    api.refused = re.compile(r"/items$")

    with pytest.raises(AbortedError, match="no address"):
        await plugin.create("List", inputs.ADDRESS_LIST)

    assert [path for path in api.objects if path.startswith(LISTS)] == []


async def test_items_that_the_program_does_not_have_are_left_to_others(plugin, api: FakeApi):
    """`ListItem` may keep them."""
    given = {key: it for key, it in inputs.ADDRESS_LIST.items() if key != "items"}
    made = await plugin.create("List", given)
    api.objects[f"{LISTS}/{made.id}/items"] = [{"id": "i", "ip": "192.0.2.1"}]

    assert await plugin.read(made) == made
    assert not [path for path, _ in api.requests("PUT") if path.endswith("/items")]


async def test_an_item_that_was_added_by_hand_is_seen(plugin: Harness, api: FakeApi):
    made = await plugin.create("List", inputs.ADDRESS_LIST)
    api.objects[f"{LISTS}/{made.id}/items"].append({"id": "i", "ip": "192.0.2.1", "comment": ""})

    found = await plugin.read(made)

    assert found is not None
    assert "192.0.2.1" in {each["ip"] for each in found.inputs["items"]}
    assert (await plugin.diff(found, made.inputs)).diffs == ["items"]


async def test_items_in_another_order_are_the_same(plugin: Harness, api: FakeApi):
    made = await plugin.create("List", inputs.ADDRESS_LIST)
    api.objects[f"{LISTS}/{made.id}/items"].reverse()

    assert await plugin.read(made) == made


async def test_what_left_the_program_leaves_the_list(plugin: Harness, api: FakeApi):
    made = await plugin.create("List", inputs.ADDRESS_LIST)
    given = {key: it for key, it in inputs.ADDRESS_LIST.items() if key != "items"}

    await plugin.update(made, given)

    assert api.objects[f"{LISTS}/{made.id}/items"] == []
