"""What the set-up gets, in which order, and what it does not wait for."""

import errno
import fcntl
import threading

import pytest

from toolchain import __main__ as command
from toolchain import engine, node_packages, python_packages
from toolchain.errors import ToolchainError


@pytest.fixture
def got(tmp_path, monkeypatch):
    """Note what is got, in a clone that has nothing."""
    notes = []

    def get(_):
        notes.append("engine")
        return engine.Engine(tmp_path / "pulumi", "3.259.0", "built")

    monkeypatch.setattr(engine, "ROOT", tmp_path)
    monkeypatch.setattr(node_packages, "check_node", lambda: notes.append("node?"))
    monkeypatch.setattr(python_packages, "ensure", lambda _: notes.append("python"))
    monkeypatch.setattr(node_packages, "ensure", lambda _: notes.append("npm"))
    monkeypatch.setattr(engine, "ensure", get)
    return notes


def test_tools_are_looked_for_before_anything_is_installed(got, monkeypatch, capsys):
    assert command.main(["setup", "--quiet"]) == 0
    assert got == ["node?", "python", "npm", "engine"]
    assert capsys.readouterr().out == ""

    def missing():
        raise ToolchainError("Node 20.19.0 or newer with npm is needed")

    monkeypatch.setattr(node_packages, "check_node", missing)
    got.clear()
    assert command.main(["setup"]) == 1
    assert got == []


def test_python_alone_waits_for_no_engine(got):
    assert command.main(["setup", "--quiet", "--python"]) == 0
    assert got == ["python"]


def test_packages_alone_wait_for_no_engine(got):
    assert command.main(["setup", "--quiet", "--packages"]) == 0
    assert got == ["node?", "python", "npm"]


def test_an_engine_alone_is_made_beside_a_set_up_of_packages(got, tmp_path, capsys):
    (tmp_path / ".local").mkdir()
    with (tmp_path / ".local" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert command.main(["setup", "--engine"]) == 0

    assert got == ["engine"]
    assert capsys.readouterr() == ("engine: Pulumi 3.259.0, built from its Go module\n", "")


@pytest.mark.parametrize("arguments", [[], ["--quiet"], ["setup", "--fast"]])
def test_another_call_says_how_to_call_it(got, arguments, capsys):
    assert command.main(arguments) == 2
    usage = "usage: python3 -m toolchain setup [--engine] [--packages] [--python] [--quiet]"
    assert usage in capsys.readouterr().err
    assert got == []


def test_a_second_setup_says_what_it_waits_for(got, tmp_path, capsys):
    (tmp_path / ".local").mkdir()
    lock = (tmp_path / ".local" / "setup.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    ending = threading.Timer(0.3, lock.close)
    ending.start()

    assert command.main(["setup", "--python"]) == 0

    ending.join()
    assert "another set-up of this clone is under way" in capsys.readouterr().err
    assert got == ["python"]


def test_a_disk_that_is_full_is_one_sentence(got, monkeypatch, capsys):
    def full(_root):
        raise OSError(errno.ENOSPC, "No space left on device", ".venv/some/file")

    monkeypatch.setattr(python_packages, "ensure", full)

    assert command.main(["setup"]) == 1
    assert capsys.readouterr().err == (
        "error: .venv/some/file: No space left on device; see to room and permissions there, then "
        "run it again\n"
    )
    assert "engine" not in got
