"""How far a restore is, so that the same command goes on where one before it was stopped."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common.files import write_private


class Journal:
    """How far one backup is restored into one stack, in a file of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines: dict[str, int] = self._read()

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

    def write(self, store: str, lines: int) -> None:
        """Note that *lines* of *store* are done; 0: that what is in it is this restore's."""
        self._lines[store] = lines
        self.keep()

    def keep(self) -> None:
        """Have the file say what is done: after `ignore`, nothing."""
        write_private(self._file, json.dumps(self._lines))

    def ignore(self) -> None:
        """Take nothing as done; the file says so from the next `keep` on."""
        self._lines.clear()

    def remove(self) -> None:
        """Forget it: all is done."""
        self._file.unlink(missing_ok=True)

    def _read(self) -> dict[str, int]:
        try:
            return {
                str(name): int(lines) for name, lines in json.loads(self._file.read_text()).items()
            }
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
