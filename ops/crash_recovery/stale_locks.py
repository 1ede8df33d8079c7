"""Locks that a killed run left on a local state: removed when their process is dead."""

import time
from pathlib import Path

from ops.errors import OpsError
from ops.state_store import locks
from ops.state_store.address import Address
from ops.state_store.folder import FolderStore
from ops.state_store.locks import Lock

PATIENCE_SECONDS = 15
"""How long a live run is waited for: an engine whose command was killed ends by itself."""


def release(state: Path, stack: str, *, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Remove stale locks of *stack* from the state in *state*; return a sentence for each.

    Raises `OpsError` when a live process still holds the stack after *patience* seconds.
    """
    if not state.is_dir():
        return []
    store = FolderStore(Address(state.as_uri()))
    removed = []
    for lock in _dead(store, stack, patience):
        store.delete(lock.key)
        removed.append(f"removed the lock of process {lock.pid}, which is dead")
    return removed


def _dead(store: FolderStore, stack: str, patience: float) -> list[Lock]:
    """Return the locks, once all are of dead processes. One that comes later is not among them."""
    ends = time.monotonic() + patience
    while True:
        found = locks.read(store, stack)
        held = [lock for lock in found if not lock.is_dead]
        if not held:
            return found
        if time.monotonic() >= ends:
            raise OpsError(locks.said(store, stack, held))
        time.sleep(0.2)
