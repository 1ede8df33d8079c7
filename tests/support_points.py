"""Points of Analytics Engine in a file of their own, and the local SQL API that answers over it."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx

from local.api.analytics import formats
from local.api.analytics.query_parser import parse
from local.api.analytics.translate import translate
from local.api.analytics.typed_expressions import STRING, InvalidQueryError
from local.runtime.analytics.query import datasets, select

NOW = datetime(2026, 11, 29, 12, 0, 0, tzinfo=UTC)

_COLUMNS = ", ".join(
    (
        *("dataset TEXT", "timestamp INTEGER", "index1 TEXT", "_sample_interval INTEGER"),
        *(f"blob{number} TEXT" for number in range(1, 21)),
        *(f"double{number} REAL" for number in range(1, 21)),
    )
)
_INSERT = f"INSERT INTO points VALUES ({', '.join('?' * 44)})"  # noqa: S608 - places alone

Point = tuple[str, int, int, Sequence[str], Sequence[float]]
"""Dataset, seconds ago, weight, blobs, doubles."""


def points_file(folder: Path, points: Iterable[Point]) -> Path:
    """Keep *points* as the worker of the runtime does."""
    file = folder / "points.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE points ({_COLUMNS})")
        for dataset, ago, weight, blobs, doubles in points:
            head = (dataset, int(NOW.timestamp()) - ago, blobs[0], weight)
            filled = (*blobs, *[""] * (20 - len(blobs)), *doubles, *[0.0] * (20 - len(doubles)))
            connection.execute(_INSERT, (*head, *filled))
        connection.commit()
    return file


def answer(file: Path, sql: str) -> str:
    """Answer *sql* in JSON over the points in *file*, at `NOW`."""
    known = datasets(file, NOW)
    if sql.startswith("SHOW TABLES"):
        rows = [(name, "dataset") for name in known]
        return formats.write("JSON", (("dataset", STRING), ("type", STRING)), rows)[1]
    selected = translate(parse(sql), known)
    return formats.write("JSON", selected.columns, select(file, selected.sql, NOW))[1]


def sql_api(file: Path) -> httpx.MockTransport:
    """Answer as the SQL API does, over the points in *file*."""

    def answering(request: httpx.Request) -> httpx.Response:
        try:
            return httpx.Response(200, text=answer(file, request.content.decode()))
        except InvalidQueryError as error:
            return httpx.Response(422, text=str(error))

    return httpx.MockTransport(answering)
