"""What the provider of D1 migrations does: the ledger in the database, and the files it lacks."""

import logging
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.runtime import rpc

from components.d1_client import Database, QueryError, UnreachableError
from components.d1_references import lost_rows
from planning.ledger import (
    CREATE_LEDGERS,
    EMPTY,
    LEDGER,
    WRANGLER_LEDGER,
    File,
    Ledger,
    plan,
    script,
)
from planning.refusals import RefusedError
from planning.sql import dropped_tables, turns_foreign_keys_off

Props = dict[str, Any]


def check(_olds: Props, news: Props) -> CheckResult:
    """Refuse, in a preview too, what does not fit the ledger of the live database."""
    try:
        if _unknown(news):
            plan(_files(news), EMPTY)
        else:
            pending(_database(news), _files(news))
    except RefusedError as error:
        # Of no property by name: the engine would print its value, every statement of it.
        return CheckResult(news, [CheckFailure("", str(error))])
    return CheckResult(news, [])


def diff(olds: Props, news: Props) -> DiffResult:
    """See a change in files, in the database, or in what the database says was applied."""
    wanted = [(file["name"], file["sha256"]) for file in news["files"]]
    had = [(file["name"], file["sha256"]) for file in olds.get("files") or ()]
    missing = {name for name, _ in wanted} - set(olds.get("applied") or ())
    moved = olds.get("database_id") != news.get("database_id")
    return DiffResult(changes=wanted != had or bool(missing) or moved)


def create(props: Props) -> CreateResult:
    """Apply what is missing."""
    return CreateResult(props["database_id"], _applied(props))


def update(news: Props) -> UpdateResult:
    """Apply what is missing now."""
    return UpdateResult(_applied(news))


def read(id_: str, props: Props) -> ReadResult:
    """Read what the database says was applied."""
    ledger = read_ledger(_database(props))
    applied = [file["name"] for file in props.get("files") or () if file["name"] in ledger]
    return ReadResult(id_, {**props, "applied": applied})


def read_ledger(database: Database) -> Ledger:
    """Read both tables, those that exist."""
    wanted = f"'{LEDGER}', '{WRANGLER_LEDGER}'"
    found = database.query(
        f"SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ({wanted})"  # noqa: S608
    )
    tables = {row["name"] for row in found}
    ours = database.query(f"SELECT name, sha256 FROM {LEDGER}") if LEDGER in tables else []  # noqa: S608
    theirs = (
        database.query(f"SELECT name FROM {WRANGLER_LEDGER}")  # noqa: S608
        if WRANGLER_LEDGER in tables
        else []
    )
    return Ledger(
        {row["name"]: row["sha256"] for row in ours}, frozenset(row["name"] for row in theirs)
    )


def apply(database: Database, files: tuple[File, ...]) -> None:
    """Apply what *files* has beyond the ledger, one request a file. The first failure ends it."""
    missing = pending(database, files)
    if missing:
        database.query(CREATE_LEDGERS)
    for file in missing:
        _apply_one(database, file)


def pending(database: Database, files: tuple[File, ...]) -> tuple[File, ...]:
    """Name the files that *database* still needs; nothing is changed.

    Refused is what does not fit its ledger, or would lose rows that the file means to keep.
    """
    ledger = read_ledger(database)
    unsafe = [f for f in files if f.name not in ledger and turns_foreign_keys_off(f.sql)]
    losses = {file.name: lost_rows(database, dropped_tables(file.sql)) for file in unsafe}
    return plan(files, ledger, losses)


def _apply_one(database: Database, file: File) -> None:
    try:
        database.query(script(file))
    except UnreachableError as error:
        # The answer was lost, not necessarily the request.
        if file.name in read_ledger(database).checksums:
            return
        raise RefusedError(
            f"{file.name} was not applied: {error}; nothing of it is recorded, run again"
        ) from None
    except QueryError as error:
        raise RefusedError(
            f"{file.name} was refused by the database: {error}; none of its statements took "
            f"effect and no file after it was tried; correct the file and run again"
        ) from None


def _applied(props: Props) -> Props:
    # gRPC would print a traceback beside the message.
    logging.getLogger("grpc._server").disabled = True
    apply(_database(props), _files(props))
    return {**props, "applied": [file["name"] for file in props["files"]]}


def _database(props: Props) -> Database:
    return Database(props["base_url"], props["account_id"], props["database_id"])


def _files(props: Props) -> tuple[File, ...]:
    return tuple(File(file["name"], file["sql"]) for file in props["files"])


def _unknown(props: Props) -> bool:
    """Whether database or address is known later: the SDK gives an object of its own for that."""
    given = (props.get("database_id"), props.get("base_url"))
    return any(not isinstance(value, str) or value == rpc.UNKNOWN for value in given)
