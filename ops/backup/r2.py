"""Objects of a bucket: each a file of its own, and a line with its metadata, by their keys."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
from boto3.s3.transfer import TransferConfig  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter
from urllib3.exceptions import HTTPError

from common.files import PRIVATE_FOLDER
from common.json_types import Json
from ops.backup.backup_folder import File, Folder, private_file
from ops.backup.parallel import in_order
from ops.backup.progress import Copied, Tell
from ops.backup.stores import Store
from ops.cloudflare_api.client import LASTING
from ops.errors import OpsError

T = TypeVar("T")

A_PART = 1 << 20
PARTS_FROM = 32 * A_PART
"""From this size on an object is sent in parts."""

NOTED = 64
"""Objects after which it is noted how far it is."""

HEADERS = {
    "ContentType": "content_type",
    "ContentEncoding": "content_encoding",
    "ContentLanguage": "content_language",
    "ContentDisposition": "content_disposition",
    "CacheControl": "cache_control",
    "StorageClass": "storage_class",
    "Metadata": "metadata",
}
"""What S3 calls what is kept of an object, and how a line has it."""


@dataclass(frozen=True)
class Bucket:
    """A bucket, and who asks for its objects."""

    client: Any
    name: str

    @classmethod
    def of(cls, client: Any, store: Store) -> "Bucket":
        """Return the bucket that *store* is."""
        return cls(client, store.label)

    def pages(self) -> Iterator[list[Json]]:
        """Yield the lists of its objects."""
        paginator = self.client.get_paginator("list_objects_v2")
        pages = iter(paginator.paginate(Bucket=self.name))
        while (page := asked(lambda: next(pages, None))) is not None:
            yield page.get("Contents") or []


def is_empty(bucket: Bucket) -> bool:
    """Return whether the bucket has no object."""
    told = asked(lambda: bucket.client.list_objects_v2(Bucket=bucket.name, MaxKeys=1))
    return not told.get("KeyCount")


def save(bucket: Bucket, folder: Folder, index: Path, tell: Tell) -> Copied:
    """Write every object to a file, and a line for each to *index*; return how many, and bytes.

    An object that a run before this has written, and that is the same still, is not read again.
    """
    objects = index.with_suffix("")
    objects.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    known, done = _known(index), Copied()

    def read(listed: Json) -> Json | None:
        return _read(bucket, folder, objects, listed, known.get(listed["Key"]))

    journal = index.with_name(f"{index.name}.done")
    with private_file(index) as out, journal.open("ab") as noted:
        for record in in_order(read, (each for page in bucket.pages() for each in page)):
            if record is None:
                continue
            line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            out.write(line)
            noted.write(line)
            done.add(record["bytes"])
            tell(done)
    journal.unlink()
    return done


def clear(bucket: Bucket, tell: Tell) -> None:
    """Delete every object of the bucket."""
    gone = Copied()
    for page in bucket.pages():
        if not page:
            continue
        named = {"Objects": [{"Key": each["Key"]} for each in page], "Quiet": True}
        told = asked(partial(bucket.client.delete_objects, Bucket=bucket.name, Delete=named))
        if told.get("Errors"):
            raise OpsError(f"{bucket.name} keeps {told['Errors'][0]['Key']!r}: a lock holds it")
        gone.entries += len(page)
        tell(gone)


def restore(bucket: Bucket, folder: Folder, index: Path, begin: int, tell: Tell) -> Iterator[int]:
    """Write the objects from line *begin* of *index* on; yield how many are done, now and again."""
    done = Copied(entries=begin)
    with index.open("rb") as lines:
        records = (json.loads(line) for line in islice(lines, begin, None))
        for size in in_order(lambda record: _write(bucket, folder, record), records):
            done.add(size)
            tell(done)
            if done.entries % NOTED == 0:
                yield done.entries
    yield done.entries


def asked(ask: Callable[[], T]) -> T:
    """Return what S3 answers; raise `OpsError` with what it says when it refuses."""
    try:
        return ask()
    except ClientError as error:
        told = error.response.get("Error", {})
        what = f"{told.get('Code')}: {told.get('Message')}"
        raise OpsError(f"R2 refuses {error.operation_name} ({what})") from None
    except Boto3Error as error:  # what refuses an upload, in a sentence of boto3's own
        raise OpsError(f"R2 refuses an object ({error})") from None
    except (BotoCoreError, HTTPError, OSError) as error:
        raise OpsError(
            f"R2 does not answer ({type(error).__name__}); run the same command again"
        ) from None


def _known(index: Path) -> dict[str, Json]:
    """Return what a run that was stopped has written, by key."""
    journal = index.with_name(f"{index.name}.done")
    if not journal.is_file():
        return {}
    lines = journal.read_bytes().splitlines(keepends=True)
    read = [json.loads(line) for line in lines if line.endswith(b"\n")]
    return {each["key"]: each for each in read}


def _read(
    bucket: Bucket, folder: Folder, objects: Path, listed: Json, known: Json | None
) -> Json | None:
    """Write one object to its file; `None` where it is gone meanwhile."""
    key = listed["Key"]
    file = objects / hashlib.sha256(key.encode()).hexdigest()
    if known and known["etag"] == listed["ETag"] and file.is_file():
        return known
    retrying = Retrying(
        retry=retry_if_exception_type((BotoCoreError, HTTPError, ConnectionError)),
        stop=stop_after_attempt(LASTING.attempts),
        wait=wait_exponential_jitter(
            multiplier=LASTING.first_wait_seconds, max=LASTING.longest_wait_seconds
        ),
        reraise=True,
    )
    try:
        told = asked(lambda: retrying(_fetch, bucket, key, file))
    except OpsError as error:
        if "NoSuchKey" in str(error):
            return None
        raise
    kept = {name: told[given] for given, name in HEADERS.items() if told.get(given)}
    if isinstance(told.get("Expires"), datetime):
        kept["expires"] = told["Expires"].isoformat()
    described = folder.described(file).model_dump()
    return {
        "key": key,
        "bytes": described["bytes"],
        "etag": told["ETag"],
        "file": described,
        **kept,
    }


def _fetch(bucket: Bucket, key: str, file: Path) -> Json:
    told: Json = bucket.client.get_object(Bucket=bucket.name, Key=key)
    with closing(told["Body"]) as body, private_file(file) as out:
        for part in body.iter_chunks(A_PART):
            out.write(part)
    return told


def _write(bucket: Bucket, folder: Folder, record: Json) -> int:
    """Write one object, in parts when it is large; return its bytes."""
    file = folder.check(File.model_validate(record["file"]))
    given = {given: record[name] for given, name in HEADERS.items() if name in record}
    if "expires" in record:
        given["Expires"] = datetime.fromisoformat(record["expires"])
    parts = TransferConfig(
        multipart_threshold=PARTS_FROM, multipart_chunksize=PARTS_FROM, max_concurrency=2
    )
    asked(
        lambda: bucket.client.upload_file(
            str(file), bucket.name, record["key"], ExtraArgs=given, Config=parts
        )
    )
    return int(record["bytes"])


@dataclass(frozen=True)
class R2Copier:
    """Copies buckets of R2. *client* makes a client for a jurisdiction."""

    client: Callable[[str], Any]
    folder: Folder
    suffix: str = ".jsonl"

    def is_empty(self, store: Store) -> bool:
        return is_empty(self._bucket(store))

    def save(self, store: Store, file: Path, tell: Tell) -> Copied:
        into = Folder.of(file)  # what is read again to be compared is in another than the backup
        return save(self._bucket(store), into, file, tell)

    def clear(self, store: Store, tell: Tell) -> None:
        clear(self._bucket(store), tell)

    def restore(self, store: Store, file: Path, begin: int, tell: Tell) -> Iterator[int]:
        return restore(self._bucket(store), self.folder, file, begin, tell)

    def files(self, file: Path) -> Iterator[File]:
        with file.open("rb") as lines:
            for line in lines:
                yield File.model_validate(json.loads(line)["file"])

    def comparable(self, line: bytes) -> bytes | None:
        """Leave out the ETag, which says in how many parts an object came, and the case of names.

        A worker may give metadata names with capitals; S3 stores them in small letters.
        """
        record = {name: each for name, each in json.loads(line).items() if name != "etag"}
        record["file"].pop("path")
        named = record.get("metadata", {})
        record["metadata"] = {name.lower(): value for name, value in named.items()}
        return json.dumps(record, sort_keys=True).encode()

    def _bucket(self, store: Store) -> Bucket:
        return Bucket.of(self.client(store.jurisdiction), store)
