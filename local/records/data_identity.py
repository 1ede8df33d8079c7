"""Whether records and data belong together: an id that both were given at their first start.

The engine believes the records. When the data below them was deleted it sees nothing to do; so that
is noted in the records until somebody has seen to it. Data of other records is reported until a
reset lets both begin anew.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

from common.files import PRIVATE_FOLDER, write_private
from common.json_types import Json
from local.errors import RESET
from local.records.records import Kind, Records

STATE = "state"
"""Folder of the runtime that holds the data: a mark lies in it and in each of its disks, and goes
with them."""

MARK = "generation"
KEY = "runtime"
ID_BYTES = 16


def check(records: Records, runtime: Path, disks: Iterable[str] = ()) -> str | None:
    """Return a sentence when *records* and the data in *runtime* do not belong together.

    New ones are given one id first. *disks* of it that were deleted are noted as lost, and marked
    again: what lies on them begins empty.
    """
    mark = runtime / STATE / MARK
    known = records.get(Kind.DATA_IDENTITY, KEY) or _begin(records, mark)
    if mark.exists() and not _has(mark, known):
        return (
            f"the data in {runtime} and the records of what was deployed do not belong together: "
            "one was deleted or replaced, so something is lost that `make up` takes for there; "
            f"put it back, or {RESET}"
        )
    every = sorted({*known.get("disks", ()), *disks})
    gone = _gone(known, runtime) if mark.exists() else every
    lost = sorted({*known.get("lost", ()), *gone})
    _mark(known, runtime, every)
    _note(records, {**known, "disks": every, "lost": lost})
    return None


def deleted(records: Records, runtime: Path) -> list[str]:
    """List the disks that were deleted since the start."""
    known = records.get(Kind.DATA_IDENTITY, KEY) or {}
    return _gone(known, runtime)


def lost(records: Records) -> list[str]:
    """List the disks that were lost and that nobody has seen to."""
    return list((records.get(Kind.DATA_IDENTITY, KEY) or {}).get("lost", ()))


def acknowledge(records: Records, disks: Iterable[str]) -> None:
    """Forget that *disks* were lost: what lay on them was made again, or is not missed."""
    known = records.get(Kind.DATA_IDENTITY, KEY) or {}
    _note(records, {**known, "lost": sorted(set(known.get("lost", ())) - set(disks))})


def _begin(records: Records, mark: Path) -> Json:
    """Make the id; the data gets it unless it is of other records."""
    ours = _may_be_ours(records, mark)
    known = {"id": secrets.token_hex(ID_BYTES)}
    _note(records, known)
    if ours:
        _write(mark, known)
    return known


def _may_be_ours(records: Records, mark: Path) -> bool:
    """Whether the data is new, or as old as records from before there were marks."""
    if mark.exists():  # a start was killed between the mark and its record, or records are gone
        return records.empty() and list(mark.parent.iterdir()) == [mark]
    return records.empty() or mark.parent.exists()


def _gone(known: Json, runtime: Path) -> list[str]:
    state = runtime / STATE
    return [disk for disk in known.get("disks", ()) if not _has(state / disk / MARK, known)]


def _has(mark: Path, known: Json) -> bool:
    return mark.is_file() and mark.read_text(errors="replace") == known.get("id")


def _mark(known: Json, runtime: Path, disks: Iterable[str]) -> None:
    state = runtime / STATE
    for mark in (state / MARK, *(state / disk / MARK for disk in disks)):
        if not _has(mark, known):
            _write(mark, known)


def _write(mark: Path, known: Json) -> None:
    mark.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    write_private(mark, str(known["id"]))


def _note(records: Records, known: Json) -> None:
    if records.get(Kind.DATA_IDENTITY, KEY) != known:
        with records.transaction():
            records.put(Kind.DATA_IDENTITY, KEY, known)
