"""Locks that a killed run left on a local state: removed when their process is dead."""

import time
from pathlib import Path

from ops.errors import OpsError
from ops.state_store import locks
from ops.state_store.address import Address
from ops.state_store.folder import FolderStore

PATIENCE_SECONDS = 15
"""How long a live run is waited for: an engine whose command was killed ends by itself."""


def release(state: Path, stack: str, *, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Remove stale locks of *stack* from the state in *state*; return a sentence for each.

    Raises `OpsError` when a live process still holds the stack after *patience* seconds.
    """
    if not state.is_dir():
        return []
    store = FolderStore(Address(state.as_uri()))
    _wait(store, stack, patience)
    removed = []
    for lock in locks.read(store, stack):
        store.delete(lock.key)
        removed.append(f"removed the lock of process {lock.pid}, which is dead")
    return removed


def _wait(store: FolderStore, stack: str, patience: float) -> None:
    ends = time.monotonic() + patience
    while held := [lock for lock in locks.read(store, stack) if not lock.is_dead]:
        if time.monotonic() >= ends:
            first = held[0]
            raise OpsError(
                f"stack {stack} is held by process {first.pid} on {first.host}; "
                f"wait for it to end, or stop it and run this again"
            )
        time.sleep(0.2)
