"""Functions answer what a program asks of the account."""

import pytest

from provider.values import UNKNOWN
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

ZONE = {"id": inputs.ZONE, "name": "chitty.cc", "name_servers": ["a", "b"], "unknown_field": 1}


@pytest.fixture(autouse=True)
def _zone(api: FakeApi):
    api.objects[f"/zones/{inputs.ZONE}"] = ZONE


async def test_scripts_are_listed_with_their_migration_tag(plugin: Harness, api: FakeApi):
    await plugin.create("WorkersScript", inputs.script())

    found = await plugin.invoke("getWorkersScripts", accountId=inputs.ACCOUNT)

    (script,) = found["results"]
    assert (script["id"], script["migrationTag"]) == ("chittyconnect", "v1")
    assert found["accountId"] == inputs.ACCOUNT
    assert "account_id" not in api.log[-1]["query"]


async def test_a_zone_is_found_by_its_id(plugin: Harness):
    found = await plugin.invoke("getZone", zoneId=inputs.ZONE)

    assert found == {
        "id": inputs.ZONE,
        "zoneId": inputs.ZONE,
        "name": "chitty.cc",
        "nameServers": ["a", "b"],
    }


async def test_a_zone_is_found_by_its_name(plugin: Harness, api: FakeApi):
    found = await plugin.invoke("getZone", filter={"name": "chitty.cc"})

    assert found["zoneId"] == inputs.ZONE
    assert api.log[-1]["query"] == "name=chitty.cc&page=1"


async def test_a_zone_that_is_not_there_is_refused(plugin: Harness, api: FakeApi):
    api.objects.clear()

    with pytest.raises(AbortedError, match="getZone found 0 for"):
        await plugin.invoke("getZone", filter={"name": "chitty.cc"})


async def test_a_zone_needs_an_id_or_a_filter(plugin: Harness):
    with pytest.raises(AbortedError, match="getZone needs zoneId or a filter"):
        await plugin.invoke("getZone")


async def test_a_list_ends_where_the_program_says(plugin: Harness, api: FakeApi):
    api.objects["/zones/b"] = {**ZONE, "id": "b"}

    assert len((await plugin.invoke("getZones"))["results"]) == 2
    assert len((await plugin.invoke("getZones", maxItems=1))["results"]) == 1


async def test_a_function_outside_the_table_is_refused_by_name(plugin: Harness):
    with pytest.raises(AbortedError, match=r"not supported .*getRuleset; it has getAccount"):
        await plugin.invoke("getRuleset", zoneId="z")


async def test_a_function_is_not_called_with_what_is_not_known(plugin: Harness):
    with pytest.raises(AbortedError, match="with a value that is not known yet"):
        await plugin.invoke("getZone", zoneId=UNKNOWN)
