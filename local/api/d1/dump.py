"""A D1 database as one text of SQL, in the order and the form of Cloudflare's own export.

Values are written by SQLite itself, so that none loses a digit on the way through JSON.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from common.json_types import Json

Run = Callable[[Json], Awaitable[list[Json]]]
"""Runs `{batch: [{sql}, …]}` in one transaction, with a result for each."""

OBJECTS = r"""
SELECT type, name, sql FROM sqlite_schema
WHERE sql IS NOT NULL AND name NOT LIKE '\_cf\_%' ESCAPE '\'
ORDER BY type = 'table' DESC, tbl_name = 'sqlite_sequence', type, rowid
"""
SEQUENCE = "sqlite_sequence"
VIRTUAL = "D1 Export error: cannot export databases with Virtual Tables (fts5)"


class NotExportedError(Exception):
    """The database has what an export leaves out."""


@dataclass(frozen=True)
class Options:
    """What of a database is written."""

    schema: bool = True
    data: bool = True
    tables: Collection[str] = ()
    """Default: all."""


async def dump(run: Run, options: Options) -> str:
    """Return the statements that make the database anew, a line each, as long as no text has one.

    Raises `NotExportedError` where it has virtual tables, as Cloudflare refuses them.
    """
    (found,) = await run({"batch": [{"sql": OBJECTS}]})
    objects = [each for each in found["results"] if _is_wanted(each, options)]
    tables = [each for each in objects if each["type"] == "table"]
    if any(each["sql"].upper().startswith("CREATE VIRTUAL") for each in tables):
        raise NotExportedError(VIRTUAL)
    rows = await _rows(run, [each["name"] for each in tables] if options.data else [])
    return "\n".join(_lines(objects, rows, options)) + "\n"


def _is_wanted(each: Json, options: Options) -> bool:
    name, chosen = each["name"], options.tables
    if each["type"] != "table":
        return options.schema and not chosen
    return (not chosen or name in chosen) and (name == SEQUENCE or not name.startswith("sqlite_"))


async def _rows(run: Run, tables: Sequence[str]) -> dict[str, list[str]]:
    """Read the rows of all *tables* at one moment, each as the list of its values in SQL."""
    if not tables:
        return {}
    asked = [{"sql": f"PRAGMA table_xinfo({_quoted(name)})"} for name in tables]
    columns = [_stored(each["results"]) for each in await run({"batch": asked})]
    reads = [{"sql": _select(*each)} for each in zip(tables, columns, strict=True)]
    answers = await run({"batch": reads})
    return {
        name: [_insert(name, own, row["line"]) for row in each["results"]]
        for name, own, each in zip(tables, columns, answers, strict=True)
    }


def _insert(table: str, columns: Iterable[str], values: str) -> str:
    listed = ",".join(map(_quoted, columns))
    return f"INSERT INTO {_quoted(table)} ({listed}) VALUES({values});"


def _stored(columns: Iterable[Json]) -> list[str]:
    """Return the names of the columns that are kept; those that are computed cannot be written."""
    return [each["name"] for each in columns if not each["hidden"]]


def _select(table: str, columns: Sequence[str]) -> str:
    values = " || ',' || ".join(_value(_quoted(each)) for each in columns)
    return f"SELECT {values} AS line FROM {_quoted(table)}"  # noqa: S608 - names are quoted


def _value(column: str) -> str:
    """Write a value as SQL; `quote` would end a text at its first NUL."""
    whole = f"'CAST(X''' || hex({column}) || ''' AS TEXT)'"
    is_cut = f"typeof({column}) = 'text' AND instr({column}, char(0))"
    return f"CASE WHEN {is_cut} THEN {whole} ELSE quote({column}) END"


def _lines(objects: Iterable[Json], rows: dict[str, list[str]], options: Options) -> Iterator[str]:
    yield "PRAGMA defer_foreign_keys=TRUE;"
    for each in objects:
        if options.schema:
            is_sequence = each["name"] == SEQUENCE
            yield "DELETE FROM sqlite_sequence;" if is_sequence else f"{each['sql']};"
        yield from rows.get(each["name"], [])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
