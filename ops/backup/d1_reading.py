"""Rows of a D1 database as SQL writes them, read by queries.

Cloudflare's own export stops the database meanwhile, takes numbers through JavaScript (a 64-bit
integer loses digits, 1.0 becomes 1) and refuses a database with virtual tables. SQLite itself
writes each value here (`quote`), so that it comes back as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from common.json_types import Json
from ops.backup import d1_search
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.errors import OpsError

LONG = 30_000
"""Bytes from which on a value is read in parts of as many: D1 takes 100,000 in a statement."""

SHORT = 200
"""Bytes of the first part. It tells a row from others, where a column is unique."""

AT_ONCE_BYTES = 4_000_000
"""A database up to this size is read at one moment."""

FEWEST, MOST = 10, 2_000
A_PAGE_BYTES = 2_000_000
MARK = "~"
"""Begins what stands for a long value; no value begins so."""

OBJECTS = r"""
SELECT type, name, tbl_name, sql FROM sqlite_schema
WHERE sql IS NOT NULL AND name NOT LIKE '\_cf\_%' ESCAPE '\' ORDER BY rowid
"""
SEQUENCE = "sqlite_sequence"
ROW_IDS = ("rowid", "_rowid_", "oid")
KEPT = ("index", "trigger", "view")
SEARCHED = (d1_search.SEARCH, d1_search.WORDS)


@dataclass(frozen=True)
class Table:
    """A table, and how its rows are told apart."""

    name: str
    sql: str
    columns: tuple[str, ...]
    """Columns that are kept; computed ones are not among them."""

    keys: tuple[str, ...]
    """What its rows are in order by: its row id, or the primary key of one `WITHOUT ROWID`."""

    row_id: bool

    then: tuple[str, ...] = ()
    """Statements that follow its making, of a virtual one. Default: none."""


@dataclass(frozen=True)
class Long:
    """A value that is read in parts: *type* is text or blob."""

    type: str


Value = str | Long


@dataclass(frozen=True)
class Row:
    """A row: its values as SQL, and those of its keys."""

    values: tuple[Value, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Schema:
    """What a database is made of, in the order in which it is made."""

    tables: tuple[Table, ...]
    others: tuple[tuple[str, str, str], ...]
    """Indexes, triggers and views: kind, name and SQL."""

    has_sequence: bool
    virtual: tuple[Table, ...] = ()
    """Tables of full-text search. They are made last: some read their rows in other tables."""

    left_out: tuple[str, ...] = field(default=())
    """Other virtual tables, of which no copy is made."""


class Database:
    """Asks one database."""

    def __init__(self, account: Account, store: Store) -> None:
        self._account = account
        self._store = store
        self._path = f"/d1/database/{store.id}"

    def run(self, *statements: str) -> list[list[list[str | int | None]]]:
        """Run statements in one transaction; return the rows of each."""
        if not statements:
            return []
        asked = {"batch": [{"sql": each} for each in statements]}
        told = self._account.result("POST", f"{self._path}/raw", json=asked)
        return [each["results"]["rows"] for each in told]

    def ask(self, path: str = "", method: str = "GET", **sent: object) -> Json:
        """Ask for something else of the database."""
        return dict(self._account.result(method, self._path + path, **sent) or {})

    def is_small(self) -> bool:
        """Return whether it may be read at one moment."""
        return int(self.ask().get("file_size") or 0) <= AT_ONCE_BYTES


def schema_of(database: Database) -> Schema:
    """Read what the database is made of."""
    objects, listed = database.run(OBJECTS, "PRAGMA table_list")
    kinds = {str(row[1]): (str(row[2]), bool(row[4])) for row in listed}
    real = [row for row in objects if row[0] == "table" and kinds[str(row[1])][0] == "table"]
    named = [(str(row[1]), str(row[3])) for row in real if row[1] != SEQUENCE]
    described = database.run(*(f"PRAGMA table_xinfo({quoted(name)})" for name, _ in named))
    virtual = {name for name, (kind, _) in kinds.items() if kind == "virtual"}
    made = [(str(row[1]), str(row[3])) for row in objects if row[1] in virtual]
    searched = [each for each in made if d1_search.module(each[1]) in SEARCHED]
    return Schema(
        tables=tuple(
            _table(name, sql, columns, without_row_id=kinds[name][1])
            for (name, sql), columns in zip(named, described, strict=True)
            if not name.startswith("sqlite_")
        ),
        others=tuple(
            (kind, str(row[1]), str(row[3]))
            for kind in KEPT
            for row in objects
            if row[0] == kind and row[2] not in virtual
        ),
        has_sequence=any(row[1] == SEQUENCE for row in objects),
        virtual=tuple(_virtual(database, name, sql) for name, sql in searched),
        left_out=tuple(sorted(virtual - {name for name, _ in searched})),
    )


def _virtual(database: Database, name: str, sql: str) -> Table:
    """Describe a virtual table; one that keeps no rows of its own has no columns."""
    then = tuple(d1_search.after_making(database, name, sql))
    if not d1_search.has_rows(sql):
        return Table(name, sql, (), (d1_search.ROW_ID,), row_id=False, then=then)
    (columns,) = database.run(f"PRAGMA table_xinfo({quoted(name)})")
    kept = (d1_search.ROW_ID, *(str(each[1]) for each in columns if not each[6]))
    return Table(name, sql, kept, (d1_search.ROW_ID,), row_id=False, then=then)


def rows_of(database: Database, table: Table) -> Iterator[list[Row]]:
    """Yield the rows of a table page by page, in the order of its keys."""
    limit, last = 200, None
    while True:
        (rows,) = database.run(select(table, after=last, limit=limit))
        page = [row_of(table, row) for row in rows]
        if page:
            yield page
        if len(page) < limit:
            return
        last = page[-1].keys
        size = sum(len(str(value)) for row in rows for value in row)
        limit = max(FEWEST, min(MOST, limit * A_PAGE_BYTES // max(size, 1)))


def select(table: Table, *, after: tuple[str, ...] | None = None, limit: int | None = None) -> str:
    """Write the query for rows of a table, behind the keys *after* if those are given."""
    asked = ", ".join(
        [*map(_value, table.columns), *(f"quote({quoted(key)})" for key in table.keys)]
    )
    keys = ", ".join(map(quoted, table.keys))
    behind = f" WHERE ({keys}) > ({', '.join(after)})" if after else ""
    cut = f" LIMIT {limit}" if limit else ""
    return f"SELECT {asked} FROM {quoted(table.name)}{behind} ORDER BY {keys}{cut}"


def row_of(table: Table, row: Sequence[str | int | None]) -> Row:
    """Read a row of what `select` asks for."""
    count = len(table.columns)
    return Row(tuple(map(_read, row[:count])), tuple(map(str, row[count:])))


def parts_of(database: Database, table: Table, row: Row, column: str) -> Iterator[str]:
    """Yield a value as hexadecimal digits, a short part first, then longer ones.

    Raises `OpsError` when it is not what it was: somebody writes to the row meanwhile.
    """
    start, length, size = 1, SHORT, None
    while size is None or start <= size:
        part, found = _part(database, table, row, column, (start, length))
        if found is None or found != (size or found):
            raise OpsError(
                f"a row of {table.name} was changed while it was copied; run the same command again"
            )
        yield part
        start, length, size = start + length, LONG, found


def _part(
    database: Database, table: Table, row: Row, column: str, place: tuple[int, int]
) -> tuple[str, int | None]:
    """Return a part of a value, and the bytes of all of it; `None` where the row is gone."""
    keys, value = ", ".join(map(quoted, table.keys)), f"CAST({quoted(column)} AS BLOB)"
    asked = f"hex(substr({value}, {place[0]}, {place[1]})), length({value})"
    where = f"({keys}) = ({', '.join(row.keys)})"
    (found,) = database.run(f"SELECT {asked} FROM {quoted(table.name)} WHERE {where}")
    return (str(found[0][0]), int(found[0][1] or 0)) if found else ("", None)


def quoted(name: str) -> str:
    """Write a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _table(
    name: str, sql: str, columns: list[list[str | int | None]], *, without_row_id: bool
) -> Table:
    names = {str(each[1]).lower() for each in columns}
    kept = tuple(str(each[1]) for each in columns if not each[6])
    primary = sorted((each for each in columns if each[5]), key=lambda each: int(each[5] or 0))
    if without_row_id:
        return Table(name, sql, kept, tuple(str(each[1]) for each in primary), row_id=False)
    free = [each for each in ROW_IDS if each not in names]
    if not free:
        raise OpsError(f"table {name} has columns called {', '.join(ROW_IDS)}; rename one of them")
    return Table(name, sql, kept, (free[0],), row_id=True)


def _value(column: str) -> str:
    """Write a value as SQL does; `quote` would end a text at its first NUL."""
    name = quoted(column)
    size = f"length(CAST({name} AS BLOB))"
    is_cut = f"typeof({name}) = 'text' AND instr({name}, char(0))"
    return (
        f"CASE WHEN {size} > {LONG} THEN '{MARK}' || typeof({name}) "
        f"WHEN {is_cut} THEN 'CAST(X''' || hex({name}) || ''' AS TEXT)' ELSE quote({name}) END"
    )


def _read(value: str | int | None) -> Value:
    text = str(value)
    if not text.startswith(MARK):
        return text
    return Long(text[len(MARK) :])
