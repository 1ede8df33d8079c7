"""What the files are called in which workerd keeps a thing's data."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

from local.runtime.configuration.environment import Layout

HALF = 16


def unique_key(disk: str) -> str:
    """Return the key of the Durable Object namespace in which a system worker keeps its data."""
    return f"local-{disk}"


def object_id(key: str, name: str) -> str:
    """Derive the id that the namespace with the unique *key* gives a name: its file's name."""
    digest = hashlib.sha256(key.encode()).digest()
    base = hmac.digest(digest, name.encode(), "sha256")[:HALF]
    return (base + hmac.digest(digest, base, "sha256")[:HALF]).hex()


def object_files(layout: Layout, disk: str, name: str) -> Iterator[Path]:
    """List the files of the system worker's object *name* on *disk*."""
    key = unique_key(disk)
    yield from sqlite_files(layout.disk(disk) / key / f"{object_id(key, name)}.sqlite")


def sqlite_files(database: Path) -> Iterator[Path]:
    """List a SQLite file and what stands beside it."""
    for suffix in ("", "-wal", "-shm"):
        yield database.with_name(database.name + suffix)
