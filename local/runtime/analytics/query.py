"""Reads points of Analytics Engine, in the file that the worker in `service/` writes."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from local.records.model import RefusedError
from local.runtime.analytics.functions import install
from local.runtime.configuration.storage import object_id, unique_key

KEPT_DAYS = 92
"""How long a point is kept: three months, whichever they are."""

DISK = "analytics"
OBJECT = "all"
LONGEST_SECONDS = 10.0
MOST_ROWS = 100_000
STEPS = 10_000
"""Instructions of SQLite between two looks at the clock."""

READING = {sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT}
DATASETS = "SELECT DISTINCT dataset FROM points WHERE timestamp >= ? ORDER BY dataset"


def file_of(disk: Path) -> Path:
    """Return the file in which all points lie; there is none before the first of them."""
    key = unique_key(DISK)
    return disk / key / f"{object_id(key, OBJECT)}.sqlite"


def datasets(file: Path, now: datetime | None = None) -> list[str]:
    """Name the datasets that have a point."""
    if not file.is_file():
        return []
    with closing(_opened(file, now or datetime.now(UTC))) as connection:
        return [name for (name,) in connection.execute(DATASETS, (oldest(now),))]


def select(file: Path, sql: str, now: datetime | None = None) -> list[tuple[Any, ...]]:
    """Run *sql*, a SELECT over `points` as `local.api.analytics` writes it; return its rows.

    Raises `RefusedError` for what fails while it runs, and for more than `MOST_ROWS` rows or
    `LONGEST_SECONDS`.
    """
    try:
        with closing(_opened(file, now or datetime.now(UTC))) as connection:
            rows = connection.execute(sql, {"oldest": oldest(now)}).fetchmany(MOST_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise RefusedError(_said(error)) from error
    if len(rows) > MOST_ROWS:
        raise RefusedError(f"the result has more than {MOST_ROWS:,} rows; give it a LIMIT")
    return rows


def _said(error: Exception) -> str:
    """Say what failed; of a function of ours SQLite says nothing but that it did."""
    said = str(error)
    if said.startswith("user-defined"):
        return "Input was invalid: a function was given a value that it does not take"
    return said


def oldest(now: datetime | None = None) -> int:
    """Return the first second of what is kept."""
    return int(((now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS)).timestamp())


def _opened(file: Path, now: datetime) -> sqlite3.Connection:
    """Open *file* to read; with none there is, what needs no points can be asked all the same."""
    place = f"file:{quote(str(file))}?mode=ro" if file.is_file() else ":memory:"
    connection = sqlite3.connect(place, uri=True)
    connection.text_factory = lambda text: text.decode(errors="replace")
    install(connection, now)
    connection.set_authorizer(_authorize)
    ends = time.monotonic() + LONGEST_SECONDS
    connection.set_progress_handler(lambda: int(time.monotonic() > ends), STEPS)
    return connection


def _authorize(action: int, *_: str | None) -> int:
    """Let a statement read, and nothing else."""
    return sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY
