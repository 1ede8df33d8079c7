"""Whether databases have what their migrations make: the tables, and the files in their ledger.

Incident 12: a step that applied migrations read another environment, and previews ran with empty
databases for weeks, while every address answered.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.json_types import Json
from components.d1_client import Database
from components.d1_ledger import read_ledger
from ops.engine.resources import database_names, short_type
from planning.refusals import RefusedError

MIGRATIONS = "D1Migrations"
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
NEVER_GIVEN = "was never given"
"""Stands in a sentence about a file that an `up` can still apply."""

OWN = "sqlite_"
"""Begins the names of tables that SQLite makes by itself."""


@dataclass(frozen=True)
class Expected:
    """What a database of the stack has to have."""

    name: str
    id: str
    files: tuple[str, ...]
    tables: frozenset[str]


def expected(resources: Iterable[Json]) -> Iterator[Expected]:
    """Yield what each database among *resources* has to have by its migrations."""
    resources = list(resources)
    names = database_names(resources)
    for each in resources:
        inputs = each.get("inputs") or {}
        if short_type(each["urn"]) == MIGRATIONS and inputs.get("files"):
            id_, files = str(inputs["database_id"]), inputs["files"]
            tables = _tables(file["sql"] for file in files)
            yield Expected(names.get(id_, id_), id_, tuple(it["name"] for it in files), tables)


def ask_all(api: str, account: str, resources: Iterable[Json]) -> tuple[list[str], list[str]]:
    """Return what databases of *resources* lack, and what could not be asked, in sentences.

    The token comes from CLOUDFLARE_API_TOKEN.
    """
    missing, unknown = [], []
    for each in expected(resources):
        try:
            missing += lacking(each, Database(api, account, each.id))
        except RefusedError as error:
            unknown.append(f"database {each.name} could not be asked: {error}")
    return missing, unknown


def lacking(wanted: Expected, database: Database) -> list[str]:
    """Say what *database* lacks: files in its ledger, and tables that they make.

    Raises `RefusedError` where it does not say.
    """
    ledger = read_ledger(database)
    there = {row["name"] for row in database.query(TABLES)}
    files = [f"{NEVER_GIVEN} {name}" for name in wanted.files if name not in ledger]
    tables = [f"has no table {name}" for name in sorted(wanted.tables - there)]
    return [f"database {wanted.name} {what}" for what in (*files, *tables)]


def _tables(scripts: Iterable[str]) -> frozenset[str]:
    """Return the tables there are after *scripts*; none where one of them cannot run here."""
    made = sqlite3.connect(":memory:")
    try:
        for script in scripts:
            made.executescript(script)
    except sqlite3.Error:
        return frozenset()
    finally:
        listed = {row[0] for row in made.execute(TABLES)}
        made.close()
    return frozenset(name for name in listed if not name.startswith(OWN))
