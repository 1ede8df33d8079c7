"""OP-1: the stand-in talks to a socket of this machine; other hosts take the official plugin."""

import pytest

from provider.docker import settings
from provider.errors import PluginError
from provider.values import UNKNOWN


@pytest.fixture(autouse=True)
def _no_host_in_the_environment(monkeypatch):
    monkeypatch.delenv("DOCKER_HOST", raising=False)


def test_a_socket_of_this_machine_is_taken():
    given = {"host": "unix:///run/mine.sock", "disableDockerDaemonCheck": "true"}

    assert settings.host(given) == "unix:///run/mine.sock"


def test_the_environment_and_docker_s_own_socket_are_next(monkeypatch):
    assert settings.host({}) == "unix:///var/run/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/theirs.sock")
    assert settings.host({}) == "unix:///run/theirs.sock"


@pytest.mark.parametrize(
    "host", ["ssh://deploy@198.51.100.7", "tcp://127.0.0.1:2375", "npipe:////./pipe/a", "unix://a"]
)
def test_any_other_host_is_refused_and_the_official_plugin_named(host):
    with pytest.raises(
        PluginError, match=r"docker:host: .*of this machine only .*official docker"
    ) as said:
        settings.host({"host": host})
    assert f"'{host}'" in str(said.value)


def test_another_host_of_the_environment_is_refused_as_well(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")

    assert [name for name, _ in settings.failures({})] == ["host"]


def test_a_host_that_is_not_known_yet_is_said():
    assert settings.failures({"host": UNKNOWN}) == [
        ("host", "it is not known yet, and the stand-in plugin needs it now")
    ]


@pytest.mark.parametrize("name", ["registryAuth", "sshOpts", "caMaterial", "context"])
def test_what_it_does_not_honour_is_refused_by_name(name):
    with pytest.raises(
        PluginError, match=f"docker:{name}: the stand-in plugin does not support it"
    ):
        settings.host({name: "[]"})
