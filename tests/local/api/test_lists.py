"""Lists of addresses (PA-8 b): what is written to them is an operation, and rules name them."""

import asyncio
from typing import Any

import pytest

from local.api.lists import items as items_module
from local.records.model import AddressList, Cloud
from tests.local.api.conftest import ACCOUNT_ID, ZONE_ID, World

pytestmark = pytest.mark.anyio

LISTS = f"/accounts/{ACCOUNT_ID}/rules/lists"
RULESETS = f"/zones/{ZONE_ID}/rulesets"
PHASE = "http_request_firewall_custom"


async def made(world: World, name: str = "watched") -> str:
    body = {"kind": "ip", "name": name, "description": "seen before"}
    found: str = (await world.ask("POST", LISTS, json=body))["id"]
    return found


async def put(world: World, list_id: str, *addresses: str, method: str = "PUT") -> Any:
    """Write addresses and wait for the operation."""
    given = [{"ip": each} for each in addresses]
    begun = await world.ask(method, f"{LISTS}/{list_id}/items", json=given)
    await world.state.background.settle()
    path = f"{LISTS}/bulk_operations/{begun['operation_id']}"
    return await world.ask("GET", path)


async def addresses(world: World, list_id: str) -> list[str]:
    found = await world.ask("GET", f"{LISTS}/{list_id}/items")
    return [each["ip"] for each in found]


def blocking(expression: str) -> dict[str, Any]:
    rule = {"ref": "r", "expression": expression, "action": "block"}
    return {"kind": "zone", "name": "r", "phase": PHASE, "rules": [rule]}


async def test_items_are_there_when_their_operation_is_done(world: World, monkeypatch):
    list_id = await made(world)
    given, serve = [{"ip": "203.0.113.7"}], world.runtime.apply
    is_told, may_serve = asyncio.Event(), asyncio.Event()

    async def slowly(cloud: Cloud) -> None:
        is_told.set()
        await may_serve.wait()
        await serve(cloud)

    monkeypatch.setattr(world.runtime, "apply", slowly)
    begun = await world.ask("PUT", f"{LISTS}/{list_id}/items", json=given)
    path = f"{LISTS}/bulk_operations/{begun['operation_id']}"
    await is_told.wait()
    before = (await world.ask("GET", path))["status"]
    may_serve.set()
    await world.state.background.settle()
    after = (await world.ask("GET", path))["status"], await addresses(world, list_id)

    assert before == "pending"
    assert after == ("completed", ["203.0.113.7"])


async def test_items_are_added_removed_and_replaced(world: World):
    list_id = await made(world)
    await put(world, list_id, "203.0.113.7", "198.51.100.0/24")
    await put(world, list_id, "2001:DB8::/32", "203.0.113.7/32", method="POST")
    assert await addresses(world, list_id) == ["203.0.113.7", "198.51.100.0/24", "2001:db8::/32"]

    first = (await world.ask("GET", f"{LISTS}/{list_id}/items"))[0]
    assert await world.ask("GET", f"{LISTS}/{list_id}/items/{first['id']}") == first
    gone = {"items": [{"id": first["id"]}]}
    await world.ask("DELETE", f"{LISTS}/{list_id}/items", json=gone)
    await world.state.background.settle()
    assert await addresses(world, list_id) == ["198.51.100.0/24", "2001:db8::/32"]

    await put(world, list_id, "192.0.2.1")
    assert await addresses(world, list_id) == ["192.0.2.1"]
    assert (await world.ask("GET", f"{LISTS}/{list_id}"))["num_items"] == 1


async def test_a_second_operation_has_to_wait_for_the_first(world: World):
    list_id = await made(world)
    given = [{"ip": "203.0.113.7"}]
    await world.ask("PUT", f"{LISTS}/{list_id}/items", json=given)

    status, _, text = await world.refused("PUT", f"{LISTS}/{list_id}/items", json=given)

    assert status == 429, text
    await world.state.background.settle()
    assert (await put(world, list_id, "192.0.2.1"))["status"] == "completed"


