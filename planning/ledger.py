"""Which SQL files a database still needs.

A file counts as applied when our ledger has it, with the checksum of what ran, or when
wrangler's `d1_migrations` table has a row of its name. Whatever is wrong is said in one message.
"""

import hashlib
import itertools
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from planning import sql
from planning.refusals import refuse_all

LEDGER = "chittyos_migrations"
WRANGLER_LEDGER = "d1_migrations"

CREATE_LEDGERS = (
    f"CREATE TABLE IF NOT EXISTS {WRANGLER_LEDGER} (id INTEGER PRIMARY KEY AUTOINCREMENT, "
    "name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);\n"
    f"CREATE TABLE IF NOT EXISTS {LEDGER} (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, "
    "applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);"
)
"""Makes both ledgers; wrangler's in the form wrangler itself makes it."""

_NAME = re.compile(r"(\d{3,})_[a-z0-9_]+\.sql")


@dataclass(frozen=True)
class File:
    """One migration: `NNN_what_it_does.sql` and its statements."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the text, 64 hexadecimal digits."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass(frozen=True)
class Ledger:
    """What a database says was applied."""

    checksums: Mapping[str, str]
    """Name to checksum, from our own table."""
    wrangler: frozenset[str] = frozenset()
    """Names in wrangler's table; what ran is not known there."""

    def __contains__(self, name: str) -> bool:
        return name in self.checksums or name in self.wrangler


EMPTY = Ledger({})


def check_files(files: Sequence[File]) -> tuple[File, ...]:
    """Give *files* back in order, or refuse bad names, numbers taken twice, gaps, empty files."""
    ordered = _ordered(files)
    refuse_all(_of_files(files, ordered))
    return ordered


def plan(
    files: Sequence[File], ledger: Ledger, losses: Mapping[str, Sequence[str]] | None = None
) -> tuple[File, ...]:
    """Name the files still to apply, in order.

    Refused is what does not fit the *ledger*, and a file that asks for what D1 cannot give it.
    *losses* are the rows that would go where a file turns foreign keys off, in words, by its name.
    """
    ordered = _ordered(files)
    pending = tuple(file for file in ordered if file.name not in ledger)
    refuse_all(
        [
            *_of_files(files, ordered),
            *_dropped(files, ledger),
            *(fault for file in ordered for fault in _edited(file, ledger)),
            *_out_of_order(ordered, pending),
            *(fault for file in pending for fault in _of_sql(file, losses or {})),
        ]
    )
    return pending


def script(file: File) -> str:
    """Make the one request that runs *file* and enters it in both ledgers."""
    body = file.sql.rstrip()
    if not sqlite3.complete_statement(body):
        body += "\n;"
    return (
        f"{body}\n"
        f"INSERT INTO {LEDGER} (name, sha256) VALUES ('{file.name}', '{file.sha256}');\n"
        f"INSERT INTO {WRANGLER_LEDGER} (name) VALUES ('{file.name}');"
    )


def _number(file: File) -> int | None:
    found = _NAME.fullmatch(file.name)
    return int(found[1]) if found else None


def _ordered(files: Sequence[File]) -> tuple[File, ...]:
    """Sort *files* by their numbers; those without one come first."""
    return tuple(sorted(files, key=lambda file: (_number(file) or 0, file.name)))


def _of_files(files: Sequence[File], ordered: Sequence[File]) -> Iterator[str]:
    for file in files:
        if _number(file) is None:
            yield (
                f"{file.name} is no migration name; call it NNN_what_it_does.sql, with a number of "
                f"at least three digits, small letters, digits and underscores"
            )
        if not file.sql.strip():
            yield f"{file.name} is empty; write its statements or remove it"
    if all(_number(file) is not None for file in files):
        yield from _of_numbers(ordered)


def _of_numbers(ordered: Sequence[File]) -> Iterator[str]:
    for before, after in itertools.pairwise(ordered):
        step = (_number(after) or 0) - (_number(before) or 0)
        if step == 0:
            yield f"{before.name} and {after.name} have the same number; renumber the newer one"
        elif step > 1:
            yield (
                f"nothing stands between {before.name} and {after.name}; renumber, so that the "
                f"order has no gap"
            )


def _dropped(files: Sequence[File], ledger: Ledger) -> Iterator[str]:
    for name in sorted(set(ledger.checksums) - {file.name for file in files}):
        yield (
            f"{name} was applied to the database and its file is gone; restore the file, and undo "
            f"it by a new one"
        )


def _edited(file: File, ledger: Ledger) -> Iterator[str]:
    applied = ledger.checksums.get(file.name)
    if applied is not None and applied != file.sha256:
        yield (
            f"{file.name} was edited after it was applied (sha256 {applied[:12]} ran, the file has "
            f"{file.sha256[:12]}); restore the file and write a new one"
        )


def _out_of_order(files: Sequence[File], pending: Sequence[File]) -> Iterator[str]:
    applied = [file for file in files if file not in pending]
    last = applied[-1] if applied else None
    for file in pending:
        if last and (_number(file) or 0) < (_number(last) or 0):
            yield (
                f"{file.name} is new, but {last.name} after it was applied already; give the new "
                f"file the next free number"
            )


def _of_sql(file: File, losses: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for fault in sql.faults(file.sql):
        yield f"{file.name}: {fault}"
    if sql.turns_foreign_keys_off(file.sql):
        rows = ", ".join(losses.get(file.name, ())) or "no row yet"
        yield (
            f"{file.name}: PRAGMA foreign_keys=OFF means nothing within the transaction in which "
            f"D1 runs a file, so that DROP TABLE takes along what refers to the table, here "
            f"{rows}; remove the PRAGMA, and change the table by ALTER TABLE, or copy those rows "
            f"aside before the DROP and back after it"
        )
