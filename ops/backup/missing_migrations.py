"""Which migrations that the stack has applied a database lacks: older backups do not have them."""

from collections.abc import Iterable, Mapping

from common.json_types import Json
from ops.backup.d1_reading import Database, quoted
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account
from ops.engine.resources import short_type
from planning.ledger import LEDGER, WRANGLER_LEDGER

TYPE = "D1Migrations"
FIND = f"SELECT name FROM sqlite_schema WHERE name IN ('{LEDGER}', '{WRANGLER_LEDGER}')"  # noqa: S608 - of this project


def missing(
    account: Account, stores: Iterable[Store], resources: Iterable[Json]
) -> Mapping[Store, list[str]]:
    """Return the files that the state says are applied and the database does not, by database.

    *resources*: of the state. A database that lacks none is not among them.
    """
    applied = dict(map(_applied, (e for e in resources if short_type(e["urn"]) == TYPE)))
    lacking = {
        each: sorted(applied[each.id] - _recorded(Database(account, each)))
        for each in stores
        if each.id in applied
    }
    return {store: names for store, names in lacking.items() if names}


def _applied(resource: Json) -> tuple[str, set[str]]:
    outputs = resource.get("outputs") or {}
    return str(outputs.get("database_id")), set(outputs.get("applied") or ())


def _recorded(database: Database) -> set[str]:
    """Return the names in either ledger of migrations; a new database has none."""
    (ledgers,) = database.run(FIND)
    read = (f"SELECT name FROM {quoted(str(name))}" for (name,) in ledgers)  # noqa: S608 - quoted
    return {str(row[0]) for rows in database.run(*read) for row in rows}
