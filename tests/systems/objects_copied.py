"""Copies of Durable Objects of one class on a local Cloudflare: taken, deleted, brought back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.json_types import Json
from harness.local_cloudflare import LocalCloudflare
from ops.backup import durable_objects
from ops.backup.durable_objects import Door, ObjectsCopier
from ops.backup.progress import Copied
from ops.backup.stores import Store
from ops.cloudflare_api.account import Account

BACKUP_KEY = "canary-of-backups-that-nobody-guesses"


@dataclass(frozen=True)
class Found:
    """An object, and what is copied of it."""

    id: str
    copy: Json


@dataclass(frozen=True)
class Objects:
    """Those of one class, and what copies them into *folder*."""

    copier: ObjectsCopier
    store: Store
    folder: Path

    def save(self) -> list[Json]:
        """Copy them; return what was copied of each, by their names."""
        self.copier.save(self.store, self.file, _silent)
        return [json.loads(line) for line in self.file.read_bytes().splitlines()]

    def wipe(self) -> None:
        """Delete what they keep."""
        self.copier.clear(self.store, _silent)
        assert self.copier.is_empty(self.store)

    def restore(self) -> None:
        """Bring the copy back, and hold every byte of what is there then against it."""
        assert list(self.copier.restore(self.store, self.file, 0, _silent))
        again = self.file.with_name("again")
        self.copier.save(self.store, again, _silent)
        one, other = (
            [self.copier.comparable(line) for line in file.read_bytes().splitlines()]
            for file in (self.file, again)
        )
        assert one == other

    def only(self, known: str) -> Found:
        """Return the one object whose copy says *known* as its name, or as its id."""
        found = [
            Found(each, copy)
            for each in self.copier._stored(self.store)
            if (copy := self._asked(action="export", id=each)["copy"])
            and known in {copy.get("name"), copy.get("id")}
        ]
        (one,) = found
        return one

    def write(self, copy: Json) -> None:
        """Bring *copy* in, in the place of what its object keeps."""
        self._asked(action="import", copy=copy, replace=True)

    def _asked(self, **asked: Any) -> Json:
        return self.copier._ask(self.store, asked)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.store.name}.jsonl"


@contextmanager
def objects_of(
    cloud: LocalCloudflare, script: str, class_name: str, host: str, folder: Path
) -> Iterator[Objects]:
    """Give those of *class_name*, whose worker *script* answers at *host*."""
    url = f"http://127.0.0.1:{cloud.edge_port}/admin/objects"
    door = Door(class_name, script, class_name, url, host, BACKUP_KEY)
    account = Account(cloud.api_url, cloud.account_id, cloud.token)
    try:
        (store,) = doors = durable_objects.stores_of(account, [door])
        yield Objects(ObjectsCopier(account, doors), store, folder)
    finally:
        account.close()


def _silent(_: Copied) -> None:
    pass
