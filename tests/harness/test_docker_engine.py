"""A Docker Engine is found, installed or asked for in one sentence, and nothing of it is left."""

import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from harness import docker_engine as docker_engines
from harness.docker_engine import DockerEngine, NoDockerError
from harness.docker_images import import_busybox, static_binary
from tests.harness.machines import bare_machine

IMAGE = "harness/busybox:1"
PROGRAMS = ("dockerd", "containerd", "runc", "iptables", "busybox", "ip")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Stand in for a machine without Docker; return the folder of its tools."""
    named = docker_engines.VARIABLE
    has = ["unshare"]
    return bare_machine(tmp_path, monkeypatch, installs=PROGRAMS, has=has, unnamed=named)


def test_root_has_it_installed_and_it_is_said(machine, capsys):
    docker_engines.ensure()
    docker_engines.ensure()

    asked = (machine / "asked").read_text().splitlines()
    assert [line.split()[0] for line in asked] == ["update", "install"]
    assert asked[1].endswith("iptables busybox-static iproute2")
    assert "installing a Docker Engine, which tests run containers on" in capsys.readouterr().err


@pytest.mark.usefixtures("machine")
def test_an_install_that_fails_is_one_sentence(monkeypatch):
    monkeypatch.setenv("INSTALLS", "no")

    with pytest.raises(NoDockerError, match=r"failed: E: no such package; install it by hand"):
        docker_engines.ensure()


def test_who_is_not_root_is_told_how_to_name_an_engine(machine, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(NoDockerError, match="name the socket of one that runs in CHITTYOS_DOCKER"):
        docker_engines.ensure()
    assert not (machine / "asked").exists()


def test_a_socket_that_is_named_and_silent_is_named_in_the_error(tmp_path, monkeypatch):
    monkeypatch.setenv(docker_engines.VARIABLE, str(tmp_path / "docker.sock"))

    with (
        pytest.raises(NoDockerError, match=rf"answers at unix://{tmp_path}/docker\.sock"),
        docker_engines.docker_engine(),
    ):
        pass


@pytest.mark.docker
def test_a_container_runs_and_its_published_port_answers(docker_engine):
    import_busybox(docker_engine, IMAGE)
    served = ["/bin/busybox", "httpd", "-f", "-p", "8080"]
    with closing(docker_engine.client()) as client:
        container = client.containers.run(
            IMAGE, served, detach=True, ports={"8080/tcp": ("127.0.0.1", 18099)}
        )
        asked = ["busybox", "nc", "127.0.0.1", "18099", "-e", "busybox", "true"]
        docker_engine.inside(asked)
        container.remove(force=True)


@pytest.mark.docker
def test_an_engine_leaves_nothing_behind():
    if os.geteuid() != 0 or os.environ.get(docker_engines.VARIABLE):
        pytest.skip("the engine is not this harness's own")
    before = _kernel()
    with docker_engines.docker_engine() as engine:
        import_busybox(engine, IMAGE)
        with closing(engine.client()) as client:
            client.networks.create("left-over")
            client.containers.run(IMAGE, ["/bin/busybox", "sleep", "600"], detach=True)
        folder = engine.socket.parent
        assert _mentions(folder)

    assert not folder.exists()
    assert _mentions(folder) == []
    assert _kernel() == before


def _mentions(folder: Path) -> list[str]:
    """Return the processes, mounts and groups of the kernel that have the name of *folder*."""
    lines = subprocess.run(
        ["ps", "-ww", "-eo", "args="], capture_output=True, text=True, check=True
    )
    mounts = Path("/proc/self/mounts").read_text()
    groups = [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{folder.name}*")]
    found = [line for line in (lines.stdout + mounts).splitlines() if folder.name in line]
    return found + groups


def _kernel() -> tuple[set[str], str]:
    """Return the names of the interfaces and whether packets are forwarded."""
    forwards = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    return {path.name for path in Path("/sys/class/net").iterdir()}, forwards


def test_a_program_in_go_is_built_once_for_each_content(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.docker_images.BINARIES", tmp_path / "binaries")
    monkeypatch.setenv("PATH", str(_go(tmp_path)), prepend=os.pathsep)
    source = tmp_path / "stub.go"
    source.write_text("echo served")

    built = static_binary(source)

    assert subprocess.run([built], capture_output=True, check=True).stdout == b"served\n"
    assert static_binary(source) == built
    assert (tmp_path / "asked").read_text() == "0\n"  # once, without C
    source.write_text("wrong")
    with pytest.raises(NoDockerError, match=r"stub\.go does not build: here is the mistake"):
        static_binary(source)


def _go(folder):
    """Return a folder with a `go` that makes a script of every source but the `wrong` one."""
    go = folder / "go-tools" / "go"
    go.parent.mkdir()
    go.write_text(
        f"""#!/bin/sh
echo "$CGO_ENABLED" >> {folder}/asked
grep -q wrong "$5" && {{ echo "here is the mistake" >&2; exit 1; }}
{{ echo "#!/bin/sh"; cat "$5"; }} > "$4" && chmod +x "$4"
"""
    )
    go.chmod(0o755)
    return go.parent


def test_an_engine_of_this_machine_is_asked_where_it_is():
    engine = DockerEngine(Path("/run/docker.sock"))

    assert engine.host == "unix:///run/docker.sock"
    assert engine.inside(["echo", "here"]).stdout == b"here\n"


def test_an_engine_that_is_in_use_is_not_rebooted():
    with pytest.raises(NoDockerError, match="is in use; it is not rebooted"):
        DockerEngine(Path("/run/docker.sock")).reboot()
