"""Chromium is found, installed where that may be, or asked for in one sentence; it ends with us."""

import os
import subprocess

import pytest

from harness import chromium
from tests.harness.machines import bare_machine


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Stand in for a machine without a browser; return the folder of its tools."""
    monkeypatch.setattr(chromium, "NAMES", ("chromium",))
    return bare_machine(tmp_path, monkeypatch, installs=["chromium"], unnamed=chromium.VARIABLE)


def test_what_is_there_is_taken(machine):
    (machine / "chromium").touch()

    assert chromium.ensure() == machine / "chromium"
    assert not (machine / "asked").exists()


@pytest.mark.usefixtures("machine")
def test_one_that_is_named_goes_first(monkeypatch):
    monkeypatch.setenv(chromium.VARIABLE, "/opt/mine")

    assert str(chromium.ensure()) == "/opt/mine"


def test_root_has_it_installed_and_it_is_said(machine, capsys):
    assert chromium.ensure() == machine / "chromium"

    asked = (machine / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["update", "install"]
    assert asked[1].endswith("--no-install-recommends chromium")
    assert "installing chromium, which tests open pages in" in capsys.readouterr().err


@pytest.mark.usefixtures("machine")
def test_an_install_that_fails_is_one_sentence(monkeypatch):
    monkeypatch.setenv("INSTALLS", "no")

    with pytest.raises(chromium.NoBrowserError, match=r"failed: E: no such package; install it by"):
        chromium.ensure()


@pytest.mark.parametrize("lacking", ["root", "apt"])
def test_where_nothing_may_be_installed_it_is_said_what_to_do(machine, monkeypatch, lacking):
    if lacking == "root":
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
    else:
        (machine / "apt-get").unlink()

    with pytest.raises(chromium.NoBrowserError, match=r"install it \(Debian: apt-get install chro"):
        chromium.ensure()
    assert not (machine / "asked").exists()


def test_a_browser_ends_with_its_context_and_leaves_nothing():
    try:
        executable = chromium.ensure()
    except chromium.NoBrowserError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with chromium.browser(executable) as page:
        profile = page.evaluate("1 + 1")
        with pytest.raises(chromium.PageError, match="oh no"):
            page.evaluate('(() => { throw new Error("oh no") })()')
        running = _running(os.getpid())
        assert running
    assert profile == 2
    assert _running(os.getpid()) == []


def _running(parent):
    listed = subprocess.run(
        ["ps", "-ww", "-o", "args=", "--ppid", str(parent)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return [line for line in listed.splitlines() if "--remote-debugging-pipe" in line]
