"""A real Docker Engine for tests, in a world of its own: nothing of it is left behind.

It runs in namespaces of its own (processes, mounts, network). Its bridges, firewall chains and
mounts are nobody else's, several may run beside each other, and all of it ends with one process.
It reaches no network: images are imported (`harness/docker_images.py`), never pulled.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import docker
from docker.errors import DockerException

from common.locks import exclusive
from harness import apt_packages

PROGRAMS = ("dockerd", "containerd", "runc", "iptables", "busybox", "ip")
PACKAGES = ("docker.io", "iptables", "busybox-static", "iproute2")
"""Those of Debian that bring the programs."""

VARIABLE = "CHITTYOS_DOCKER_SOCKET"
"""Environment variable that names the socket of an engine that runs already, for tests alone."""

INSTALL_SECONDS = 600
START_SECONDS = 60
STOP_SECONDS = 30
ASK_SECONDS = 60

WORLD = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
"""Namespaces of their own, whose processes end with the first of them."""

BOUND = ("setpriv", "--pdeathsig", "KILL")
"""Ends what it runs when the tests end, however they do."""

PRELUDE = 'mount -t tmpfs tmpfs /run && busybox ip link set lo up && exec "$@"'
"""What happens in them first: a `/run` of their own, and 127.0.0.1."""

SUBNET = "172.31.250.1/24"


class NoDockerError(Exception):
    """There is no Docker Engine here and none could be started; says what is to be done."""


@dataclass
class DockerEngine:
    """A running one."""

    socket: Path
    """Where it answers."""

    process: int | None = None
    """The id of its own process here. `None` when it is not this harness's."""

    restart: Callable[[], int] | None = None
    """Ends its process and begins another, whose id it returns. `None`: as `process`."""

    @property
    def host(self) -> str:
        """Its address as programs are given it: `unix:///…`."""
        return f"unix://{self.socket}"

    @property
    def enter(self) -> list[str]:
        """What a command begins with that is to run on the engine's own network."""
        return ["nsenter", f"--net=/proc/{self.process}/ns/net"] if self.process else []

    def client(self) -> docker.DockerClient:
        """Return a client of it, to be closed."""
        return docker.DockerClient(base_url=self.host, version="auto", timeout=ASK_SECONDS)

    def reboot(self) -> None:
        """End it and all its containers at once, as a power cut would, and switch it on again.

        Raises `NoDockerError` where it is not this harness's own, or does not come up.
        """
        if self.restart is None:
            raise NoDockerError(f"the engine at {self.host} is in use; it is not rebooted")
        self.process = self.restart()

    def inside(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        """Run *command* where the engine's own host is: published ports answer there.

        Raises `subprocess.CalledProcessError` when it fails.
        """
        return subprocess.run(
            [*self.enter, *command], capture_output=True, check=True, timeout=ASK_SECONDS
        )


@contextmanager
def docker_engine() -> Iterator[DockerEngine]:
    """Start one with no containers, networks, volumes or images, and end it with all it has.

    An engine that `CHITTYOS_DOCKER_SOCKET` names is used as it is, and left as it will be then.
    Raises `NoDockerError` where none can be had.
    """
    if named := os.environ.get(VARIABLE):
        yield _answering(DockerEngine(Path(named)), None)
        return
    ensure()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="docker-engine-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        group = f"/{folder.name}"
        stack.callback(_remove_groups, group)
        log = stack.enter_context((folder / "log").open("ab"))
        machine = _Machine(folder, _command(folder, group), log)
        stack.callback(machine.end)
        running = DockerEngine(folder / "socket", machine.start(), machine.restart)
        stack.callback(_empty, running)
        yield running


@dataclass
class _Machine:
    """What stands for the machine of an engine: namespaces, and a folder that outlives them."""

    folder: Path
    command: Sequence[str]
    log: BinaryIO
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> int:
        """Start it and return the id of the engine's process when it answers."""
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
        _answering(DockerEngine(self.folder / "socket"), self.process)
        return _daemon(self.process)

    def restart(self) -> int:
        """Cut its power and start it again: what is kept in memory is gone, as after a boot."""
        self.end()
        (self.folder / "pid").unlink(missing_ok=True)
        (self.folder / "socket").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)
        return self.start()

    def end(self) -> None:
        """Kill it with all that runs in its namespaces."""
        if self.process:
            self.process.kill()
            self.process.wait(STOP_SECONDS)


def ensure() -> None:
    """Have the programs; as root on Debian they are installed where they are missing.

    Raises `NoDockerError` with what to install.
    """
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        raise NoDockerError(
            "a Docker Engine is started by root on Linux only; run the tests as root, "
            f"or name the socket of one that runs in {VARIABLE}"
        )
    with exclusive(Path(tempfile.gettempdir()) / "chittyos-docker.lock"):
        if lacking := _lacking():
            _install(lacking)


def _lacking() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


def _install(lacking: Sequence[str]) -> None:
    asked = f"apt-get install {' '.join(PACKAGES)}"
    apt = shutil.which("apt-get")
    if apt is None:
        raise NoDockerError(f"{', '.join(lacking)} not found; install Docker (Debian: {asked})")
    what = f"installing a Docker Engine, which tests run containers on ({asked})"
    complaint = apt_packages.install(apt, PACKAGES, what, INSTALL_SECONDS)
    if still := _lacking():
        said = complaint or f"{', '.join(still)} still missing"
        raise NoDockerError(f"{asked} failed: {said}; install it by hand")


def _command(folder: Path, group: str) -> list[str]:
    places = {"data-root": "root", "exec-root": "exec", "pidfile": "pid"}
    return [
        *(*BOUND, "unshare", *WORLD, "sh", "-c", PRELUDE, "sh", "dockerd"),
        f"--host=unix://{folder}/socket",
        *(f"--{option}={folder / name}" for option, name in places.items()),
        f"--bip={SUBNET}",
        f"--cgroup-parent={group}",
        "--exec-opt=native.cgroupdriver=cgroupfs",
    ]


def _daemon(process: subprocess.Popen[bytes]) -> int:
    """Return the id of the process that *process* has put into the namespaces."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.01)
    raise NoDockerError("namespaces for a Docker Engine cannot be made here (unshare failed)")


def _answering(engine: DockerEngine, process: subprocess.Popen[bytes] | None) -> DockerEngine:
    """Return *engine* when it answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        if _answers(engine):
            return engine
        if process is None:
            break
        time.sleep(0.05)
    log = engine.socket.with_name("log")
    said = log.read_text(errors="replace").splitlines()[-3:] if process else []
    raise NoDockerError(f"no Docker Engine answers at {engine.host}: {' / '.join(said)}")


def _answers(engine: DockerEngine) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:  # of which a client would leave one open
            probe.connect(str(engine.socket))
        with closing(engine.client()) as client:
            return bool(client.ping())
    except (OSError, DockerException):
        return False


def _empty(engine: DockerEngine) -> None:
    """Remove the containers, so that none is left in a group of the kernel."""
    with closing(engine.client()) as client, suppress(DockerException):
        for container in client.containers.list(all=True):
            container.remove(force=True, v=True)


def _remove_groups(group: str) -> None:
    """Remove what the kernel counted of the containers: `/sys/fs/cgroup[/KIND]/GROUP`."""
    top = Path("/sys/fs/cgroup")
    for found in [*top.glob(f"*{group}"), top / group[1:]]:
        with suppress(OSError):
            found.rmdir()
