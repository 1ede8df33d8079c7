"""A real nginx on loopback, with the very configuration that a host gets.

On a machine without one, `ensure` installs the package of Debian where it may, and says otherwise
what is to be installed.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from common.locks import exclusive
from harness import apt_packages
from systems.onepassword_connect.processes.nginx import find

PACKAGE = "nginx-light"
AS_ROOT = " user root;" if os.geteuid() == 0 else ""
"""Root's workers would be somebody else; in a container there is one user."""

INSTALL_SECONDS = 300
START_SECONDS = 10


class NoNginxError(Exception):
    """There is no nginx here and none could be installed; says what is to be done."""


def ensure() -> Path:
    """Return the executable of nginx; as root on Debian it is installed where it is missing.

    Raises `NoNginxError` with what to install.
    """
    if found := find():
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise NoNginxError(f"no nginx was found; install it (Debian: apt-get install {PACKAGE})")
    with exclusive(Path(tempfile.gettempdir()) / "chittyos-nginx.lock"):
        return find() or _installed(apt)


def _installed(apt: str) -> Path:
    complaint = apt_packages.install(apt, (PACKAGE,), f"installing {PACKAGE}", INSTALL_SECONDS)
    found = find()
    if found is None:
        raise NoNginxError(f"{PACKAGE} could not be installed: {complaint or 'no reason'}")
    return found


def check(configuration: str, folder: Path) -> str:
    """Let nginx read *configuration* (`nginx -t`); return what it says of mistakes, else ""."""
    command = [*_command(configuration, folder), "-t"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return "" if done.returncode == 0 else done.stderr


@contextmanager
def running(configuration: str, folder: Path, port: int) -> Iterator[Callable[[], str]]:
    """Run *configuration*, which listens at *port*, in *folder*; yield what reads its output.

    It is ended as a container's is, by SIGTERM, and is gone afterwards. Raises `NoNginxError` with
    its own words where it does not come up.
    """
    output = folder / "output"
    with output.open("wb") as log:
        command = [*_command(configuration, folder), "-g", f"daemon off;{AS_ROOT}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _await(port, process, output)
        yield output.read_text
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=START_SECONDS)


def free_port() -> int:
    """Return a port of loopback that nothing has at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _command(configuration: str, folder: Path) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(configuration)
    return [str(ensure()), "-e", "stderr", "-p", str(folder), "-c", str(file)]


def _await(port: int, process: "subprocess.Popen[bytes]", output: Path) -> None:
    """Wait until it answers."""
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise NoNginxError(f"nginx did not come up: {output.read_text().strip()}")
