"""Files that are seen whole or not at all, and files that only their owner may read."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

OWNER_ONLY = 0o600
PRIVATE_FOLDER = 0o700


def write_private(path: Path, text: str) -> None:
    """Write *text* to *path* so that no other user can read it, not even for a moment.

    A reader sees all of it or what was there before. Missing folders are made.
    """
    draft = private_draft(path, text)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def private_draft(path: Path, text: str) -> Path:
    """Write *text* beside *path*, for its owner only; return that file, to be moved or removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft_of(path)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return draft


def replace(path: Path, content: bytes) -> None:
    """Put *content* in the place of the file *path*, which keeps its mode.

    A reader sees all of it or what was there before.
    """
    draft = _draft_of(path)
    try:
        draft.write_bytes(content)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


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


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
