"""Stamps: a step runs again only when what it was made from has changed."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """Name one state of *files* and *facts*."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    for fact in facts:
        total.update(fact.encode() + b"\0")
    return total.hexdigest()


class Stamp:
    """Remembers in a file what something was made from."""

    def __init__(self, path: Path, value: str) -> None:
        self._path = path
        self._value = value

    def holds(self) -> bool:
        """Whether the thing was made from exactly this."""
        return self._path.is_file() and self._path.read_text() == self._value

    def set(self) -> None:
        """Remember, once the thing is complete."""
        self._path.write_text(self._value)
