"""Parts of a text that together fit into a limit: lists are cut, what stands around them is not.

Needs nothing but Python.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MORE = "and {} more; the log of the job has them all"
NOTE = len(f"\n\n{MORE.format(99_999)}\n")
"""Characters that are kept free in each part to say how many rows were left out."""


@dataclass(frozen=True)
class Part:
    """A part of a text: rows may be left out from the end, *before* and *after* stay.

    There is a row for each of *things*, which *row* makes: only of those that are shown. Making one
    takes a while, and whoever writes a plan says how many there are.
    """

    things: Sequence[Any] = ()
    row: Callable[[Any], str] = str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def fit(parts: Sequence[Part], limit: int) -> str:
    """Join *parts*, an empty line between them, in *limit* characters.

    The first parts get room for their rows first. Rows are whole lines, and what is left out of a
    part is counted at its end. Raises `ValueError` where not even what has to stay fits.
    """
    room = limit - sum(_size((*part.before, *part.after)) + NOTE for part in parts)
    if room < 0:
        raise ValueError(f"{limit} characters are too few for what has to stay")
    texts = []
    for part in parts:
        kept = _fitting(map(part.row, part.things), room)
        room -= _size(kept)
        left = len(part.things) - len(kept)
        note = ["", MORE.format(left)] if left else []
        texts.append("\n".join([*part.before, *kept, *note, *part.after]))
    return "\n\n".join(texts) + "\n"


def _fitting(rows: Iterable[str], room: int) -> list[str]:
    kept, used = [], 0
    for row in rows:
        used += len(row) + 1
        if used > room:
            break
        kept.append(row)
    return kept


def _size(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)
