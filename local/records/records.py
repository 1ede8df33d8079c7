"""Records of the local Cloudflare: one SQLite file that survives `kill -9`.

A record is a JSON object under a kind and a key. Records of one kind come back in the order in
which they were made. Changes happen in transactions; a failed one leaves nothing behind.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from common.json_types import Json
from local.errors import RESET, LocalError

SCHEMA_VERSION = 1
PRIMARY = 0xFF
"""The part of an error code of SQLite that says what failed; the rest says how."""

OF_THE_DISK = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""What fails with records that are whole."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (kind, key)
)
"""


class Kind(StrEnum):
    """What a record describes. Not a resource type of any API: several may share one kind."""

    SCRIPT = "script"
    WORKER = "worker"
    VERSION = "version"
    DEPLOYMENT = "deployment"
    DURABLE_OBJECT = "durable_object"
    SCHEDULES = "schedules"
    DOMAIN = "domain"
    ROUTE = "route"
    KV_NAMESPACE = "kv_namespace"
    DATABASE = "database"
    MOMENT = "d1_moment"
    BUCKET = "bucket"
    QUEUE = "queue"
    CONSUMER = "consumer"
    RULESET = "ruleset"
    LIST = "list"
    LIST_OPERATION = "list_operation"
    TUNNEL = "tunnel"
    TUNNEL_CONFIGURATION = "tunnel_configuration"
    DNS_RECORD = "dns_record"
    NOTIFICATION = "notification"
    WEBHOOK = "webhook"
    ACCESS_APPLICATION = "access_application"
    ACCESS_POLICY = "access_policy"
    ACCESS_GROUP = "access_group"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a kind
    ACCESS_ORGANIZATION = "access_organization"
    ZONE_PLAN = "zone_plan"
    ZONE_SETTING = "zone_setting"
    ZONE_SWITCH = "zone_switch"
    HOSTNAME_TLS = "hostname_tls"
    CERTIFICATE_PACK = "certificate_pack"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    PAGER = "pager"
    DISPATCH = "dispatch"
    MAIL = "mail"
    RECEIVED = "received"
    MONITOR = "load_balancer_monitor"
    POOL = "load_balancer_pool"
    BALANCER = "load_balancer"
    HEALTH_CHECK = "health_check"
    HEALTH = "health"
    ACCOUNT = "account"
    PROGRAM = "program"
    DATA_IDENTITY = "generation"  # its name in every file there is


class RecordsError(LocalError):
    """The records cannot be used; the message says why and what to do."""


class FullError(RecordsError):
    """There is no room for the records; nothing was changed."""


@dataclass
class Change:
    """What one transaction did: the bodies before and after, by kind and key."""

    before: dict[tuple[Kind, str], Json | None] = field(default_factory=dict)
    after: dict[tuple[Kind, str], Json | None] = field(default_factory=dict)


class Records:
    """The records in one file. One process holds it; calls never wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._change: Change | None = None
        self._open()

    def _open(self) -> None:
        with self._readable():
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._prepare()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise RecordsError(
                f"{self._path} has records of form {version}, this program reads {SCHEMA_VERSION}; "
                "run `make reset` to start anew, or use the program that wrote them"
            )
        (verdict,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        self._db.execute(SCHEMA)
        self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def _run(self, sql: str, *values: str) -> list[Any]:
        """Run one statement and fetch its rows."""
        with self._readable():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn an error of SQLite into a sentence with the way out."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & PRIMARY
            if code == sqlite3.SQLITE_FULL:
                raise FullError(f"{self._path} cannot grow: {error}") from error
            if code in OF_THE_DISK:
                remedy = "see to its disk and its permissions"
                raise RecordsError(f"{self._path} cannot be used: {error}; {remedy}") from error
            raise self.damaged(str(error)) from error

    def damaged(self, what: str) -> RecordsError:
        """Make the error for records that cannot be read."""
        return RecordsError(f"{self._path} is damaged: {' '.join(what.split())}; {RESET}")

    def close(self) -> None:
        self._db.close()

    def restore(self) -> bool:
        """Write the file again if somebody deleted it; return whether that was so.

        The system keeps a deleted file for who has it open.
        """
        if self._path.exists() or self._change is not None:
            return False
        draft = self._path.with_name(f".{self._path.name}.restored")
        with self._readable(), closing(sqlite3.connect(draft)) as copy:
            self._db.backup(copy)
        self._db.close()
        for suffix in ("-wal", "-shm"):  # of the deleted file: they do not fit the new one
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        draft.replace(self._path)
        self._open()
        return True

    def get(self, kind: Kind, key: str) -> Json | None:
        rows = self._run("SELECT body FROM records WHERE kind = ? AND key = ?", kind, key)
        return self._parsed(kind, rows[0][0]) if rows else None

    def all(self, kind: Kind) -> list[Json]:
        rows = self._run("SELECT body FROM records WHERE kind = ? ORDER BY rowid", kind)
        return [self._parsed(kind, body) for (body,) in rows]

    @property
    def changes(self) -> int:
        """How many changes there were since the file was opened."""
        return self._db.total_changes

    def empty(self) -> bool:
        """Whether nothing was ever kept here."""
        return not self._run("SELECT 1 FROM records LIMIT 1")

    def _parsed(self, kind: Kind, body: str) -> Json:
        try:
            record = json.loads(body)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise self.damaged(f"a record of a {kind} is no JSON object")
        return record

    def put(self, kind: Kind, key: str, body: Json) -> Json:
        self._note(kind, key, body)
        self._run(
            "INSERT INTO records (kind, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            kind,
            key,
            json.dumps(body, ensure_ascii=False),
        )
        return body

    def remove(self, kind: Kind, key: str) -> None:
        self._note(kind, key, None)
        self._run("DELETE FROM records WHERE kind = ? AND key = ?", kind, key)

    def _note(self, kind: Kind, key: str, after: Json | None) -> None:
        if self._change is None:
            raise RecordsError("records change in a transaction only")
        self._change.before.setdefault((kind, key), self.get(kind, key))
        self._change.after[(kind, key)] = after

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[Change]:
        """Change records; all of it on leaving, nothing on an error.

        *keep* false rolls back in any case: what would be is seen inside only.
        """
        self._run("BEGIN IMMEDIATE")
        self._change = Change()
        try:
            yield self._change
            self._run("COMMIT" if keep else "ROLLBACK")
        except BaseException:
            if self._db.in_transaction:  # SQLite ends it by itself when the disk fails
                self._db.execute("ROLLBACK")
            raise
        finally:
            self._change = None

    def undo(self, change: Change) -> None:
        """Put back what *change* found, but for records that were changed again since."""
        with self.transaction():
            for (kind, key), before in change.before.items():
                if self.get(kind, key) != change.after[(kind, key)]:
                    continue
                if before is None:
                    self.remove(kind, key)
                else:
                    self.put(kind, key, before)