async def test_what_a_killed_process_left_undone_is_done_when_it_is_asked_for(world, monkeypatch):
    """SIGKILL between the answer and the work: the operation is kept, and taken up again."""
    list_id = await made(world)
    with monkeypatch.context() as killed:
        killed.setattr(items_module, "_work", lambda *_: None)
        left = await put(world, list_id, "203.0.113.7")
    assert left["status"] == "pending"

    await world.ask("GET", f"{LISTS}/bulk_operations/{left['id']}")
    await world.state.background.settle()

    assert await addresses(world, list_id) == ["203.0.113.7"]


async def test_the_edge_is_told_of_what_a_list_has(world: World):
    list_id = await made(world)
    await put(world, list_id, "203.0.113.7", "198.51.100.0/24")

    assert world.state.cloud().lists == (
        AddressList("watched", ("203.0.113.7", "198.51.100.0/24")),
    )


async def test_many_items_come_page_by_page(world: World):
    list_id = await made(world)
    await put(world, list_id, *(f"10.0.{n // 256}.{n % 256}" for n in range(700)))

    first = (await world.client.get(f"{LISTS}/{list_id}/items")).json()
    after = first["result_info"]["cursors"]["after"]
    second = (await world.client.get(f"{LISTS}/{list_id}/items?cursor={after}")).json()

    assert (len(first["result"]), len(second["result"])) == (500, 200)
    assert "after" not in second["result_info"]["cursors"]


async def test_a_list_that_a_rule_names_stays(world: World):
    list_id = await made(world)
    ruleset = await world.ask("POST", RULESETS, json=blocking("ip.src in $watched"))
    assert (await world.ask("GET", f"{LISTS}/{list_id}"))["num_referencing_filters"] == 1

    status, _, text = await world.refused("DELETE", f"{LISTS}/{list_id}")

    assert (status, "r" in text) == (400, True)
    await world.client.delete(f"{RULESETS}/{ruleset['id']}")
    assert await world.ask("DELETE", f"{LISTS}/{list_id}") == {"id": list_id}
    assert await world.ask("GET", LISTS) == []


async def test_a_name_that_only_begins_alike_is_another_list(world: World):
    list_id = await made(world)
    await made(world, "watched_too")
    await world.ask("POST", RULESETS, json=blocking("ip.src in $watched_too"))

    assert await world.ask("DELETE", f"{LISTS}/{list_id}") == {"id": list_id}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("ip.src in $nobodys", "no such list"),
        ("ip.src in $cf.anonymizer", "not emulated"),
    ],
)
async def test_a_rule_names_lists_that_there_are(world: World, expression, said):
    _, _, text = await world.refused("POST", RULESETS, json=blocking(expression))

    assert said in text


REFUSED = {
    "a name with capitals": ({"kind": "ip", "name": "Office"}, 400, "no name of a list"),
    "a kind of other things": ({"kind": "redirect", "name": "a"}, 501, "not emulated"),
    "a name twice": ({"kind": "ip", "name": "watched"}, 400, "there is a list"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
async def test_a_list_that_cannot_be_is_refused(world: World, case):
    body, expected, said = case
    await made(world)

    status, _, text = await world.refused("POST", LISTS, json=body)

    assert (status, said in text) == (expected, True), text


@pytest.mark.parametrize("address", ["10.0.0.1/8", "0.0.0.0/0", "2000::/3", "chitty.cc"])
async def test_an_item_is_an_address_or_a_network_that_a_list_takes(world: World, address):
    list_id = await made(world)

    status, *_ = await world.refused("PUT", f"{LISTS}/{list_id}/items", json=[{"ip": address}])

    assert status == 400
    assert await addresses(world, list_id) == []


async def test_an_account_has_so_many_items_and_no_more(world: World):
    first, second = await made(world, "a"), await made(world, "b")
    await put(world, first, *(f"10.{n // 256}.{n % 256}.1" for n in range(10_000)))

    status, _, text = await world.refused(
        "PUT", f"{LISTS}/{second}/items", json=[{"ip": "192.0.2.1"}]
    )

    assert (status, "10,000" in text) == (400, True)
    assert (await put(world, first, "192.0.2.1"))["status"] == "completed"


async def test_a_description_changes_and_the_name_stays(world: World):
    list_id = await made(world)

    changed = await world.ask(
        "PUT", f"{LISTS}/{list_id}", json={"description": "by hand", "name": "x"}
    )

    assert (changed["name"], changed["description"]) == ("watched", "by hand")
