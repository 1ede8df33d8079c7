"""Files that are seen whole or not at all, and files that only their owner may read."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

OWNER_ONLY = 0o600
PRIVATE_FOLDER = 0o700


def write_private(path: Path, text: str) -> None:
    """Write *text* to *path* so that no other user can read it, not even for a moment.

    A reader sees all of it or what was there before. Missing folders are made.
    """
    with private_draft(path, text) as draft:
        draft.replace(path)


@contextmanager
def private_draft(path: Path, text: str) -> Iterator[Path]:
    """Write *text* beside *path*, for its owner only: a file to be moved, or gone at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with drafted(path) as draft:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        yield draft


@contextmanager
def drafted(path: Path, draft: Path | None = None) -> Iterator[Path]:
    """Give the name of a file beside *path*, which is no more at the end, however that comes.

    *draft*: that name. Default: one that begins with a dot, and is this process's own.
    """
    named = draft or path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield named
    finally:
        named.unlink(missing_ok=True)


def replace(path: Path, content: bytes) -> None:
    """Put *content* in the place of the file *path*, which keeps its mode.

    A reader sees all of it or what was there before.
    """
    with drafted(path) as draft:
        draft.write_bytes(content)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)


def append_private(file: Path, text: str, *, otherwise: str = "chittyos-") -> Path | None:
    """Append *text* to *file*, which only its owner can read; return the file that has it.

    Where *file* cannot be written, that is a temporary file whose name begins with *otherwise*;
    `None` where that cannot be written either, as on a disk that is full.
    """
    for find, place in ((_opened, file), (_temporary, Path(otherwise))):
        with suppress(OSError):
            descriptor, found = find(place)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as opened:
                opened.write(text)
            return found
    return None


def _opened(file: Path) -> tuple[int, Path]:
    file.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY), file


def _temporary(beginning: Path) -> tuple[int, Path]:
    descriptor, name = tempfile.mkstemp(prefix=beginning.name, suffix=".log")
    return descriptor, Path(name)
