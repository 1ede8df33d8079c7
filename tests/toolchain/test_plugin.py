"""Which cloudflare plugin runs: the official one if it can be had, and never in doubt."""

import json
import shutil

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
    ("download", "stand-in"): {"pulumi", "pulumi-resource-cloudflare"},
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
    stale = tmp_path / ".local" / "path" / f"{origin}+{kind}"
    says(stale, "pulumi-resource-docker", "")

    folder = search_path.compose(found, plugin.Plugin(kind, "6"), tmp_path)

    assert {path.name for path in folder.iterdir()} == expected


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
