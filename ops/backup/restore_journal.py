"""How far a restore is, so that the same command goes on where one before it was stopped."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.files import write_private

NOTES = "notes"
"""Key of the file beside those of stores: what could not be brought back."""


class Journal:
    """How far one backup is restored into one stack, in a file of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines: dict[str, int] = {}
        self._notes: dict[str, list[str]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            self._read()

    @classmethod
    def of(cls, folder: Path, account: str, stack: str, manifest: str) -> "Journal":
        """Return the journal of the backup whose manifest has this text, for *stack*."""
        named = hashlib.sha256(f"{account} {stack} {manifest}".encode()).hexdigest()
        return cls(folder / f"{named}.json")

    @property
    def age(self) -> timedelta | None:
        """How long ago it was written last. `None`: nothing is noted."""
        if not self._lines:
            return None
        written = datetime.fromtimestamp(self._file.stat().st_mtime, UTC)
        return datetime.now(UTC) - written

    def __contains__(self, store: str) -> bool:
        return store in self._lines

    def lines(self, store: str) -> int:
        """Return the lines of *store* that are done; 0 where none is."""
        return self._lines.get(store, 0)

    def notes(self, store: str) -> tuple[str, ...]:
        """Return what of those lines could not be brought back, and why."""
        return tuple(self._notes.get(store, ()))

    def write(self, store: str, lines: int, notes: Sequence[str] = ()) -> None:
        """Note that *lines* of *store* are done; 0: that what is in it is this restore's.

        *notes*: what of them could not be brought back, a sentence each. Default: all was.
        """
        self._lines[store] = lines
        self._notes[store] = [*notes]
        self.keep()

    def keep(self) -> None:
        """Have the file say what is done: after `ignore`, nothing."""
        notes = {store: said for store, said in self._notes.items() if said}
        write_private(self._file, json.dumps({**self._lines, **({NOTES: notes} if notes else {})}))

    def ignore(self) -> None:
        """Take nothing as done; the file says so from the next `keep` on."""
        self._lines.clear()
        self._notes.clear()

    def remove(self) -> None:
        """Forget it: all is done."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> None:
        written = json.loads(self._file.read_text())
        notes = {str(store): [*map(str, said)] for store, said in written.pop(NOTES, {}).items()}
        self._lines = {str(store): int(lines) for store, lines in written.items()}
        self._notes = notes
