"""OP-1: what a refresh sees of changes behind its back is what the official docker plugin sees."""

import pytest

from tests.provider.docker import programs
from tests.provider.harness import Harness

pytestmark = [pytest.mark.anyio, pytest.mark.docker]

ON_BACKEND = {**programs.SMALL, "networksAdvanced": [{"name": "p-backend"}]}
LIMITED = {**programs.SMALL, "memory": 64, "memorySwap": 64, "cpus": "0.50", "restart": "always"}


@pytest.fixture
async def backend(plugin: Harness):
    return await plugin.create("Network", programs.BACKEND)


async def test_a_refresh_without_a_change_changes_nothing(plugin: Harness, backend):
    made = [
        backend,
        await plugin.create("Volume", programs.DATA),
        await plugin.create("Container", programs.seed()),
        await plugin.create("Container", programs.API),
    ]

    assert [await plugin.read(each) for each in made] == made


async def test_limits_and_restart_policy_changed_by_hand_are_seen_and_put_right_in_place(
    plugin: Harness, client
):
    made = await plugin.create("Container", LIMITED)
    policy = {"Name": "on-failure", "MaximumRetryCount": 3}
    client.api.update_container(
        made.id, mem_limit="96m", memswap_limit="96m", restart_policy=policy
    )

    found = await plugin.read(made)

    assert found is not None
    seen = {name for name, value in found.inputs.items() if made.inputs.get(name) != value}
    assert seen == {"memory", "memorySwap", "restart"}
    assert (await plugin.diff(found, made.inputs)).replaces == []
    await plugin.update(found, LIMITED)
    assert client.api.inspect_container(made.id)["HostConfig"]["Memory"] == 64 << 20
    back = await plugin.read(made)
    assert back is not None
    assert back.inputs == made.inputs


async def test_a_limit_that_nobody_asked_for_is_seen_and_taken_off_by_a_new_container(
    plugin: Harness, client
):
    made = await plugin.create("Container", programs.SMALL)
    client.api.update_container(made.id, mem_limit="96m", memswap_limit="96m")

    found = await plugin.read(made)

    assert found is not None
    assert found.inputs["memory"] == 96
    assert list((await plugin.diff(found, made.inputs)).replaces) == ["memory"]


async def test_a_container_that_was_stopped_is_made_anew(plugin: Harness, client):
    made = await plugin.create("Container", programs.SMALL)
    client.api.stop(made.id, timeout=0)

    found = await plugin.read(made)

    assert found is not None
    assert found.inputs == {**made.inputs, "mustRun": False}
    assert list((await plugin.diff(found, made.inputs)).replaces) == ["mustRun"]


async def test_one_that_is_meant_to_end_may_have_ended(plugin: Harness, client):
    brief = {"command": ["/bin/busybox", "sleep", "0.5"], "mustRun": False}
    made = await plugin.create("Container", {**programs.SMALL, **brief})
    client.api.wait(made.id)

    assert await plugin.read(made) == made


async def test_another_name_is_seen(plugin: Harness, client):
    made = await plugin.create("Container", programs.SMALL)
    client.api.rename(made.id, "p-other")

    found = await plugin.read(made)

    assert found is not None
    assert found.inputs["name"] == "p-other"


async def test_what_was_removed_is_gone(plugin: Harness, backend, client):
    made = [
        await plugin.create("Volume", programs.DATA),
        await plugin.create("Container", programs.SMALL),
        backend,
    ]
    client.api.remove_container("p-small", force=True)
    client.api.remove_volume("p-data")
    client.api.remove_network(backend.id)

    assert [await plugin.read(each) for each in made] == [None, None, None]
    for each in made:
        await plugin.delete(each)  # gone already is as good


class TestNotSeenAsByTheOfficialOne:
    """Verification has to look for these at the engine: no plugin says them."""

    async def test_a_paused_container(self, plugin: Harness, client):
        made = await plugin.create("Container", programs.SMALL)
        client.api.pause(made.id)

        assert await plugin.read(made) == made

    @pytest.mark.usefixtures("backend")
    async def test_a_container_off_its_network_but_in_an_output(self, plugin: Harness, client):
        made = await plugin.create("Container", ON_BACKEND)
        client.api.disconnect_container_from_network(made.id, "p-backend")

        found = await plugin.read(made)

        assert found is not None
        assert found.inputs == made.inputs
        assert made.properties["networkDatas"][0]["networkName"] == "p-backend"
        assert found.properties["networkDatas"] == []

    async def test_the_container_of_a_network_that_was_made_again(
        self, plugin: Harness, backend, client
    ):
        made = await plugin.create("Container", ON_BACKEND)
        client.api.disconnect_container_from_network(made.id, "p-backend")
        client.api.remove_network(backend.id)
        again = await plugin.create("Network", programs.BACKEND)

        found = await plugin.read(made)

        assert again.id != backend.id
        assert found is not None
        assert found.inputs == made.inputs
