"""Places in a bundle, as places in the files that it was made from.

An upload brings the map in a comment at the end of the module, as `components/bundling.mjs` writes
it, or in a file beside it, as wrangler sends it. Form: https://tc39.es/ecma426/.
"""

import base64
import binascii
import bisect
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from local.records.model import Cloud, Worker

MEDIA_TYPE = "application/source-map"
INLINE = re.compile(rb"//# sourceMappingURL=data:application/json[^,\n]*;base64,([\w+/=]+)\s*$")
PLACE = re.compile(
    r"(?:file:///bundle/)?(?P<module>[\w./-]+\.[cm]?js):(?P<line>\d+):(?P<column>\d+)"
)
"""A place as the runtime writes it; from 2026-11-17 on (`new_module_registry`) it is an address."""

DIGITS = {
    letter: value
    for value, letter in enumerate(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    )
}
MORE, BITS = 32, 5
"""What a digit says beside its value: whether another follows; and how many bits it has."""

Position = tuple[int, str, int, int]
"""Column in the bundle; file, line and column there. All begin at 0."""

Lines = list[list[Position]]

REFUSAL = re.compile(r"^worker (?P<name>[\w-]+): ")
"""How a line of the runtime's begins that says which worker it did not start."""


def places_in(cloud: Cloud, worker: str, text: str) -> str:
    """Return *text* with the places in the bundle of *worker* as those somebody wrote."""
    found = [each for each in cloud.workers if each.name == worker]
    return mapped(text, found[0]) if found else text


def places_in_refusal(cloud: Cloud, message: str) -> str:
    """Do the same with the message of a start that failed: its lines say whose they are."""
    worker, lines = "", []
    for line in message.split("\n"):
        if named := REFUSAL.match(line):
            worker = named["name"]
        lines.append(places_in(cloud, worker, line))
    return "\n".join(lines)


def mapped(text: str, worker: Worker) -> str:
    """Return *text* with the places of the modules of *worker* as those somebody wrote.

    What no map says anything of stays as it is.
    """

    def place(found: re.Match[str]) -> str:
        lines = _lines_of(worker, found["module"])
        origin = _origin(lines, int(found["line"]) - 1, int(found["column"]) - 1)
        return origin or found[0]

    return PLACE.sub(place, text)


def _lines_of(worker: Worker, name: str) -> Lines:
    files = {module.name: module for module in worker.modules}
    module = files.get(name.removeprefix("./"))
    if module is None:
        return []
    beside = files.get(f"{module.name}.map")
    apart = beside.path if beside and beside.content_type == MEDIA_TYPE else None
    return _read(module.path, apart)


@lru_cache(maxsize=32)
def _read(module: Path, apart: Path | None) -> Lines:
    """Read the map of a module, whose content never changes; nothing where it has none."""
    try:
        text = apart.read_bytes() if apart else _inline(module.read_bytes())
        given = json.loads(text)
        return list(_decoded(given["mappings"], given["sources"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError, binascii.Error):
        return []


def _inline(module: bytes) -> bytes:
    found = INLINE.search(module)
    return base64.b64decode(found[1]) if found else b""


def _decoded(mappings: str, sources: list[str]) -> Iterator[list[Position]]:
    """Read the positions of each line; all but the column go on from the ones before."""
    source = line = column = 0
    for group in mappings.split(";"):
        positions, start = [], 0
        for segment in group.split(",") if group else ():
            steps = _numbers(segment)
            start += steps[0]
            if len(steps) > 1:
                source, line, column = source + steps[1], line + steps[2], column + steps[3]
                positions.append((start, sources[source], line, column))
        yield positions


def _numbers(segment: str) -> list[int]:
    """Read numbers of five bits a digit, the lowest first; the lowest bit of all is the sign."""
    found, value, shift = [], 0, 0
    for letter in segment:
        digit = DIGITS[letter]
        value |= (digit & (MORE - 1)) << shift
        shift += BITS
        if not digit & MORE:
            found.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    return found


def _origin(lines: Lines, line: int, column: int) -> str | None:
    """Find what the last position at or before *column* was made from."""
    if not 0 <= line < len(lines):
        return None
    at = bisect.bisect_right(lines[line], column, key=lambda position: position[0]) - 1
    if at < 0:
        return None
    _, source, from_line, from_column = lines[line][at]
    return f"{source}:{from_line + 1}:{from_column + 1}"
