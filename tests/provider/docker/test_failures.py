"""OP-1: what the engine refuses is one sentence, and leaves nothing half made."""

import pytest

from provider.docker.images import RemoteImage
from provider.docker.provider import Provider
from provider.docker.resources import of_token
from provider.errors import PluginError
from provider.values import sealed
from tests.provider.docker import programs
from tests.provider.harness import AbortedError, Harness, Made

pytestmark = pytest.mark.anyio

CANARY = "s3cr3t-canary"
MADE = {"Container": programs.SMALL, "Network": programs.BACKEND, "Volume": programs.DATA}


def token(kind):
    return f"docker:index/{kind[0].lower()}{kind[1:]}:{kind}"


def _silent(*_):
    raise PluginError("the engine went silent")


async def test_a_silent_socket_is_named(tmp_path):
    plugin = Harness(Provider)
    await plugin.configure(host=f"unix://{tmp_path}/none.sock")
    gone = Made("Network", "a" * 64, {"name": "n"}, {"name": "n"})

    for asked in (plugin.create("Network", {"name": "n"}), plugin.read(gone), plugin.delete(gone)):
        with pytest.raises(
            AbortedError, match=r"no Docker Engine answers at unix://.*none\.sock \(No"
        ):
            await asked


async def test_an_unconfigured_plugin_says_so():
    with pytest.raises(AbortedError, match="has not configured"):
        await Harness(Provider).create("Network", {"name": "n"})


async def test_an_import_and_a_function_are_refused_by_name(tmp_path):
    plugin = Harness(Provider)
    await plugin.configure(host=f"unix://{tmp_path}/none.sock")

    with pytest.raises(AbortedError, match="Volume cannot be imported; declare it"):
        await plugin.adopt("Volume", "p-data")
    with pytest.raises(AbortedError, match="getRegistryImage; it has no functions"):
        await plugin.invoke("getRegistryImage", name="a")


@pytest.mark.docker
class TestOnAnEngine:
    async def test_a_container_whose_name_is_taken(self, plugin: Harness):
        await plugin.create("Container", programs.SMALL)

        with pytest.raises(
            AbortedError, match=r'409: .*"/p-small" is already in use .*another name'
        ):
            await plugin.create("Container", programs.SMALL)

    async def test_a_volume_that_is_there_is_never_taken_over(self, plugin: Harness, client):
        client.volumes.create("p-data", labels={"whose": "somebody"})

        with pytest.raises(AbortedError, match="has a volume p-data already"):
            await plugin.create("Volume", programs.DATA)
        assert client.volumes.get("p-data").attrs["Labels"] == {"whose": "somebody"}

    async def test_an_image_that_cannot_be_had(self, plugin: Harness, client):
        inputs = {**programs.SMALL, "image": "registry.invalid/none:1"}

        with pytest.raises(
            AbortedError, match=r"has no image registry\.invalid/none:1, and it cannot"
        ):
            await plugin.create("Container", inputs)
        assert client.containers.list(all=True, filters={"name": "p-small"}) == []

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"command": ["/bin/busybox", "false"]}, "ended at once with exit code 1"),
            ({"command": ["/none"]}, r"answered 40\d: .*/none"),
            ({"networksAdvanced": [{"name": "p-none"}]}, "answered 404: network p-none not found"),
        ],
        ids=["ends", "does not start", "no network"],
    )
    async def test_a_container_that_cannot_run_leaves_nothing(
        self, plugin: Harness, client, asked, said
    ):
        inputs = {**programs.SMALL, "init": False, **asked}

        with pytest.raises(AbortedError, match=said):
            await plugin.create("Container", inputs)
        assert client.containers.list(all=True, filters={"name": "p-small"}) == []

    async def test_one_that_does_not_become_healthy_leaves_nothing(self, plugin: Harness, client):
        never = {"tests": ["CMD", "/bin/busybox", "false"], "interval": "100ms", "retries": 1}

        with pytest.raises(AbortedError, match=r"did not become healthy \(it is unhealthy\)"):
            await plugin.create("Container", {**programs.SMALL, "healthcheck": never, "wait": True})
        assert client.containers.list(all=True, filters={"name": "p-small"}) == []

    @pytest.mark.parametrize("kind", MADE)
    async def test_what_cannot_be_read_back_is_removed_and_made_by_the_next_up(
        self, plugin: Harness, monkeypatch, kind
    ):
        inputs = MADE[kind]
        with monkeypatch.context() as broken:
            broken.setattr(type(of_token(token(kind))), "read", _silent)
            with pytest.raises(AbortedError, match=r"^UNKNOWN: the engine went silent$"):
                await plugin.create(kind, inputs)

        assert (await plugin.create(kind, inputs)).id  # else the name were taken

    @pytest.mark.parametrize("kind", MADE)
    async def test_what_can_be_neither_read_back_nor_removed_is_named(
        self, plugin: Harness, monkeypatch, kind
    ):
        for method in ("read", "take_back"):
            monkeypatch.setattr(type(of_token(token(kind))), method, _silent)

        name = MADE[kind]["name"]
        said = rf"went silent; the {kind} {name} was made, is in no state.*: docker .*rm.* {name}, "
        with pytest.raises(AbortedError, match=said):
            await plugin.create(kind, MADE[kind])

    async def test_an_image_that_cannot_be_read_back_is_left(
        self, plugin: Harness, client, monkeypatch
    ):
        """It may have been there before."""
        with monkeypatch.context() as broken:
            broken.setattr(RemoteImage, "read", _silent)
            with pytest.raises(AbortedError, match="went silent"):
                await plugin.create("RemoteImage", {"name": programs.IMAGE})

        assert client.images.get(programs.IMAGE)

    async def test_one_that_becomes_healthy_is_waited_for(self, plugin: Harness, client):
        soon = {"tests": ["CMD", "/bin/busybox", "true"], "interval": "100ms"}

        made = await plugin.create(
            "Container", {**programs.SMALL, "healthcheck": soon, "wait": True}
        )
        state = client.api.inspect_container(made.id)["State"]
        assert state["Health"]["Status"] == "healthy"

    async def test_a_network_that_is_in_use_is_not_removed(self, plugin: Harness):
        network = await plugin.create("Network", programs.BACKEND)
        on_it = {**programs.SMALL, "networksAdvanced": [{"name": "p-backend"}]}
        await plugin.create("Container", on_it)

        with pytest.raises(AbortedError, match=r"403: .*has active endpoints"):
            await plugin.delete(network)

    async def test_a_secret_keeps_its_mark_and_is_taken_out_of_messages(self, plugin: Harness):
        inputs = {**programs.SMALL, "envs": sealed([f"TOKEN={CANARY}"])}

        made = await plugin.create("Container", inputs)

        assert made.properties["envs"] == sealed([f"TOKEN={CANARY}"])
        assert str(made.properties).count(CANARY) == 1
        found = await plugin.read(made)
        assert found == made
        with pytest.raises(AbortedError) as refused:
            await plugin.create("Container", {**inputs, "image": sealed(f"{CANARY}:1")})
        assert CANARY not in str(refused.value)
        assert "[secret]" in str(refused.value)
