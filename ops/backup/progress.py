"""How far a copy is, for who watches and for the manifest."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Copied:
    """What was copied so far."""

    entries: int = 0
    bytes: int = 0
    notes: tuple[str, ...] = ()
    """What is not in the copy, and why."""

    def add(self, size: int, entries: int = 1) -> None:
        """Count *entries* more, of *size* bytes together."""
        self.entries += entries
        self.bytes += size


Tell = Callable[[Copied], None]
"""Hears now and again how far it is."""


def sized(count: int) -> str:
    """Write a number of bytes for people."""
    size = float(count)
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:  # noqa: PLR2004 - the next unit
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
