"""What each kind of store is copied by: one way to ask, to save, to clear and to restore."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from ops.backup import d1, kv
from ops.backup.backup_folder import File, Folder
from ops.backup.durable_objects import Door, ObjectsCopier
from ops.backup.progress import Copied, Tell
from ops.backup.stores import Kind, Store
from ops.cloudflare_api.account import Account


class Copier(Protocol):
    """Copies the stores of one kind."""

    @property
    def suffix(self) -> str:
        """How the name of a file of it ends."""
        ...

    def is_empty(self, store: Store) -> bool:
        """Return whether *store* has nothing that a restore would meet."""
        ...

    def save(self, store: Store, file: Path, tell: Tell) -> Copied:
        """Write all that *store* has to *file*."""
        ...

    def clear(self, store: Store, tell: Tell) -> None:
        """Delete all that *store* has."""
        ...

    def restore(self, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
        """Write what *file* has from line *begin* on; yield how many lines are done."""
        ...

    def files(self, file: Path) -> Iterator[File]:
        """Yield the other files that *file* refers to."""
        ...

    def comparable(self, line: bytes) -> bytes | None:
        """Return what a line of a file says of the data; `None`: nothing any more."""
        ...


Copiers = Mapping[Kind, Copier]


@dataclass(frozen=True)
class KvCopier:
    """Copies namespaces of KV."""

    account: Account
    suffix: str = ".jsonl"

    def is_empty(self, store: Store) -> bool:
        return kv.is_empty(self.account, store)

    def save(self, store: Store, file: Path, tell: Tell) -> Copied:
        return kv.save(self.account, store, file, tell)

    def clear(self, store: Store, tell: Tell) -> None:
        kv.clear(self.account, store, tell)

    def restore(self, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
        return kv.restore(self.account, store, file, begin, tell)

    def files(self, _file: Path) -> Iterator[File]:
        return iter(())

    def comparable(self, line: bytes) -> bytes | None:
        """Leave out what ends soon, or has ended."""
        ends = json.loads(line).get("expiration")
        return None if ends and ends < time.time() + kv.LEAST_LIFETIME else line


@dataclass(frozen=True)
class D1Copier:
    """Copies databases of D1."""

    account: Account
    suffix: str = ".sql"

    def is_empty(self, store: Store) -> bool:
        return d1.is_empty(self.account, store)

    def save(self, store: Store, file: Path, tell: Tell) -> Copied:
        return d1.save(self.account, store, file, tell)

    def clear(self, store: Store, tell: Tell) -> None:
        """Do nothing: a restore puts all of it in the place of what there is, or nothing."""

    def restore(self, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
        if not begin:
            d1.restore(self.account, store, file)
            tell(Copied(1, file.stat().st_size))
            yield 1

    def files(self, _file: Path) -> Iterator[File]:
        return iter(())

    def comparable(self, line: bytes) -> bytes | None:
        return line


def copiers(
    account: Account,
    client: Callable[[str], Any],
    folder: Folder,
    doors: Mapping[Store, Door] = MappingProxyType({}),
) -> Copiers:
    """Return what copies each kind, for one account and one backup.

    *doors*: where copies of Durable Objects are made, by namespace. Default: nowhere.
    """
    from ops.backup.r2 import R2Copier  # noqa: PLC0415 - boto3 takes a while

    return {
        "kv": KvCopier(account),
        "r2": R2Copier(cache(client), folder),
        "d1": D1Copier(account),
        "objects": ObjectsCopier(account, doors),
    }
