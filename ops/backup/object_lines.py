"""Lines of a file with copies of Durable Objects: where each object is, and in which order."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from common.json_types import Json
from ops.backup.backup_folder import private_file


@dataclass(frozen=True)
class Place:
    """Where the lines of one object are in a file."""

    offset: int
    bytes: int
    lines: int
    is_left: bool = False
    """Whether it could not be brought back. Default: it was, or nobody has tried."""


def known_by(copy: Json) -> tuple[str, str]:
    """Return what *copy* is sorted by: the name of its object, or its id where that has none."""
    return str(copy.get("name", "")), str(copy.get("id", ""))


def objects_in(file: Path, begin: int) -> Iterator[Place]:
    """Yield where each object is that begins at line *begin* or later."""
    offset, place = 0, Place(0, 0, 0)
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            if number >= begin:
                if place.lines and not json.loads(line).get("goes_on"):
                    yield place
                    place = Place(offset, 0, 0)
                start = place.offset if place.lines else offset
                place = Place(start, place.bytes + len(line), place.lines + 1)
            offset += len(line)
    if place.lines:
        yield place


def sort(draft: Path, file: Path, places: Sequence[tuple[tuple[str, str], int, int]]) -> None:
    """Write the lines of *draft* to *file* in the order of their names and ids."""
    with draft.open("rb") as lines, private_file(file) as out:
        for _, offset, size in sorted(places):
            lines.seek(offset)
            out.write(lines.read(size))
    draft.unlink()
