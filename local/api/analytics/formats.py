"""How the rows of an answer are written: JSON, JSONEachRow, TabSeparated."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.json_types import Json
from local.api.analytics.typed_expressions import DATE, WIDE, array, invalid

Columns = Sequence[tuple[str, str]]
Rows = Sequence[Sequence[Any]]

DAY = len("2026-11-29")
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"}


def write(form: str, columns: Columns, rows: Rows) -> tuple[str, str]:
    """Return the content type and the text of *rows* in the format *form*."""
    writer = FORMATS.get(form)
    if writer is None:
        raise invalid(f"unsupported format: {form}; there are {', '.join(FORMATS)}")
    content_type, written = writer
    return content_type, written(columns, [_values(columns, row) for row in rows])


def _values(columns: Columns, row: Sequence[Any]) -> list[Any]:
    return [_value(kind, value) for (_, kind), value in zip(columns, row, strict=True)]


def _value(kind: str, value: Any) -> Any:
    """Write one value as ClickHouse has it in JSON."""
    if kind.startswith(array("").removesuffix(")")):
        inner = kind.removeprefix("Array(").removesuffix(")")
        return [_value(inner, each) for each in json.loads(value)]
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if kind in WIDE:
        return str(int(value))
    return value[:DAY] if kind == DATE else value


def _as_json(columns: Columns, rows: Rows) -> str:
    answer: Json = {
        "meta": [{"name": name, "type": kind} for name, kind in columns],
        "data": [_named(columns, row) for row in rows],
        "rows": len(rows),
        "rows_before_limit_at_least": len(rows),
    }
    return json.dumps(answer, ensure_ascii=False)


def _as_lines(columns: Columns, rows: Rows) -> str:
    return "".join(json.dumps(_named(columns, row), ensure_ascii=False) + "\n" for row in rows)


def _named(columns: Columns, row: Sequence[Any]) -> Json:
    return {name: value for (name, _), value in zip(columns, row, strict=True)}


def _as_table(_: Columns, rows: Rows) -> str:
    return "".join("\t".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return "nan"
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return "".join(ESCAPES.get(letter, letter) for letter in str(value))


FORMATS: Mapping[str, tuple[str, Callable[[Columns, Rows], str]]] = {
    "JSON": ("application/json", _as_json),
    "JSONEachRow": ("application/x-ndjson", _as_lines),
    "TabSeparated": ("text/tab-separated-values", _as_table),
}
