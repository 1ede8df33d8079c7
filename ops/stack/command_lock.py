"""One command at a time in a clone: one process reads and writes what it keeps in `.local`."""

from pathlib import Path

from common.locks import FileLock, HeldError
from ops.errors import OpsError
from ops.paths import Paths
from ops.terminal import console

PATIENCE_SECONDS = 300
"""How long another run is waited for."""

_held: dict[Path, FileLock] = {}
"""Locks of this process by their file. They end with it, however it ends."""


class BusyError(OpsError):
    """Another command runs in the clone, and has been waited for in vain."""


def take(paths: Paths, *, patience: float = PATIENCE_SECONDS) -> None:
    """Let no other process run commands in the clone until this one ends.

    Waits up to *patience* seconds for one that runs and says so; then raises `BusyError`.
    """
    lock = _held.get(paths.lock) or FileLock(paths.lock)

    def tell(holder: str) -> None:
        ends = f"waiting for it to end, {patience:.0f} seconds at most"
        console.errors.print(f"{_under_way(holder)}; {ends}")

    try:
        lock.acquire(patience=patience, on_wait=tell)
    except HeldError as held:
        what = _under_way(held.holder)
        raise BusyError(f"{what}; wait for it to end and run this again") from None
    _held[paths.lock] = lock


def give_back(paths: Paths) -> None:
    """Let others run commands in the clone, while this process goes on."""
    lock = _held.pop(paths.lock, None)
    if lock:
        lock.release()


def _under_way(holder: str) -> str:
    return f"another run of ops is under way (process {holder})"
