"""A D1 database as a file of SQL that makes it anew, and that file run in a database.

The file is run by Cloudflare's import, which keeps all of it or nothing.
"""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from common.json_types import Json
from ops.backup import d1_search
from ops.backup.backup_folder import private_file
from ops.backup.d1_reading import (
    SEQUENCE,
    Database,
    Long,
    Row,
    Schema,
    Table,
    Value,
    parts_of,
    quoted,
    row_of,
    rows_of,
    schema_of,
    select,
)
from ops.backup.progress import Copied, Tell
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.errors import OpsError
from planning.ledger import LEDGER, WRANGLER_LEDGER

LEDGERS = frozenset({LEDGER, WRANGLER_LEDGER})
"""Tables that say which migrations ran: an `up` has filled them in a new database."""

POLL_SECONDS = 1.0
POLLS = 3_600
FOREIGN_KEYS_LATER = "PRAGMA defer_foreign_keys=TRUE;"
MOST_CHARACTERS = 20_000
"""Characters of the values of a statement: D1 takes 100,000 bytes, and a character has up to 4."""

SEQUENCE_TABLE = Table(SEQUENCE, "", ("name", "seq"), ("rowid",), row_id=True)


def is_empty(account: Account, store: Store) -> bool:
    """Return whether no table but the ledgers of migrations has a row."""
    database = Database(account, store)
    schema = schema_of(database)
    kept = (*schema.tables, *(each for each in schema.virtual if each.columns))
    names = [each.name for each in kept if each.name not in LEDGERS]
    counted = database.run(*(f"SELECT EXISTS(SELECT 1 FROM {quoted(each)})" for each in names))
    return not any(rows[0][0] for rows in counted)


def save(account: Account, store: Store, file: Path, tell: Tell) -> Copied:
    """Write statements to *file* that make the database anew; return its rows, and their bytes.

    A small database is read at one moment. A larger one is read page by page, each at a moment of
    its own: what is written meanwhile may be in it or not.
    """
    database, done = Database(account, store), Copied()
    schema = schema_of(database)
    pages = _at_once(database, schema) if database.is_small() else _by_pages(database, schema)
    with private_file(file) as out:
        _line(out, FOREIGN_KEYS_LATER)
        others = iter(schema.others)
        for table, rows in pages:
            if table in schema.virtual:
                _write_others(out, others)
            _write_rows(out, database, table, rows, done)
            tell(done)
        _write_others(out, others)
    done.notes = tuple(_not_in_it(schema))
    return done


def _not_in_it(schema: Schema) -> Iterator[str]:
    """Say which virtual tables, or what of them, a copy does not have."""
    for name in schema.left_out:
        yield f"virtual table {name}: it is made of other tables; make it again by its migration"
    for each in schema.virtual:
        if d1_search.is_empty_again(each.sql):
            yield f"rows of virtual table {each.name}: it keeps words alone; fill it again"


def _write_others(out: BinaryIO, others: Iterator[tuple[str, str, str]]) -> None:
    """Write what is left of indexes, triggers and views: no trigger is there while rows come."""
    for _, _, sql in others:
        _line(out, f"{sql};")


def restore(account: Account, store: Store, file: Path) -> None:
    """Put what *file* has in the place of all that the database has, or change nothing.

    Raises `OpsError` with what D1 refuses.
    """
    database = Database(account, store)
    whole = file.with_suffix(f".{store.id}.import")
    try:
        with private_file(whole) as out, file.open("rb") as lines:
            for sql in _removal(schema_of(database)):
                _line(out, sql)
            for line in lines:
                out.write(line)
        import_file(account, database, whole, store.label)
    finally:
        whole.unlink(missing_ok=True)


def _at_once(database: Database, schema: Schema) -> Iterator[tuple[Table, list[Row] | None]]:
    tables = _tables(schema)
    read = [each for each in tables if each.columns]
    found = dict(zip(read, database.run(*map(select, read)), strict=True))
    for table in tables:
        yield table, None
        yield table, [row_of(table, row) for row in found.get(table, ())]


def _by_pages(database: Database, schema: Schema) -> Iterator[tuple[Table, list[Row] | None]]:
    for table in _tables(schema):
        yield table, None
        if table.columns:
            yield from ((table, page) for page in rows_of(database, table))


def _tables(schema: Schema) -> list[Table]:
    return [*schema.tables, *([SEQUENCE_TABLE] if schema.has_sequence else []), *schema.virtual]


