"""One run at a time in a clone: what it keeps in `.local` is read and written by one process."""

import fcntl
import os
import time
from pathlib import Path

from ops import show
from ops.errors import OpsError
from ops.layout import Layout

PATIENCE_SECONDS = 300
"""How long another run is waited for."""

_held: dict[Path, int] = {}
"""Locks of this process by their file. They end with it, however it ends."""


def take(layout: Layout, *, patience: float = PATIENCE_SECONDS) -> None:
    """Let no other process run commands in the clone until this one ends.

    Waits up to *patience* seconds for one that runs and says so; then raises `OpsError`.
    """
    path = layout.local / "ops.lock"
    if path in _held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _wait(descriptor, patience)
    except BaseException:
        os.close(descriptor)
        raise
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    _held[path] = descriptor


def _wait(descriptor: int, patience: float) -> None:
    ends = time.monotonic() + patience
    told = False
    while not _is_ours(descriptor):
        under_way = f"another run of ops is under way (process {_holder(descriptor)})"
        if time.monotonic() >= ends:
            raise OpsError(f"{under_way}; wait for it to end and run this again")
        if not told:
            show.errors.print(f"{under_way}; waiting for it to end, {patience:.0f} seconds at most")
            told = True
        time.sleep(0.2)


def _is_ours(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, 20, 0).decode("ascii", "replace")
    return text if text.isdigit() else "unknown"
