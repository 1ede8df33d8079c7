"""OP-7: an image is pulled by its digest, kept or removed as it is said, and never another one."""

import shutil
from pathlib import Path

import pytest

from harness.docker_images import remove
from harness.docker_registry import registry
from ops.health import containers
from ops.health.container_differences import differences
from tests.provider.docker import programs
from tests.provider.harness import AbortedError, Harness

pytestmark = [pytest.mark.anyio, pytest.mark.docker]

SLEEPS = ["/bin/busybox", "sleep", "600"]


@pytest.fixture
def pulled(stocked, client):
    """Give a reference with a digest to an image that the engine has not, and a registry has."""
    busybox = Path(str(shutil.which("busybox")))
    with registry(stocked, "stub:1", {"bin/busybox": busybox}, SLEEPS) as reference:
        yield reference
        remove(client, programs.CONTAINERS)  # which an image would be in use by
        for image in client.images.list():
            if reference.rpartition("@")[2] in str(image.attrs["RepoDigests"]):
                client.images.remove(image.id, force=True)


async def test_a_container_brings_its_image_along_by_the_digest(plugin: Harness, client, pulled):
    made = await plugin.create("Container", {**programs.SMALL, "image": pulled})

    image = client.images.get(client.api.inspect_container(made.id)["Image"])
    assert image.attrs["RepoDigests"][0].endswith(pulled.rpartition("@")[2])
    assert await plugin.read(made) == made


async def test_verify_knows_a_container_by_the_digest_of_its_image(
    plugin: Harness, stocked, client, pulled
):
    """OP-6: `ops verify` asks the engine, which writes a digest in a form of its own."""
    made = await plugin.create("Container", {**programs.SMALL, "image": pulled})
    other = await plugin.create("Container", {**programs.SMALL, "name": "p-other"})
    swapped = {**client.api.inspect_container(other.id), "Config": {"Image": pulled}}
    machine = containers.Machine(stocked.host, (), {made.id: made.inputs, other.id: other.inputs})
    inputs = {**other.inputs, "image": pulled}
    (said,) = differences(other.id, inputs, swapped, client.api.inspect_image(programs.IMAGE))

    assert containers.differing(containers.ask_all([machine])) == []
    assert f"deployed was {pulled}" in said


async def test_an_image_is_pulled_and_removed(plugin: Harness, pulled):
    made = await plugin.create("RemoteImage", {"name": pulled})

    assert made.properties["repoDigest"].endswith(pulled.rpartition("@")[2])
    assert made.id == f"{made.properties['imageId']}{pulled}"
    assert await plugin.read(made) == made
    await plugin.delete(made)
    assert await plugin.read(made) is None


async def test_a_digest_that_the_registry_has_not_is_refused(plugin: Harness, pulled):
    other = f"{pulled.rpartition('@')[0]}@sha256:{'0' * 64}"

    with pytest.raises(
        AbortedError, match=r"has no image .*, and it cannot be pulled: .*; import it"
    ):
        await plugin.create("Container", {**programs.SMALL, "image": other})


async def test_an_image_is_kept_or_removed_as_it_is_said(plugin: Harness, client):
    client.images.get(programs.IMAGE).tag("plugin/other", "1")
    kept = await plugin.create("RemoteImage", {"name": "plugin/other:1", "keepLocally": True})

    await plugin.delete(kept)
    assert client.images.get("plugin/other:1")
    dropped = await plugin.create("RemoteImage", {"name": "plugin/other:1"})
    await plugin.delete(dropped)
    assert await plugin.read(dropped) is None