def _write_rows(
    out: BinaryIO, database: Database, table: Table, rows: list[Row] | None, done: Copied
) -> None:
    """Write *rows*; `None` stands for the table itself, which comes before them."""
    if rows is None:
        _line(out, f"{table.sql};" if table.sql else f"DELETE FROM {SEQUENCE};")
        for statement in table.then:
            _line(out, statement)
        return
    for row in rows:
        size = 0
        for statement in _statements(database, table, row):
            size += _line(out, statement)
        done.add(size)


def _statements(database: Database, table: Table, row: Row) -> Iterator[str]:
    """Write a row: at once, and then part by part what is too long for one statement."""
    values = _shortened(row.values)
    long = {
        column: parts_of(database, table, row, column)
        for column, value in zip(table.columns, values, strict=True)
        if isinstance(value, Long)
    }
    written = (
        _cast(next(long[column]), value) if isinstance(value, Long) else value
        for column, value in zip(table.columns, values, strict=True)
    )
    columns = ",".join(map(quoted, table.columns))
    yield f"INSERT INTO {quoted(table.name)} ({columns}) VALUES({','.join(written)});"
    for column, value in zip(table.columns, values, strict=True):
        if isinstance(value, Long):
            yield from _appended(table, row, column, value, long[column])


def _shortened(values: tuple[Value, ...]) -> list[Value]:
    """Have the longest values be read in parts until the others fit into one statement."""
    kept = list(values)
    for index in sorted(range(len(kept)), key=lambda each: -len(str(kept[each]))):
        if sum(len(each) for each in kept if isinstance(each, str)) <= MOST_CHARACTERS:
            break
        literal = kept[index]
        if isinstance(literal, str):
            kept[index] = Long("blob" if literal.startswith("X'") else "text")
    return kept


def _appended(
    table: Table, row: Row, column: str, value: Long, parts: Iterator[str]
) -> Iterator[str]:
    keys, name = ", ".join(map(quoted, table.keys)), quoted(column)
    where = (
        f"{table.keys[0]} = last_insert_rowid()"
        if table.row_id
        else f"({keys}) = ({', '.join(row.keys)})"
    )
    for part in parts:
        joined = f"CAST(CAST({name} AS BLOB) || X'{part}' AS {value.type.upper()})"
        yield f"UPDATE {quoted(table.name)} SET {name} = {joined} WHERE {where};"


def _cast(part: str, value: Long) -> str:
    return f"CAST(X'{part}' AS {value.type.upper()})"


def _line(out: BinaryIO, statement: str) -> int:
    return out.write(statement.encode() + b"\n")


def _removal(schema: Schema) -> Iterator[str]:
    """Write what empties a database: rows first, for one that others refer to holds its table."""
    if schema.left_out:
        listed = ", ".join(schema.left_out)
        raise OpsError(f"the database has virtual tables, which stay: drop {listed} first")
    yield FOREIGN_KEYS_LATER
    yield from (f"DROP TABLE {quoted(each.name)};" for each in reversed(schema.virtual))
    yield from (f"DROP {kind} {quoted(name)};" for kind, name, _ in schema.others)
    yield from (f"DELETE FROM {quoted(each.name)};" for each in schema.tables)
    yield from (f"DROP TABLE {quoted(each.name)};" for each in schema.tables)


def import_file(account: Account, database: Database, file: Path, label: str) -> None:
    """Have D1 run *file*, all of it or nothing. Raises `OpsError` with what it refuses.

    *label*: how the database is called in the message.
    """
    with file.open("rb") as opened:
        etag = hashlib.file_digest(opened, "md5").hexdigest()
    told = database.ask("/import", "POST", json={"action": "init", "etag": etag})
    if told.get("upload_url"):
        sent = account.upload(str(told["upload_url"]), file)
        if sent.is_error or sent.headers.get("etag", "").strip('"') != etag:
            raise OpsError(f"the file for {label} did not arrive whole; run the same command again")
        begun = {"action": "ingest", "etag": etag, "filename": told["filename"]}
        told = database.ask("/import", "POST", json=begun)
    # Without an address D1 has this very file already, and what it told is how far it runs.
    _await(database, told, label)


def _await(database: Database, told: Json, label: str) -> None:
    """Return when D1 has run the file; raise `OpsError` with what it refuses."""
    for _ in range(POLLS):
        if told.get("error") or told.get("success") is False or told.get("status") == "error":
            said = told.get("error") or "; ".join(map(str, told.get("errors") or ["no reason"]))
            raise OpsError(f"D1 refuses the copy of {label}: {said}; the database is as it was")
        if told.get("status") == "complete":
            return
        time.sleep(POLL_SECONDS)
        poll = {"action": "poll", "current_bookmark": told.get("at_bookmark")}
        told = database.ask("/import", "POST", json=poll)
    raise OpsError(f"D1 has not said within an hour that {label} is restored; look at it there")
