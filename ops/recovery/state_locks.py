"""Locks that a killed run left on a local state: removed when their process is dead."""

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError
from ops.paths import PROJECT

PATIENCE_SECONDS = 15
"""How long a live run is waited for: an engine whose command was killed ends by itself."""

ORGANIZATION = "organization"


@dataclass(frozen=True)
class Lock:
    """A lock file and who made it."""

    path: Path
    pid: int
    host: str

    def is_stale(self) -> bool:
        """Whether its process is surely gone: of this machine, and no engine any more."""
        return self.host == socket.gethostname() and not _is_engine(self.pid)


def release(state: Path, stack: str, *, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Remove stale locks of *stack* from the state in *state*; return a sentence for each.

    Raises `OpsError` when a live process still holds the stack after *patience* seconds.
    """
    _wait(state, stack, patience)
    removed = []
    for lock in locks(state, stack):
        lock.path.unlink(missing_ok=True)
        removed.append(f"removed the lock of process {lock.pid}, which is dead")
    return removed


def locks(state: Path, stack: str) -> list[Lock]:
    """Read the locks of *stack*."""
    folder = state / ".pulumi" / "locks" / ORGANIZATION / PROJECT / stack
    return [_read(path) for path in sorted(folder.glob("*.json"))]


def _wait(state: Path, stack: str, patience: float) -> None:
    ends = time.monotonic() + patience
    while held := [lock for lock in locks(state, stack) if not lock.is_stale()]:
        if time.monotonic() >= ends:
            first = held[0]
            raise OpsError(
                f"stack {stack} is held by process {first.pid} on {first.host}; "
                f"wait for it to end, or stop it and run this again"
            )
        time.sleep(0.2)


def _read(path: Path) -> Lock:
    try:
        facts = json.loads(path.read_text())
        return Lock(path, int(facts["pid"]), str(facts["hostname"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(path, 0, socket.gethostname())  # cut off while it was written


def _is_engine(pid: int) -> bool:
    """Whether *pid* runs and is an engine; a pid may have been given to another program."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    shown = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    status, _, command = shown.stdout.strip().partition(" ")
    return not status.startswith("Z") and "pulumi" in command
