"""OP-1: what the stand-in cannot do, or the engine would not take, is refused by name and path."""

import pytest

from provider.docker.provider import Provider
from provider.values import UNKNOWN
from tests.components.docker_hosts import deployed
from tests.provider.docker.programs import API, BACKEND, DATA, IMAGE
from tests.provider.harness import Harness

pytestmark = pytest.mark.anyio

UPLOAD = {"file": "/a", "content": "b"}
REFUSED = {
    "an argument that is not honoured": ("gpus", "all", "gpus", "does not support it; it takes "),
    "a volume by the older form": ("volumes", [], "volumes", "it takes .*mounts"),
    "an option of a mount": (
        "mounts",
        [{"type": "volume", "target": "/a", "volumeOptions": {"noCopy": True}}],
        "mounts[0].volumeOptions",
        "does not support it",
    ),
    "a priority of a gateway": (
        "networksAdvanced",
        [{"name": "a"}, {"name": "b", "gwPriority": 1}],
        "networksAdvanced[1].gwPriority",
        "does not support it",
    ),
    "another restart": ("restart", "never", "restart", "it is 'never'; it takes no, always"),
    "no number of processors": ("cpus", "half", "cpus", "it is 'half'; it takes a number"),
    "no duration": (
        "healthcheck",
        {"tests": ["CMD", "a"], "interval": "30"},
        "healthcheck.interval",
        "it is '30'; it takes a duration such as 30s",
    ),
    "a name of a user": ("uploads", [{**UPLOAD, "owner": "root"}], "uploads[0].owner", "number"),
    "no mode": ("uploads", [{**UPLOAD, "permissions": "0488"}], "uploads[0].permissions", "0400"),
    "two contents": ("uploads", [{**UPLOAD, "source": "a"}], "uploads[0].content", "give one of"),
    "no base64": (
        "uploads",
        [{"file": "/a", "contentBase64": "?"}],
        "uploads[0].contentBase64",
        "it is not base64",
    ),
    "a type": ("memory", "64", "memory", "it must be an integer"),
    "no such property": ("memry", 64, "memry", "there is no such property"),
}
SMALL = {"image": IMAGE, "name": "p-a"}


@pytest.fixture
def plugin() -> Harness:
    return Harness(Provider)


@pytest.mark.parametrize(("name", "value", "path", "why"), REFUSED.values(), ids=REFUSED)
async def test_it_is_refused_by_its_path(plugin: Harness, name, value, path, why):
    failures = await plugin.failures("Container", {**SMALL, name: value})

    assert list(failures) == [path]
    assert why.replace(".*", "") in failures[path] or all(
        part in failures[path] for part in why.split(".*")
    )


async def test_files_for_a_container_that_takes_none_are_refused(plugin: Harness):
    failures = await plugin.failures("Container", {**SMALL, "readOnly": True, "uploads": [UPLOAD]})

    assert "fill a volume by another one" in failures["uploads[0]"]


async def test_to_wait_for_health_needs_a_check_of_it(plugin: Harness):
    assert (
        "give healthcheck" in (await plugin.failures("Container", {**SMALL, "wait": True}))["wait"]
    )


@pytest.mark.parametrize(
    ("name", "inputs"), [("Container", API), ("Network", BACKEND), ("Volume", DATA)]
)
async def test_what_the_house_asks_for_is_taken(plugin: Harness, name, inputs):
    assert await plugin.failures(name, inputs) == {}


async def test_all_that_the_component_of_a_host_asks_for_is_taken(plugin: Harness):
    asked = [made for made in deployed().values() if made.type.startswith("docker:")]

    assert len(asked) > len(("a network", "a volume", "a seed"))
    for made in asked:
        assert await plugin.failures(made.type.rpartition(":")[2], made.inputs) == {}


async def test_what_is_not_known_yet_is_taken(plugin: Harness):
    unknown = {
        "restart": UNKNOWN,
        "cpus": UNKNOWN,
        "mounts": UNKNOWN,
        "uploads": [{"file": "/a", "content": UNKNOWN, "owner": UNKNOWN}],
        "healthcheck": {"interval": UNKNOWN},
    }

    assert await plugin.failures("Container", {**SMALL, **unknown}) == {}


async def test_a_build_of_an_image_is_refused(plugin: Harness):
    failures = await plugin.failures("RemoteImage", {"name": "a", "build": {"context": "."}})

    assert list(failures) == ["build"]


@pytest.mark.parametrize("name", ["Secret", "Plugin", "Tag"])
async def test_a_type_it_lacks_is_refused_by_name(plugin: Harness, name):
    failures = await plugin.failures(name, {})

    assert failures[""].endswith(f":{name}; it has Container, Network, RemoteImage, Volume")


async def test_a_name_is_made_up_and_stays(plugin: Harness):
    first = await plugin.checked("Network", {})
    named = await plugin.checked("Network", {"name": "mine"})

    assert first["name"].startswith("it-")
    assert named["name"] == "mine"
