"""A note of a value that was made here and may not be everywhere yet: never the value itself."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from common.files import write_private
from ops.paths import Paths
from ops.stack.rotations import Found

DIGEST, BEGUN = "digest", "begun"


@dataclass(frozen=True)
class Note:
    """The note of one rotation of one stack."""

    file: Path

    def begin(self, value: str) -> None:
        """Note that *value* was made now; of one that was noted before, nothing changes."""
        if not self.begun(value):
            now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M %Z")
            write_private(self.file, json.dumps({DIGEST: _digest(value), BEGUN: now}) + "\n")

    def begun(self, value: str) -> str:
        """Return when *value* was made, for people; "" where the note is of no such value."""
        try:
            noted = json.loads(self.file.read_text())
            return str(noted[BEGUN]) if noted[DIGEST] == _digest(value) else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def end(self) -> None:
        """Forget it: the value is everywhere."""
        self.file.unlink(missing_ok=True)


def note_of(paths: Paths, stack: str, found: Found) -> Note:
    """Return the note of the rotation *found* of *stack*, begun or not."""
    return Note(paths.rotations / f"{stack}.{found.namespace}.{found.name}")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
