"""Which plugins run: the official ones if they can be had, and never in doubt."""

import json
import shutil
from pathlib import Path

import pytest

from tests.toolchain.tools import executable, says
from toolchain import downloads, plugin, search_path
from toolchain.engine import Engine
from toolchain.errors import ToolchainError


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Give an engine that notes what it is asked, and no plugin, and no network."""
    monkeypatch.setattr(downloads, "reachable", lambda _url: False)
    note = executable(tmp_path / "bin", "pulumi", f'echo "$@" >> {tmp_path}/asked')
    return Engine(note, "3.259.0", "built")


def environ(tmp_path, **more):
    return {"PULUMI_HOME": str(tmp_path / "home"), **more}


def install(tmp_path):
    folder = tmp_path / "home" / "plugins" / f"resource-cloudflare-v{plugin.pinned_version()}"
    says(folder, "pulumi-resource-cloudflare", "")
    return folder


def test_the_stand_in_runs_when_no_host_can_be_reached(machine, tmp_path):
    chosen = plugin.ensure(machine, tmp_path / "state", environ(tmp_path))

    assert chosen == plugin.Plugin("stand-in", plugin.pinned_version())
    recorded = json.loads((tmp_path / "state" / "plugins.json").read_text())
    assert recorded["cloudflare"]["kind"] == "stand-in"


def test_the_official_plugin_runs_when_it_is_installed(machine, tmp_path):
    install(tmp_path)

    assert plugin.ensure(machine, tmp_path / "state", environ(tmp_path)).kind == "official"


def test_a_half_installed_plugin_is_none(machine, tmp_path):
    folder = install(tmp_path)
    folder.with_name(folder.name + ".partial").touch()

    assert plugin.ensure(machine, tmp_path / "state", environ(tmp_path)).kind == "stand-in"


def test_the_engine_downloads_it_when_a_host_answers(machine, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "reachable", lambda _url: True)

    assert plugin.ensure(machine, tmp_path / "state", environ(tmp_path)).kind == "official"
    asked = (tmp_path / "asked").read_text()
    assert asked == f"plugin install resource cloudflare {plugin.pinned_version()}\n"


def test_a_failed_download_is_an_error_when_a_host_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "reachable", lambda _url: True)
    failing = Engine(executable(tmp_path, "pulumi", "echo 503; exit 1"), "3.259.0", "built")

    with pytest.raises(ToolchainError, match="503"):
        plugin.ensure(failing, tmp_path / "state", environ(tmp_path))
    assert not (tmp_path / "state").exists()


def test_the_stand_in_runs_when_it_is_asked_for_by_name(machine, tmp_path):
    install(tmp_path)
    given = environ(tmp_path, CHITTYOS_PLUGIN="stand-in")

    assert plugin.ensure(machine, tmp_path / "state", given).kind == "stand-in"


def test_a_state_keeps_its_plugin(machine, tmp_path):
    plugin.ensure(machine, tmp_path / "state", environ(tmp_path))
    install(tmp_path)

    assert plugin.ensure(machine, tmp_path / "state", environ(tmp_path)).kind == "stand-in"


def test_a_kill_while_it_is_noted_leaves_what_was_noted_before(machine, tmp_path, monkeypatch):
    """FW-9: of half a note nobody knows which plugin a state has, and a reset deletes its data."""
    state = tmp_path / "state"
    plugin.ensure(machine, state, environ(tmp_path))
    before = (state / "plugins.json").read_text()

    def killed(path, *_):
        path.open("w").close()
        raise KeyboardInterrupt

    for write in ("write_text", "write_bytes"):
        monkeypatch.setattr(Path, write, killed)
    with pytest.raises(KeyboardInterrupt):
        plugin.ensure(machine, state, environ(tmp_path), plugin.DOCKER)
    assert (state / "plugins.json").read_text() == before
    assert plugin.ensure(machine, state, environ(tmp_path)).kind == "stand-in"


@pytest.mark.parametrize(("first", "second"), [("stand-in", "official"), ("official", "stand-in")])
def test_switching_asks_for_a_reset(machine, tmp_path, first, second):
    install(tmp_path)
    plugin.ensure(machine, tmp_path / "state", environ(tmp_path, CHITTYOS_PLUGIN=first))

    with pytest.raises(ToolchainError, match="run make reset"):
        plugin.ensure(machine, tmp_path / "state", environ(tmp_path, CHITTYOS_PLUGIN=second))


def test_a_state_of_the_official_plugin_is_never_run_with_the_stand_in(machine, tmp_path):
    folder = install(tmp_path)
    plugin.ensure(machine, tmp_path / "state", environ(tmp_path))
    (folder / "pulumi-resource-cloudflare").unlink()

    with pytest.raises(ToolchainError, match="no host that has it can be reached"):
        plugin.ensure(machine, tmp_path / "state", environ(tmp_path))


def test_a_real_stack_has_no_stand_in(machine, tmp_path):
    with pytest.raises(ToolchainError, match="connect to the network"):
        plugin.official(machine, environ(tmp_path, CHITTYOS_PLUGIN="stand-in"))


def test_another_name_is_refused(machine, tmp_path):
    with pytest.raises(ToolchainError, match="it takes official or stand-in"):
        plugin.ensure(machine, tmp_path / "state", environ(tmp_path, CHITTYOS_PLUGIN="mine"))


FOLDERS = {
    ("built", "stand-in"): {
        "pulumi",
        "pulumi-analyzer-policy-python",
        "pulumi-resource-pulumi-python",
        "pulumi-resource-cloudflare",
        "pulumi-resource-docker",
    },
    ("built", "official"): {
        "pulumi",
        "pulumi-analyzer-policy-python",
        "pulumi-resource-pulumi-python",
    },
    ("path", "official"): {
        "pulumi",
        "pulumi-analyzer-policy-python",
        "pulumi-resource-pulumi-python",
    },
    ("download", "stand-in"): {
        "pulumi",
        "pulumi-resource-cloudflare",
        "pulumi-resource-docker",
    },
    ("download", "official"): {"pulumi"},
}


@pytest.mark.parametrize(("kinds", "expected"), FOLDERS.items(), ids=map("+".join, FOLDERS))
def test_the_path_gets_only_what_the_engine_lacks(tmp_path, monkeypatch, kinds, expected):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    origin, kind = kinds
    says(tmp_path / "engine", "pulumi", "v3.259.0")
    if origin == "download":
        says(tmp_path / "engine", "pulumi-language-python", "")
    found = Engine(tmp_path / "engine" / "pulumi", "3.259.0", origin)
    plugins = (plugin.Plugin(kind, "6"), plugin.Plugin(kind, "5", plugin.DOCKER))
    stale = tmp_path / ".local" / "path" / f"{origin}+cloudflare-{kind}+docker-{kind}"
    says(stale, "pulumi-resource-random", "")

    folder = search_path.compose(found, plugins, tmp_path)

    assert folder == stale
    assert {path.name for path in folder.iterdir()} == expected


def test_one_plugin_may_be_official_and_the_other_a_stand_in(tmp_path):
    says(tmp_path / "engine", "pulumi", "v3.259.0")
    says(tmp_path / "engine", "pulumi-language-python", "")
    found = Engine(tmp_path / "engine" / "pulumi", "3.259.0", "download")
    plugins = (plugin.Plugin("official", "6"), plugin.Plugin("stand-in", "5", plugin.DOCKER))

    folder = search_path.compose(found, plugins, tmp_path)

    assert {path.name for path in folder.iterdir()} == {"pulumi", "pulumi-resource-docker"}


class TestOfDocker:
    """A plugin that most programs do without: it is never downloaded before one needs it."""

    def chosen(self, machine, tmp_path, **more):
        state, given = tmp_path / "state", environ(tmp_path, **more)
        return plugin.ensure(machine, state, given, plugin.DOCKER)

    def test_the_stand_in_runs_when_no_host_can_be_reached(self, machine, tmp_path):
        version = plugin.pinned_version(plugin.DOCKER)

        assert self.chosen(machine, tmp_path) == plugin.Plugin("stand-in", version, "docker")

    def test_the_official_one_is_left_to_the_engine_to_get(self, machine, tmp_path, monkeypatch):
        monkeypatch.setattr(downloads, "reachable", lambda _url: True)

        assert self.chosen(machine, tmp_path).kind == "official"
        assert not (tmp_path / "asked").exists()

    def test_the_official_one_that_is_asked_for_is_not_looked_for(self, machine, tmp_path):
        assert self.chosen(machine, tmp_path, CHITTYOS_PLUGIN="official").kind == "official"

    def test_a_state_keeps_each_of_its_plugins(self, machine, tmp_path):
        install(tmp_path)
        state = tmp_path / "state"
        first = plugin.ensure(machine, state, environ(tmp_path)), self.chosen(machine, tmp_path)
        again = plugin.ensure(machine, state, environ(tmp_path)), self.chosen(machine, tmp_path)

        assert [each.kind for each in first] == ["official", "stand-in"]
        assert again == first
        with pytest.raises(
            ToolchainError, match=r"made with the stand-in docker plugin .*make reset"
        ):
            self.chosen(machine, tmp_path, CHITTYOS_PLUGIN="official")

    def test_a_state_from_before_it_is_no_damaged_one(self, machine, tmp_path):
        plugin.ensure(machine, tmp_path / "state", environ(tmp_path))

        assert self.chosen(machine, tmp_path).name == "docker"


def test_a_state_whose_plugin_is_there_no_more_says_both_ways_out(machine, tmp_path):
    folder = install(tmp_path)
    state = tmp_path / "state"
    plugin.ensure(machine, state, environ(tmp_path))
    shutil.rmtree(folder)

    with pytest.raises(ToolchainError) as refused:
        plugin.ensure(machine, state, environ(tmp_path))
    said = str(refused.value)
    assert "connect to the network and try again" in said
    assert f"the state in {state} was made with that plugin: get it, or run make reset" in said
