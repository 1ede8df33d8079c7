"""OP-1: which changes of a program are none, are made in place, and need a new resource."""

import pytest

from provider.docker.diff import difference
from provider.docker.resources import of_token
from provider.values import UNKNOWN
from tests.provider.docker.programs import API, BACKEND, DATA

CONTAINER = of_token("docker:index/container:Container")
NETWORK = of_token("docker:index/network:Network")
VOLUME = of_token("docker:index/volume:Volume")
IMAGE = of_token("docker:index/remoteImage:RemoteImage")

IN_PLACE = {
    "memory": 96,
    "memorySwap": 96,
    "memoryReservation": 32,
    "cpus": "0.5",
    "cpuShares": 512,
    "cpuSet": "0",
    "restart": "always",
    "maxRetryCount": 3,
    "destroyGraceSeconds": 40,
    "wait": True,
}
ANEW = {
    "image": "another:1",
    "name": "p-other",
    "envs": ["OP_LOG_LEVEL=debug"],
    "labels": [],
    "stopTimeout": 7,
    "networksAdvanced": [{"name": "p-backend", "aliases": ["other"]}],
    "ports": [{"internal": 8080}],
    "healthcheck": {**API["healthcheck"], "retries": 3},
    "tmpfs": {"/cache": "rw,size=2m,uid=999"},
    "init": False,
    "cpuQuota": 5,
    "mounts": [],
    "mustRun": False,
    "memory": None,
    "uploads": [{"file": "/a", "content": "b"}],
}


@pytest.mark.parametrize(("name", "value"), IN_PLACE.items(), ids=IN_PLACE)
def test_what_the_engine_changes_of_a_running_container_is_changed_in_place(name, value):
    found = difference(CONTAINER, API, {**API, name: value}, ())

    assert (found.names, found.replaces) == ([name], [])


@pytest.mark.parametrize(("name", "value"), ANEW.items(), ids=ANEW)
def test_all_else_needs_a_new_container_for_the_engine_cannot_change_it(name, value):
    found = difference(CONTAINER, API, {**API, name: value}, ())

    assert (found.names, found.replaces) == ([name], [name])


@pytest.mark.parametrize(
    ("resource", "old", "name", "value"),
    [
        (NETWORK, BACKEND, "labels", []),
        (NETWORK, BACKEND, "internal", False),
        (VOLUME, DATA, "labels", []),
        (VOLUME, DATA, "driverOpts", {"type": "tmpfs"}),
        (IMAGE, {"name": "a:1"}, "name", "a:2"),
        (IMAGE, {"name": "a:1"}, "triggers", {"a": "b"}),
    ],
)
def test_of_other_types_nothing_can_be_changed(resource, old, name, value):
    found = difference(resource, old, {**old, name: value}, ())

    assert found.replaces == [name]


def test_whether_an_image_is_kept_is_the_plugin_s_own_matter():
    found = difference(IMAGE, {"name": "a:1"}, {"name": "a:1", "keepLocally": True}, ())

    assert (found.names, found.replaces) == (["keepLocally"], [])


@pytest.mark.parametrize(
    "same",
    [
        {"mustRun": True, "start": True},
        {"mounts": list(reversed(API["mounts"]))},
        {"capabilities": {"adds": None, "drops": ["ALL"]}, "cpus": None},
    ],
    ids=["defaults", "the order of a set", "nothing"],
)
def test_what_means_the_same_is_no_change(same):
    old = {**API, "capabilities": {"adds": None, "drops": ["ALL"]}}

    assert difference(CONTAINER, old, {**old, **same}, ()).names == []


def test_the_order_of_a_command_means_something():
    old = {**API, "command": ["a", "b"]}

    assert difference(CONTAINER, old, {**old, "command": ["b", "a"]}, ()).replaces == ["command"]


def test_a_network_that_is_made_anew_takes_its_containers_along():
    new = {**API, "networksAdvanced": [{"name": UNKNOWN, "aliases": ["api"]}]}

    assert difference(CONTAINER, API, new, ()).replaces == ["networksAdvanced"]


def test_what_is_to_be_ignored_is():
    assert difference(CONTAINER, API, {**API, "memory": 96}, ["memory"]).names == []
