"""Who listens on a port of this machine: so that an error can name the program in the way."""

import shutil
import socket
import subprocess
from pathlib import Path

from local.process.settings import other_port

HOST = "127.0.0.1"
"""Where everything listens: nobody else reaches the local Cloudflare."""

LISTEN = "0A"


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on *port* now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Name the process that listens on *port*, as far as this user may see it."""
    found = _by_proc(port) if Path("/proc/net/tcp").exists() else _by_lsof(port)
    return found or "another process"


def port_taken(name: str, port: int) -> str:
    """Return who has a port, and the two ways out, as a sentence."""
    taken = f"port {port} ({name}) is in use by {holder(port)}"
    return f"{taken}; stop that program, or {other_port(name)}"


def _by_proc(port: int) -> str | None:
    inodes = {
        inode for file in ("tcp", "tcp6") for inode in _listening(Path("/proc/net", file), port)
    }
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = {link.readlink().name for link in (process / "fd").iterdir()}
        except OSError:
            continue
        if links & inodes:
            name = (process / "comm").read_text().strip()
            return f"process {process.name} ({name})"
    return None


def _listening(table: Path, port: int) -> list[str]:
    if not table.exists():
        return []
    rows = (line.split() for line in table.read_text().splitlines()[1:])
    return [
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == LISTEN and int(row[1].rpartition(":")[2], 16) == port
    ]


def _by_lsof(port: int) -> str | None:
    tool = shutil.which("lsof")
    if tool is None:
        return None
    command = [tool, "-nP", "-F", "pc", f"-iTCP:{port}", "-sTCP:LISTEN"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    fields = {line[:1]: line[1:] for line in done.stdout.splitlines()}
    return f"process {fields['p']} ({fields.get('c', '?')})" if "p" in fields else None
