"""Who changes a state right now: the engine's own lock files, which these commands keep as well.

The engine refuses a stack that anybody else has a lock of, so one of ours keeps it out.
"""

import getpass
import json
import os
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.errors import OpsError
from ops.paths import PROJECT
from ops.state_store import layout
from ops.state_store.address import LOGIN, VARIABLE, Address, parse
from ops.state_store.store import Store

MOVED = "moved.json"
"""Lock that stays in the place that a state was moved away from, until that one is deleted."""


@dataclass(frozen=True)
class Lock:
    """A lock file and who made it."""

    key: str
    pid: int
    host: str
    user: str = ""
    since: str = ""
    """When, as ISO 8601. Default: not known."""

    moved_to: str = ""
    """Address that the state was moved to. Default: it is a lock of a process."""

    @property
    def is_here(self) -> bool:
        """Whether its process is of this machine, as far as the name of a machine tells."""
        return self.host == socket.gethostname()

    @property
    def is_dead(self) -> bool:
        """Whether its process is surely gone: of this machine, and no engine any more."""
        return self.is_here and not self.moved_to and not _is_running(self.pid)

    @property
    def described(self) -> str:
        """Say who holds it, since when, and whether that process is still there."""
        who = f"process {self.pid} of {self.user or 'somebody'} on {self.host}"
        there = "which runs" if self.is_here else "another machine"
        ends = "which is dead" if self.is_dead else there
        return f"{who}{f' since {self.since}' if self.since else ''}, {ends}"


def read(store: Store, stack: str, project: str = PROJECT) -> list[Lock]:
    """Read the locks of *stack* of *project*. One that was cut off is of no process."""
    folder = layout.locks(stack, project)
    keys = [each.key for each in store.entries(folder) if each.key.endswith(".json")]
    return [_read(key, content) for key in keys if (content := store.read(key)) is not None]


def moved_to(store: Store, stack: str) -> Address | None:
    """Return where the state of *stack* was moved to from here; `None` where it was not."""
    return _moved_to(read(store, stack))


def refuse(store: Store, stack: str) -> None:
    """Raise `OpsError` when somebody changes *stack*, or its state was moved from here."""
    found = read(store, stack)
    _refuse_moved(store, stack, found)
    if found:
        raise OpsError(said(store, stack, found))


def refuse_moved(store: Store, stack: str) -> None:
    """Raise `OpsError` when the state of *stack* was moved from here."""
    _refuse_moved(store, stack, read(store, stack))


def said(store: Store, stack: str, found: list[Lock]) -> str:
    """Say that *found* keep others out, and what to do."""
    who = "; ".join(lock.described for lock in found)
    return (
        f"stack {stack} is being changed by {who} (locked in {store.address.url}); wait for it to "
        f"end and run this again; if it was killed: python -m ops state unlock {stack}"
    )


@contextmanager
def hold(store: Store, stack: str, purpose: str) -> Iterator[None]:
    """Keep everybody else out of *stack*; raise `OpsError` when somebody is in already.

    *purpose* is what whoever meets the lock reads of it.
    """
    refuse(store, stack)
    key = f"{layout.locks(stack)}{uuid.uuid4()}.json"
    store.write(key, _content(f"{getpass.getuser()} ({purpose})"))
    try:
        others = [lock for lock in read(store, stack) if lock.key != key]
        if others:
            raise OpsError(said(store, stack, others))
        yield
    finally:
        store.delete(key)


def release_dead(store: Store, stack: str, purpose: str) -> None:
    """Remove the locks that killed processes of this machine have left of *purpose*; see `hold`."""
    for lock in read(store, stack):
        if lock.is_dead and f"({purpose})" in lock.user:
            store.delete(lock.key)


def mark_moved(store: Store, stack: str, url: str) -> None:
    """Leave a lock that keeps every engine out of *stack* here, and says where its state is now."""
    about = f"{getpass.getuser()} (moved to {url} by ops state migrate)"
    store.write(layout.locks(stack) + MOVED, _content(about, url))


def _moved_to(found: list[Lock]) -> Address | None:
    urls = [lock.moved_to for lock in found if lock.moved_to]
    return parse(urls[0], "the lock of a moved state") if urls else None


def _refuse_moved(store: Store, stack: str, found: list[Lock]) -> None:
    moved, origin = _moved_to(found), store.address.origin or VARIABLE
    if moved:
        how = f"{LOGIN} '{moved.url}'" if origin == LOGIN else f"set {origin} to that"
        raise OpsError(
            f"the state of {stack} is not at {store.address.url} any more: it was moved to "
            f"{moved.url}; {how}"
        )


def _content(user: str, moved_to: str = "") -> bytes:
    """Return a lock as the engine writes it; what it does not know it skips."""
    facts = {
        "pid": os.getpid(),
        "username": user,
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    return json.dumps({**facts, **({"movedTo": moved_to} if moved_to else {})}).encode()


def _read(key: str, content: bytes) -> Lock:
    try:
        facts = json.loads(content)
        return Lock(
            key,
            int(facts["pid"]),
            str(facts["hostname"]),
            str(facts.get("username") or ""),
            str(facts.get("timestamp") or "")[:19],
            str(facts.get("movedTo") or ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Lock(key, 0, socket.gethostname())  # cut off while it was written


def _is_running(pid: int) -> bool:
    """Return whether *pid* runs and may hold a lock: a pid may be that of another program now."""
    if pid <= 0:
        return False
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    asked = ["ps", "-ww", "-o", "stat=,comm=,args=", "-p", str(pid)]
    try:
        shown = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a small image has none: nobody knows what runs
        return True
    status, _, command = shown.stdout.strip().partition(" ")
    return not status.startswith("Z") and ("pulumi" in command or "-m ops" in command)
