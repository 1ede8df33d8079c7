"""What a command runs with, and what a shell gets beside it for plain `pulumi`."""

import pytest

from ops.paths import Paths
from ops.stack.tools import Tools
from tests.toolchain.tools import executable
from toolchain.engine import Engine
from toolchain.plugin import Plugin

HOST = "pulumi-language-python"


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Give the tools of a machine without any other Pulumi."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    engine = Engine(tmp_path / "pulumi", "3.259.0", "built")
    return Tools(engine, (Plugin("stand-in", "6.23.1"),), tmp_path)


@pytest.mark.parametrize(
    ("version", "pack"), [("3.259.0", "policies"), ("3.276.0", "policies/serve")]
)
def test_an_engine_gets_the_policy_pack_that_it_can_start(tmp_path, version, pack):
    engine = Engine(tmp_path / "pulumi", version, "built")
    tools = Tools(engine, (Plugin("stand-in", "6.23.1"),), tmp_path)

    assert tools.pack(Paths(tmp_path)) == tmp_path / pack


def test_a_shell_gets_a_host_for_programs_where_the_engine_brings_none(tools, tmp_path):
    assert (tools.for_shell(Paths(tmp_path)) / HOST).is_file()


def test_the_host_that_came_with_the_engine_is_left_alone(tools, tmp_path):
    executable(tmp_path, HOST, "exit 0")

    assert not (tools.for_shell(Paths(tmp_path)) / HOST).exists()


def test_a_shell_that_has_our_host_already_gets_it_again(tools, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tools.for_shell(Paths(tmp_path))))

    assert (tools.for_shell(Paths(tmp_path)) / HOST).is_file()


def test_it_is_said_which_plugins_run_and_what_a_stand_in_speaks_to(tools):
    docker = Plugin("official", "5.2.0", "docker")
    both = Tools(tools.engine, (*tools.plugins, docker), tools.folder)

    assert both.describe().splitlines() == [
        "engine: Pulumi 3.259.0, built from its Go module",
        "plugin: cloudflare 6.23.1, the stand-in of this project, for the local Cloudflare only",
        "plugin: docker 5.2.0, the official plugin",
    ]
