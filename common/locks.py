"""Locks that end with their process: the kernel drops them, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common.files import OWNER_ONLY

POLL_SECONDS = 0.2
"""How often a lock that somebody holds is asked for again."""

LONGEST_PID = 20


class HeldError(Exception):
    """Somebody else holds the lock; `holder` is the process, as far as it is known."""

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(f"{path} is held by process {holder}")
        self.holder = holder


class FileLock:
    """An exclusive lock on a file, which says by whom it is held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(
        self, *, patience: float = 0, on_wait: Callable[[str], None] = lambda _: None
    ) -> None:
        """Take the lock, or raise `HeldError` when it is not free after *patience* seconds.

        *on_wait* is called once, with the holder's process id, where it has to be waited for.
        The folder of the file is made. Taking it twice is no error.
        """
        if self._descriptor is not None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        try:
            self._wait(descriptor, patience, on_wait)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. Doing so twice is no error."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _wait(self, descriptor: int, patience: float, on_wait: Callable[[str], None]) -> None:
        ends = time.monotonic() + patience
        told = False
        while not _is_free(descriptor):
            holder = _holder(descriptor)
            if time.monotonic() >= ends:
                raise HeldError(self._path, holder)
            if not told:
                on_wait(holder)
                told = True
            time.sleep(POLL_SECONDS)


@contextmanager
def exclusive(
    path: Path, *, patience: float = float("inf"), on_wait: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the lock on *path* for a while; see `FileLock.acquire`. Default: wait for ever."""
    lock = FileLock(path)
    lock.acquire(patience=patience, on_wait=on_wait)
    try:
        yield
    finally:
        lock.release()


def holder_of(path: Path) -> str | None:
    """Return the process id of who holds the lock on *path*: "unknown" where it does not say.

    `None` when nobody holds it. No file is made.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> str:
    text = os.pread(descriptor, LONGEST_PID, 0).decode("ascii", "replace").strip()
    return text if text.isdigit() else "unknown"
