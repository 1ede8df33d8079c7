"""Files that outlive a power cut, for their owner only: whole or not at all, and line by line."""

import os
from collections.abc import Iterable
from pathlib import Path

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
LINE = b"\n"


def make_folder(path: Path) -> None:
    """Make *path* and what is above it."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)


def write(path: Path, content: bytes) -> None:
    """Put *content* at *path*; a reader sees all of it or what was there before."""
    make_folder(path.parent)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync_folder(path.parent)


def append(path: Path, lines: Iterable[bytes]) -> None:
    """Add *lines* to *path*, and return once they are on the disk.

    A line that a power cut left half written was never acknowledged: it goes.
    """
    is_new = not path.exists()
    make_folder(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    with os.fdopen(handle, "rb+") as file:
        if not _ends_whole(path):
            file.truncate(_whole(path.read_bytes()))
        file.seek(0, os.SEEK_END)
        file.write(b"".join(line + LINE for line in lines))
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _sync_folder(path.parent)


def read_lines(path: Path) -> list[bytes]:
    """Return the lines of *path* that were written to their end; none where there is no file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    return content[: _whole(content)].splitlines()


def _whole(content: bytes) -> int:
    return content.rfind(LINE) + 1


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == LINE


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
