"""What Durable Objects keep: looked at in their files while they run, and never written."""

import math
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from common.json_types import Json
from local.records.model import RefusedError
from local.runtime.configuration.storage import object_id

SUFFIX = ".sqlite"
MOST_ROWS = 10_000
LONGEST_SECONDS = 10.0
STEPS = 10_000
"""Instructions of SQLite between two looks at the clock."""

READING = {
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_SELECT,
}
PRAGMAS = {
    "foreign_key_list",
    "index_info",
    "index_list",
    "table_info",
    "table_list",
    "table_xinfo",
}


def stored_objects(folder: Path) -> list[str]:
    """Return the ids of the objects in *folder*, that of a namespace, in order."""
    files = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    return [file.name.removesuffix(SUFFIX) for file in files if _is_id(file.stem)]


def named(folder: Path, name: str) -> str:
    """Return the id of the object *name* of the namespace whose folder is *folder*."""
    return object_id(folder.name, name)


def query(folder: Path, object_id: str, statements: Iterable[Json]) -> list[Json]:
    """Run reading *statements*, `{sql, params}`, on one object: `[{columns, rows, meta}]`.

    A BLOB comes as a list of bytes. Raises `RefusedError` where there is no such object, and for
    what SQLite refuses: writing, other files, more than `MOST_ROWS` rows or `LONGEST_SECONDS`.
    """
    file = folder / f"{object_id}{SUFFIX}"
    if not _is_id(object_id) or not file.is_file():
        raise RefusedError(f"there is no stored object {object_id!r} in this namespace")
    try:
        with closing(_opened(file)) as connection:
            return [_run(connection, each["sql"], each["params"]) for each in statements]
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise RefusedError(f"{error}; only reading is possible here") from error


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.set_authorizer(_authorize)
    ends = time.monotonic() + LONGEST_SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > ends), STEPS)
    return connection


def _authorize(action: int, first: str | None, *_: str | None) -> int:
    """Let a statement read, and nothing else: a file could be attached or written, too."""
    is_asking = action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in PRAGMAS
    return sqlite3.SQLITE_OK if action in READING or is_asking else sqlite3.SQLITE_DENY


def _run(connection: sqlite3.Connection, sql: str, params: list[Any]) -> Json:
    cursor = connection.execute(sql, params)
    rows = cursor.fetchmany(MOST_ROWS + 1)
    if len(rows) > MOST_ROWS:
        raise RefusedError(f"the statement has more than {MOST_ROWS} rows; give it a LIMIT")
    return {
        "columns": [column[0] for column in cursor.description or ()],
        "rows": [[_shown(value) for value in row] for row in rows],
        "meta": {"rows_read": len(rows), "rows_written": 0},
    }


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return list(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_id(text: str) -> bool:
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)  # noqa: PLR2004
