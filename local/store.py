"""Records of the local Cloudflare: one SQLite file that survives `kill -9`.

A record is a JSON object under a kind and a key. Records of one kind come back in the order in
which they were made. Changes happen in transactions; a failed one leaves nothing behind.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA_VERSION = 1
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
    VERSION = "version"
    DEPLOYMENT = "deployment"
    DURABLE_OBJECT = "durable_object"
    SCHEDULES = "schedules"
    DOMAIN = "domain"
    ROUTE = "route"
    KV_NAMESPACE = "kv_namespace"
    DATABASE = "database"
    BUCKET = "bucket"
    QUEUE = "queue"
    CONSUMER = "consumer"
    ACCOUNT = "account"


class StoreError(Exception):
    """The records cannot be used; the message says why and what to do."""


@dataclass
class Change:
    """What one transaction did: the bodies before and after, by kind and key."""

    before: dict[tuple[Kind, str], Json | None] = field(default_factory=dict)
    after: dict[tuple[Kind, str], Json | None] = field(default_factory=dict)


class Records:
    """The records in one file. One process holds it; calls never wait."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._change: Change | None = None
        self._prepare(path)

    def _prepare(self, path: Path) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            raise StoreError(
                f"{path} has records of form {version}, this program reads {SCHEMA_VERSION}; "
                "run `make reset` to start anew, or use the program that wrote them"
            )
        self._db.execute(SCHEMA)
        self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def close(self) -> None:
        self._db.close()

    def get(self, kind: Kind, key: str) -> Json | None:
        row = self._db.execute(
            "SELECT body FROM records WHERE kind = ? AND key = ?", (kind, key)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: Kind) -> list[Json]:
        rows = self._db.execute("SELECT body FROM records WHERE kind = ? ORDER BY rowid", (kind,))
        return [json.loads(body) for (body,) in rows]

    def put(self, kind: Kind, key: str, body: Json) -> Json:
        self._note(kind, key, body)
        self._db.execute(
            "INSERT INTO records (kind, key, body) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, json.dumps(body, ensure_ascii=False)),
        )
        return body

    def remove(self, kind: Kind, key: str) -> None:
        self._note(kind, key, None)
        self._db.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))

    def _note(self, kind: Kind, key: str, after: Json | None) -> None:
        if self._change is None:
            raise StoreError("records change in a transaction only")
        self._change.before.setdefault((kind, key), self.get(kind, key))
        self._change.after[(kind, key)] = after

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[Change]:
        """Change records; all of it on leaving, nothing on an error.

        *keep* false rolls back in any case: what would be is seen inside only.
        """
        self._db.execute("BEGIN IMMEDIATE")
        self._change = Change()
        try:
            yield self._change
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT" if keep else "ROLLBACK")
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
