"""How `ops` asks a Docker Engine: by its socket, or through ssh (OP-1)."""

import os
import sys

import pytest

from ops.errors import OpsError
from ops.health.docker_engines import asking, removing
from tests.ops.fake_engine import fake_engine

SSH = """#!{python}
import os, socket, sys, threading
open({noted!r}, "w").write("\\n".join(sys.argv[1:]))
if {refuses!r}:
    sys.exit({refuses!r})
there = socket.socket(socket.AF_UNIX)
there.connect({path!r})
def back():
    while said := there.recv(65536):
        os.write(1, said)
threading.Thread(target=back, daemon=True).start()
while asked := os.read(0, 65536):
    there.sendall(asked)
"""


PATHS = {"/a": [1], "/b": {"x": 2}, "/broken": 500}


@pytest.fixture
def engine(tmp_path):
    with fake_engine(tmp_path / "socket", PATHS) as running:
        yield running


@pytest.fixture
def ssh(engine, tmp_path, monkeypatch):
    """Put an `ssh` onto the PATH that leads to the engine, or says *refuses* and ends."""
    noted = tmp_path / "noted"

    def install(refuses=""):
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "ssh"
        program.write_text(
            SSH.format(
                python=sys.executable,
                noted=str(noted),
                refuses=refuses,
                path=engine.address.removeprefix("unix://"),
            )
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return noted

    return install


def test_a_socket_is_asked_as_often_as_needed(engine):
    with asking(engine.address) as get:
        assert [get("/a"), get("/b"), get("/none")] == [[1], {"x": 2}, None]


def test_what_stands_there_is_removed(engine):
    with removing(engine.address) as (get, remove):
        assert remove("/containers/1?force=true") is None
        assert get("/a") == [1]
    assert engine.deleted == ["/containers/1?force=true"]


def test_a_machine_is_asked_through_ssh_as_the_plugin_does(ssh):
    noted = ssh()
    with asking("ssh://deploy@connect.example.com:2222", ["-o", "BatchMode=yes"]) as get:
        assert [get("/a"), get("/b")] == [[1], {"x": 2}]

    assert noted.read_text().split("\n") == [
        *("-T", "-o", "BatchMode=yes", "-p", "2222", "-l", "deploy"),
        *("--", "connect.example.com", "docker", "system", "dial-stdio"),
    ]


def test_what_ssh_says_at_its_end_is_said(ssh):
    ssh("Host key verification failed.")
    said = r"at ssh://deploy@connect\.example\.com \(Host key verification failed\)$"
    with pytest.raises(OpsError, match=said), asking("ssh://deploy@connect.example.com") as get:
        get("/a")


def test_no_ssh_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OpsError, match=r"\(ssh does not run: No such file"), asking("ssh://a@b"):
        pass


def test_a_socket_where_nobody_listens_is_named(tmp_path):
    at = f"unix://{tmp_path}/none"
    said = rf"no Docker Engine answers at {at} \(No such file"
    with pytest.raises(OpsError, match=said), asking(at):
        pass


def test_an_answer_that_is_none_is_said(engine):
    said = r"\(it answered 500 to GET /broken\)$"
    with pytest.raises(OpsError, match=said), asking(engine.address) as get:
        get("/broken")
