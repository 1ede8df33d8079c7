"""A local Cloudflare with stores to copy, and stores to copy them to."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from ops.backup import backup_restore, backup_writer
from ops.backup.backup_folder import Folder, Manifest
from ops.backup.backup_writer import Source
from ops.backup.restore_journal import Journal
from ops.backup.store_copiers import Copiers, copiers
from ops.backup.stores import Kind, Store
from ops.cloudflare_api.account import Account


@dataclass
class Place:
    """Stores of a stack: what is copied, or where it goes."""

    stores: list[Store]

    def of(self, kind: Kind) -> Store:
        return next(each for each in self.stores if each.kind == kind)


@dataclass
class World:
    """A local Cloudflare, and the commands' ways to copy its stores."""

    cloud: LocalCloudflare
    account: Account
    s3: Any

    def place(self, name: str) -> Place:
        """Make a namespace, a bucket and a database called *name*."""
        made = self._make("/storage/kv/namespaces", title=name)
        database = self._make("/d1/database", name=name)
        self._make("/r2/buckets", name=name)
        return Place(
            [
                Store("d1", "db", name, database["uuid"]),
                Store("kv", "kv", name, made["id"]),
                Store("r2", "r2", name, name),
            ]
        )

    def copiers(self, folder: Folder) -> Copiers:
        return copiers(self.account, lambda _: self.s3, folder)

    def save(self, place: Place, path: Path, **told: Any) -> Manifest:
        folder = Folder(path)
        source = Source("here", "0" * 32, place.stores, "{}")
        return backup_writer.save(folder, source, self.copiers(folder), told.get("show", _silent))

    def restore(self, path: Path, place: Place, **told: Any) -> None:
        """Restore as the command does, without its questions."""
        folder = Folder(path)
        planned = backup_restore.steps(folder.whole(), place.stores, "there")
        journal = told.get("journal") or Journal(path.parent / f"{path.name}.journal")
        tools = self.copiers(folder)
        if not told.get("replace"):
            backup_restore.refuse(backup_restore.occupied(planned, tools, journal), "there")
        backup_restore.restore(folder, planned, tools, journal, told.get("show", _silent))
        journal.remove()

    def sql(self, place: Place, sql: str, *params: Any) -> list[dict[str, Any]]:
        path = f"/d1/database/{place.of('d1').id}/query"
        sent = {"sql": sql, **({"params": params} if params else {})}
        return list(self.account.result("POST", path, json=sent)[-1]["results"])

    def put(self, place: Place, *pairs: dict[str, Any]) -> None:
        self.account.result("PUT", f"{self._kv(place)}/bulk", json=list(pairs))

    def value(self, place: Place, key: str) -> bytes | None:
        return self.account.content(f"{self._kv(place)}/values/{key}")

    def keys(self, place: Place) -> list[dict[str, Any]]:
        pages = self.account.pages(f"{self._kv(place)}/keys", {"limit": 1000})
        return [key for page in pages for key in page]

    def _kv(self, place: Place) -> str:
        return f"/storage/kv/namespaces/{place.of('kv').id}"

    def _make(self, path: str, **body: Any) -> Any:
        return self.cloud.result("POST", self.cloud.account(path), json=body)


def _silent(*_: object) -> None:
    pass


@pytest.fixture(scope="package")
def world(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("backup") / "cf") as running:
        key, secret = running.credentials()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{running.s3_port}",
            region_name="auto",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(signature_version="s3v4"),
        )
        account = Account(running.api_url, running.account_id, running.token)
        yield World(running, account, client)
        account.close()


@pytest.fixture
def read():
    """Give what reads the lines of a file of a backup."""

    def lines(path: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in path.read_bytes().splitlines()]

    return lines
