"""Which SQL files a database still needs.

A file counts as applied when our ledger has it, with the checksum of what ran, or when
wrangler's `d1_migrations` table has a row of its name.
"""

import hashlib
import itertools
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planning.refusals import RefusedError

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
    """Give *files* back in order, or refuse a bad name, a number taken twice, a gap."""
    ordered = sorted(files, key=_number)
    for before, after in itertools.pairwise(ordered):
        if _number(before) == _number(after):
            raise RefusedError(
                f"{before.name} and {after.name} have the same number; renumber the newer one"
            )
        if _number(after) != _number(before) + 1:
            raise RefusedError(
                f"nothing stands between {before.name} and {after.name}; "
                f"renumber, so that the order has no gap"
            )
    for file in ordered:
        if not file.sql.strip():
            raise RefusedError(f"{file.name} is empty; write its statements or remove it")
    return tuple(ordered)


def plan(files: Sequence[File], ledger: Ledger) -> tuple[File, ...]:
    """Name the files still to apply, in order, or refuse what does not fit the *ledger*."""
    ordered = check_files(files)
    _check_dropped(ordered, ledger)
    for file in ordered:
        _check_edited(file, ledger)
    pending = tuple(file for file in ordered if file.name not in ledger)
    _check_order(ordered, pending)
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


def _number(file: File) -> int:
    found = _NAME.fullmatch(file.name)
    if not found:
        raise RefusedError(
            f"{file.name} is no migration name; call it NNN_what_it_does.sql, "
            f"with a number of at least three digits, small letters, digits and underscores"
        )
    return int(found[1])


def _check_dropped(files: Sequence[File], ledger: Ledger) -> None:
    names = {file.name for file in files}
    for name in sorted(set(ledger.checksums) - names):
        raise RefusedError(
            f"{name} was applied to the database and its file is gone; restore the file, "
            f"and undo it by a new one"
        )


def _check_edited(file: File, ledger: Ledger) -> None:
    applied = ledger.checksums.get(file.name)
    if applied is not None and applied != file.sha256:
        raise RefusedError(
            f"{file.name} was edited after it was applied (sha256 {applied[:12]} ran, the file "
            f"has {file.sha256[:12]}); restore the file and write a new one"
        )


def _check_order(files: Sequence[File], pending: Sequence[File]) -> None:
    applied = [file for file in files if file not in pending]
    if pending and applied and _number(pending[0]) < _number(applied[-1]):
        raise RefusedError(
            f"{pending[0].name} is new, but {applied[-1].name} after it was applied already; "
            f"give the new file the next free number"
        )
