"""OP-1: the stand-in says to the engine what the official docker plugin was seen to say."""

import copy
from typing import Any

import pytest

from tests.provider.docker import official, programs
from tests.provider.docker.recorder import Recorder
from tests.provider.harness import Harness, Made

pytestmark = [pytest.mark.anyio, pytest.mark.docker]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


async def standing(plugin: Harness) -> list[Made]:
    """Make everything but the serving container."""
    return [
        await plugin.create("Network", programs.BACKEND),
        await plugin.create("Network", programs.EDGE),
        await plugin.create("Volume", programs.DATA),
    ]


async def changed(plugin: Harness, made: Made, inputs: dict[str, Any]) -> tuple[Made, str]:
    """Do what the engine does with *inputs*: nothing, an update, or a new one. Say which."""
    found = await plugin.diff(made, await plugin.checked(made.name, inputs))
    if not found.diffs:
        return made, "same"
    if not found.replaces:
        return await plugin.update(made, inputs), "update"
    assert found.deleteBeforeReplace  # the name is taken
    await plugin.delete(made)
    return await plugin.create(made.name, inputs), "replace"


async def test_networks_and_volumes_are_made_and_removed_as_the_official_one_does(
    plugin: Harness, recorder: Recorder
):
    backend = await plugin.create("Network", programs.BACKEND)
    assert recorder.taken() == [official.MAKES_BACKEND]
    data = await plugin.create("Volume", programs.DATA)
    assert recorder.taken() == [official.MAKES_VOLUME]

    await plugin.delete(data)
    assert recorder.taken() == [official.REMOVES_VOLUME]
    await plugin.delete(backend)
    assert recorder.taken() == [official.REMOVES_NETWORK]


async def test_a_file_is_put_in_before_a_container_starts(plugin: Harness, recorder: Recorder):
    await standing(plugin)
    recorder.taken()

    made = await plugin.create("Container", programs.seed())
    assert recorder.taken() == official.MAKES_SEED
    again, step = await changed(plugin, made, programs.seed('{"fake":2}'))
    assert (step, recorder.taken()) == ("replace", official.REMOVES_SEED + official.MAKES_SEED)
    assert again.id != made.id


async def test_each_change_of_a_container_is_done_as_the_official_one_does(
    plugin: Harness, recorder: Recorder
):
    await standing(plugin)
    inputs, body = copy.deepcopy(programs.API), copy.deepcopy(official.API)
    recorder.taken()
    made = await plugin.create("Container", inputs)
    assert recorder.taken() == official.makes_api(body)

    inputs |= {"memory": 96, "memorySwap": 96}
    made, step = await changed(plugin, made, inputs)
    assert (step, recorder.taken()) == ("update", official.updates(96, "unless-stopped"))

    inputs["restart"] = "always"
    made, step = await changed(plugin, made, inputs)
    assert (step, recorder.taken()) == ("update", official.updates(96, "always"))

    _expect_all_replacing(inputs, body)
    made, step = await changed(plugin, made, inputs)
    made_anew = official.makes_api(body, official.JOINS_EDGE)
    assert (step, recorder.taken()) == ("replace", official.REMOVES_API + made_anew)

    assert (await changed(plugin, made, inputs))[1] == "same"
    await plugin.delete(made)
    assert recorder.taken() == official.REMOVES_API


def _expect_all_replacing(inputs: dict[str, Any], body: dict[str, Any]) -> None:
    """Change all at once that the official one makes a new container for."""
    inputs["envs"] = [*inputs["envs"], "EXTRA=1"]
    inputs["labels"] = [*inputs["labels"], {"label": "extra", "value": "1"}]
    inputs["stopTimeout"] = 7
    inputs["networksAdvanced"] = [*inputs["networksAdvanced"], {"name": "p-edge"}]
    inputs["ports"] = [{"internal": 8080, "external": 18080, "ip": "127.0.0.1"}]
    body |= {
        "Env": inputs["envs"],
        "Labels": {"role": "api", "extra": "1"},
        "StopTimeout": 7,
    }
    bound = [{"HostIp": "127.0.0.1", "HostPort": "18080"}]
    size = 96 * official.MEBIBYTE
    body["HostConfig"] |= {
        "PortBindings": {"8080/tcp": bound},
        "Memory": size,
        "MemorySwap": size,
        "RestartPolicy": {"Name": "always"},
    }


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("healthcheck", {**programs.API["healthcheck"], "retries": 3}, "Config.Healthcheck"),
        ("tmpfs", {"/cache": "rw,size=2m,uid=999"}, "HostConfig.Tmpfs"),
    ],
)
async def test_what_the_official_one_says_it_updates_and_does_not_is_really_changed(
    plugin: Harness, client, name, value, field
):
    await standing(plugin)
    made = await plugin.create("Container", programs.API)

    made, step = await changed(plugin, made, {**programs.API, name: value})

    first, second = field.split(".")
    now = client.api.inspect_container("p-api")[first][second]
    assert step == "replace"
    assert now == value if name == "tmpfs" else now["Retries"] == 3


async def test_a_preview_says_nothing_to_the_engine(plugin: Harness, recorder: Recorder):
    made = await plugin.create("Container", programs.SMALL)
    recorder.taken()

    shown = await plugin.preview("Container", programs.API)
    await plugin.update(made, {**programs.SMALL, "memory": 64}, preview=True)

    assert recorder.taken() == []
    assert shown["networkDatas"] == shown["exitCode"]  # unknown
    assert shown["name"] == "p-api"
