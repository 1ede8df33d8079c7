"""Removes the state of what was deleted, so that a new thing of the same name begins empty."""

import hashlib
import hmac
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from local.model import Cloud
from local.runtime.layout import Layout

HALF = 16


def object_id(unique_key: str, name: str) -> str:
    """Derive the id that a Durable Object namespace gives a name: what its file is called."""
    key = hashlib.sha256(unique_key.encode()).digest()
    base = hmac.digest(key, name.encode(), "sha256")[:HALF]
    return (base + hmac.digest(key, base, "sha256")[:HALF]).hex()


def retire(former: Cloud, present: Cloud, layout: Layout) -> list[Path]:
    """Remove what only *former* had; answers the removed paths.

    Only to be called while no workerd knows of them any more.
    """
    removed = [path for path in _left_behind(former, present, layout) if path.exists()]
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return removed


def _left_behind(former: Cloud, present: Cloud, layout: Layout) -> Iterator[Path]:
    for namespace in _gone(former.kv_namespaces, present.kv_namespaces):
        yield from _database(layout, "kv", namespace)
        yield layout.disk("kv-values") / object_id("local-kv", namespace)
    for database in _gone(former.databases, present.databases):
        yield from _database(layout, "d1", database)
    for bucket in _gone(_names(former.buckets), _names(present.buckets)):
        yield from _database(layout, "r2", bucket)
        yield layout.disk("r2-blobs") / object_id("local-r2", bucket)
    for queue in _gone(_names(former.queues), _names(present.queues)):
        yield from _shards(layout, queue)
    for unique_key in _gone(_unique_keys(former), _unique_keys(present)):
        yield layout.disk("objects") / unique_key


def _gone(former: tuple[str, ...], present: tuple[str, ...]) -> list[str]:
    return [name for name in former if name not in present]


def _names(things: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(getattr(thing, "name")) for thing in things)  # noqa: B009


def _unique_keys(cloud: Cloud) -> tuple[str, ...]:
    return tuple(each.unique_key for worker in cloud.workers for each in worker.durable_objects)


def _database(layout: Layout, disk: str, name: str) -> Iterator[Path]:
    unique_key = f"local-{disk}"
    yield from _files(layout.disk(disk) / unique_key / f"{object_id(unique_key, name)}.sqlite")


def _files(database: Path) -> Iterator[Path]:
    """List a SQLite file and what stands beside it."""
    for suffix in ("", "-wal", "-shm"):
        yield database.with_name(database.name + suffix)


def _shards(layout: Layout, queue: str) -> Iterator[Path]:
    """List a queue's shards; each says in itself whose it is."""
    for database in (layout.disk("queues") / "local-queues").glob("*.sqlite"):
        if _owner(database).endswith(_serialized(queue)):
            yield from _files(database)


def _serialized(name: str) -> bytes:
    """Write an ASCII text of less than 128 characters as V8 does: a tag, the length, the text."""
    return b'"' + bytes([len(name)]) + name.encode()


def _owner(shard: Path) -> bytes:
    """Read the serialized name of the shard's queue."""
    with closing(sqlite3.connect(f"file:{shard}?mode=ro", uri=True)) as connection:
        try:
            row = connection.execute("SELECT value FROM _cf_KV WHERE key = 'queue'").fetchone()
        except sqlite3.DatabaseError:
            return b""
    return bytes(row[0]) if row else b""
