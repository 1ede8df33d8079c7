"""Whether records and data belong together: an id that both were given at their first start.

The engine believes the records. When the data below them was deleted, or the records were, it
sees nothing to do; so that is reported until a reset lets both begin anew.
"""

import secrets
from pathlib import Path

from common.files import PRIVATE_FOLDER, write_private
from common.json_types import Json
from local.errors import RESET
from local.records.records import Kind, Records

STATE = "state"
"""Folder of the runtime that holds the data; the mark lies in it and goes with it."""

MARK = "generation"
KEY = "runtime"
ID_BYTES = 16


def check(records: Records, runtime: Path) -> str | None:
    """Return a sentence when *records* and the data in *runtime* do not belong together.

    New ones are given one id first.
    """
    mark = runtime / STATE / MARK
    known = records.get(Kind.DATA_IDENTITY, KEY) or _begin(records, mark)
    if mark.is_file() and mark.read_text(errors="replace") == known.get("id"):
        return None
    return (
        f"the data in {runtime} and the records of what was deployed do not belong together: one "
        f"was deleted or replaced, so something is lost that `make up` takes for there; {RESET}"
    )


def _begin(records: Records, mark: Path) -> Json:
    """Make the id; the data gets it unless it is of other records."""
    ours = _may_be_ours(records, mark)
    with records.transaction():
        known = records.put(Kind.DATA_IDENTITY, KEY, {"id": secrets.token_hex(ID_BYTES)})
        if ours:
            mark.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
            write_private(mark, known["id"])
    return known


def _may_be_ours(records: Records, mark: Path) -> bool:
    """Whether the data is new, or as old as records from before there were marks."""
    if mark.exists():  # a start was killed between the mark and its record, or records are gone
        return records.empty() and list(mark.parent.iterdir()) == [mark]
    return records.empty() or mark.parent.exists()
