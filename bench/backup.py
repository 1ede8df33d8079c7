"""What bringing a backup back takes, beside sending the same files with nothing asked or noted."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from ops.backup import backup_restore, backup_writer, d1, kv
from ops.backup.backup_folder import Folder
from ops.backup.backup_writer import Source
from ops.backup.d1_reading import Database
from ops.backup.parallel import AT_ONCE
from ops.backup.restore_journal import Journal
from ops.backup.store_copiers import Copiers, copiers
from ops.backup.stores import Kind, Store
from ops.cloudflare_api.account import Account

KEYS = 10_000
ROWS = 20_000
OBJECTS = 200
OBJECT_BYTES = 64 * 1024
ROUNDS = 3
MOST = 1.5
"""Times what sending the files takes."""

HOW = f"{KEYS:,} keys, {ROWS:,} rows, {OBJECTS} objects of 64 KB; into new stores, in turn"


@dataclass(frozen=True)
class Bench:
    """A local Cloudflare, and the ways to its stores."""

    cloud: LocalCloudflare
    account: Account
    client: Any

    def place(self, name: str) -> dict[Kind, Store]:
        """Make a store of each kind."""
        made = self.make("/storage/kv/namespaces", title=name)["id"]
        database = self.make("/d1/database", name=name)["uuid"]
        self.make("/r2/buckets", name=name)
        ids: dict[Kind, str] = {"d1": database, "kv": made, "r2": name}
        return {kind: Store(kind, kind, name, own) for kind, own in ids.items()}

    def make(self, path: str, **body: Any) -> Any:
        """Create something in the account."""
        return self.cloud.result("POST", self.cloud.account(path), json=body)

    def tools(self, folder: Folder) -> Copiers:
        """Return what copies each kind."""
        return copiers(self.account, lambda _: self.client, folder)


def figures() -> Iterator[Figure]:
    """Measure; takes some minutes."""
    with tempfile.TemporaryDirectory() as made, local_cloudflare(Path(made) / "cf") as cloud:
        account = Account(cloud.api_url, cloud.account_id, cloud.token)
        bench = Bench(cloud, account, _client(cloud))
        folder, took = Folder(Path(made) / "backup"), _saved(bench, Path(made) / "backup")
        pairs = [_pair(bench, folder, number) for number in range(ROUNDS)]
        account.close()
    ratio = statistics.median(restored / sent for restored, sent in pairs)
    yield Figure("restore against sending the files", ratio, "times", HOW, MOST)
    yield Figure("restore", statistics.median(each for each, _ in pairs), "s", "the same runs")
    yield Figure("sending the files", statistics.median(each for _, each in pairs), "s", HOW)
    yield Figure("backup", took, "s", "of the same, once")


def _client(cloud: LocalCloudflare) -> Any:
    key, secret = cloud.credentials()
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{cloud.s3_port}",
        region_name="auto",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4", max_pool_connections=2 * AT_ONCE),
    )


def _saved(bench: Bench, path: Path) -> float:
    """Fill stores and back them up; return the seconds that the latter takes."""
    place = bench.place("full")
    pairs = [{"key": f"key-{n}", "value": f"value {n}" * 10} for n in range(KEYS)]
    root = f"/storage/kv/namespaces/{place['kv'].id}"
    bench.account.result("PUT", f"{root}/bulk", json=pairs)
    rows = f"WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"  # noqa: S608 - of this file
    table = "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT, b BLOB)"
    fill = "INSERT INTO t SELECT i, 'row ' || i, randomblob(40) FROM n"
    sql = f"{table}; {rows} {fill}"
    bench.account.result("POST", f"/d1/database/{place['d1'].id}/query", json={"sql": sql})
    for number in range(OBJECTS):
        body = number.to_bytes(4, "big") * (OBJECT_BYTES // 4)
        bench.client.put_object(Bucket="full", Key=f"object-{number}", Body=body)
    source = Source("bench", "0" * 32, list(place.values()), "{}")
    folder = Folder(path)
    return _seconds(lambda: backup_writer.save(folder, source, bench.tools(folder), _silent))


def _pair(bench: Bench, folder: Folder, number: int) -> tuple[float, float]:
    """Return the seconds of a restore, and those of sending the same files."""
    restored, sent = bench.place(f"restored-{number}"), bench.place(f"sent-{number}")
    both = [lambda: _restore(bench, folder, restored), lambda: _send(bench, folder, sent)]
    order = both if number % 2 else both[::-1]
    took = [_seconds(run) for run in order]
    return (took[0], took[1]) if number % 2 else (took[1], took[0])


def _restore(bench: Bench, folder: Folder, place: dict[Kind, Store]) -> None:
    planned = backup_restore.steps(folder.whole(), list(place.values()), "bench")
    journal = Journal(folder.path.parent / f"{place['kv'].id}.json")
    tools = bench.tools(folder)
    backup_restore.refuse(backup_restore.occupied(planned, tools, journal), "bench")
    backup_restore.restore(folder, planned, tools, journal, _silent)
    journal.remove()


def _send(bench: Bench, folder: Folder, place: dict[Kind, Store]) -> None:
    """Send the same requests, as many at once, and nothing beside."""
    lines = (folder.path / "kv" / "kv.jsonl").read_bytes().splitlines()
    pairs = [{"key": each["key"], "value": each["text"]} for each in map(json.loads, lines)]
    parts = [pairs[start : start + kv.A_WRITE] for start in range(0, KEYS, kv.A_WRITE)]
    root = f"/storage/kv/namespaces/{place['kv'].id}"
    with ThreadPoolExecutor(kv.WRITES_AT_ONCE) as threads:
        list(
            threads.map(lambda part: bench.account.result("PUT", f"{root}/bulk", json=part), parts)
        )
    _import(bench, place["d1"], folder.path / "d1" / "d1.sql")
    files = [each for each in (folder.path / "r2" / "r2").iterdir() if each.is_file()]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        bucket = place["r2"].label
        list(
            threads.map(lambda each: bench.client.upload_file(str(each), bucket, each.name), files)
        )


def _import(bench: Bench, store: Store, file: Path) -> None:
    d1.import_file(bench.account, Database(bench.account, store), file, store.label)


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _silent(*_: object) -> None:
    pass
