"""What a bundle was made from, so that esbuild runs again only where something of it has changed.

All of it is compared by content: the modules, the names beside them and above them (a new file may
come in the place of one), what steers how imports are resolved, and the bundler itself.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from common.files import replace

SETTLED_SECONDS = 2
"""How long nothing may have changed before a bundle began: what changes while it is made may have
been read before or after, and some file systems tell time by two seconds."""


@dataclass(frozen=True)
class Record:
    """A bundle that was made, and from what."""

    made_from: str
    """Digest of everything that it depends on."""

    inputs: tuple[str, ...]
    """Its modules, relative to the root."""

    sha256: str
    """Checksum of the module that it became."""

    exports: tuple[str, ...]
    """Names that the module exports."""

    def write(self, path: Path) -> None:
        """Keep it at *path*, whole or not at all."""
        replace(path, json.dumps(asdict(self)).encode())


def still_true(path: Path, root: Path, facts: Iterable[str], module: Path) -> Record | None:
    """Return the record at *path* where *module* is what would be made again, else `None`.

    *facts*: what else it depends on.
    """
    try:
        kept = json.loads(path.read_text("utf-8"))
        known = Record(
            **{**kept, "inputs": tuple(kept["inputs"]), "exports": tuple(kept["exports"])}
        )
        same = known.made_from == digest(root, known.inputs, facts)
        return known if same and known.sha256 == _sha256(module) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def record_of(
    meta: Mapping[str, Any], root: Path, facts: Iterable[str], sha256: str, began: float
) -> Record | None:
    """Return what esbuild's *meta* says of a bundle; `None` where it cannot be relied upon.

    So it is where a module lies outside *root*, or something changed since shortly before *began*
    (seconds since 1970).
    """
    inputs = tuple(sorted(name for name in meta["inputs"] if (root / name).is_file()))
    if any(name.startswith(("/", "../")) for name in inputs):
        return None
    files = [root / name for name in inputs]
    places = [*files, *_folders(root, files)]
    if any(place.stat().st_mtime > began - SETTLED_SECONDS for place in places):
        return None
    exports = {name for made in meta["outputs"].values() for name in made.get("exports", ())}
    return Record(digest(root, inputs, facts), inputs, sha256, tuple(sorted(exports)))


def digest(root: Path, inputs: Iterable[str], facts: Iterable[str]) -> str:
    """Name one state of the modules *inputs* below *root*, of what is around them, and *facts*."""
    files = [root / name for name in inputs]
    total = hashlib.sha256()
    for text in (*facts, *_around(root, files)):
        total.update(text.encode() + b"\0")
    for file in files:
        total.update(f"{file.relative_to(root)}\0{_sha256(file)}\0".encode())
    return total.hexdigest()


def _around(root: Path, files: Iterable[Path]) -> Iterator[str]:
    """Give the names in every folder of *files* up to *root*, and what steers imports there."""
    for folder in _folders(root, files):
        names = sorted(each.name for each in folder.iterdir())
        yield f"{folder.relative_to(root)}\0{'/'.join(names)}"
        yield from (f"{name}\0{_sha256(folder / name)}" for name in names if _steers(name))


def _folders(root: Path, files: Iterable[Path]) -> list[Path]:
    """List the folders of *files* and those above, up to *root*."""
    found = {file.parent for file in files}
    for folder in tuple(found):
        while folder != root and folder.parent not in found:
            folder = folder.parent  # noqa: PLW2901 - climbs until somebody was there before
            found.add(folder)
    return sorted(found)


def _steers(name: str) -> bool:
    begins = name.startswith(("tsconfig", "jsconfig"))
    return name == "package.json" or (begins and name.endswith(".json"))


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
