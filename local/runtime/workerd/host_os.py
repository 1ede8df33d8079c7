"""What differs between operating systems, in one place.

Linux ends a child with its parent and shows processes in `/proc`. Elsewhere `ps` answers, and a
child that outlived its parent is ended by the next start, through the pid file.
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from local.runtime.errors import NoWorkerdError

DEFER_SECONDS = 30
TUNABLES = "GLIBC_TUNABLES"
PLATFORM_PACKAGES = {
    ("Linux", "x86_64"): "workerd-linux-64",
    ("Linux", "aarch64"): "workerd-linux-arm64",
    ("Darwin", "x86_64"): "workerd-darwin-64",
    ("Darwin", "arm64"): "workerd-darwin-arm64",
}


def workerd_binary(project: Path) -> Path:
    """Find the runtime that `npm ci` installed below *project*."""
    machine = (platform.system(), platform.machine())
    package = PLATFORM_PACKAGES.get(machine)
    if package is None:
        known = ", ".join(" ".join(pair) for pair in PLATFORM_PACKAGES)
        raise NoWorkerdError(f"workerd does not exist for {' '.join(machine)}, only for {known}")
    binary = project / "node_modules" / "@cloudflare" / package / "bin" / "workerd"
    if not binary.is_file():
        raise NoWorkerdError(f"{binary} is missing; run `npm ci` in {project}")
    return binary


def environment() -> dict[str, str]:
    """Return the variables that the runtime starts with.

    Where the C library is glibc, it is told to leave restartable sequences to the program: the
    runtime's memory allocator needs them for its quick way, which serves a tenth more requests.
    """
    given = dict(os.environ)
    if sys.platform.startswith("linux"):
        tunables = [each for each in given.get(TUNABLES, "").split(":") if each]
        given[TUNABLES] = ":".join([*tunables, "glibc.pthread.rseq=0"])
    return given


def defer_accept(listening: socket.socket) -> None:
    """Let connections be accepted only once their request is there, where the system can.

    A process that ends closes what it accepted and was asked nothing on; with this there is no
    such connection unless a client keeps it for more than one request.
    """
    option = getattr(socket, "TCP_DEFER_ACCEPT", None)
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, DEFER_SECONDS)


def command_of(pid: int) -> str | None:
    """Read the command line of a process, `None` when there is no such process."""
    proc = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip() or None
        except OSError:
            return None
    return _ps(pid, "command")


def resident_bytes(pid: int) -> int | None:
    """Measure the memory that a process holds, in bytes."""
    status = Path(f"/proc/{pid}/status")
    if Path("/proc/self").exists():
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return None
        kib = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), None)
    else:
        kib = _ps(pid, "rss")
    return int(kib) * 1024 if kib else None


def _ps(pid: int, column: str) -> str | None:
    tool = shutil.which("ps")
    if tool is None:
        return None
    done = subprocess.run(
        [tool, "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None
