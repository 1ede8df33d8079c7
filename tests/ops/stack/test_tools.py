"""What a command runs with, and what plain `pulumi` cannot do with it."""

import pytest

from ops.stack.tools import Tools
from tests.toolchain.tools import executable
from toolchain.engine import Engine
from toolchain.plugin import Plugin


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Give the tools of a machine without any other Pulumi."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    engine = Engine(tmp_path / "pulumi", "3.259.0", "built")
    return Tools(engine, Plugin("stand-in", "6.23.1"), tmp_path)


def test_a_built_engine_sends_to_the_official_cli_for_plain_pulumi(tools):
    assert "need the official CLI (https://" in str(tools.lacks())
    assert "use python -m ops preview and up" in str(tools.lacks())


def test_an_engine_with_its_python_host_lacks_nothing(tools, tmp_path):
    executable(tmp_path, "pulumi-language-python", "exit 0")

    assert tools.lacks() is None
