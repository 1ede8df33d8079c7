"""What a backup brings back is what was there, byte for byte (FW-4, issue 15)."""

import base64
import json
import random
import shutil
import stat
import time

import pytest

from ops.backup import backup_restore, r2
from ops.backup.backup_folder import Folder
from ops.errors import OpsError

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(400)]

EVERY_BYTE = bytes(range(256))
MANY = 2_500
LARGE = r2.PARTS_FROM + 1_234_567
ENDS = int(time.time()) + 86_400
MADE = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE "odd ""name" (
  "it's" INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER REFERENCES parent(id),
  t TEXT, r REAL, b BLOB, a,
  made TEXT GENERATED ALWAYS AS (upper(t)) STORED
);
CREATE TABLE keyed (a TEXT, b INTEGER, v BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE strict (rowid TEXT, n INTEGER) STRICT;
CREATE TABLE log (said TEXT);
CREATE INDEX named ON parent (name DESC) WHERE name <> '';
CREATE TRIGGER told AFTER INSERT ON parent BEGIN
  INSERT INTO log VALUES (NEW.name || (CASE WHEN 1 THEN ';' END)); END;
CREATE VIEW seen AS SELECT p.name, o.t FROM parent p JOIN "odd ""name" o ON o.parent = p.id;
"""
FILLED = r"""
INSERT INTO parent VALUES (1, 'one'), (9223372036854775807, 'line one
line two\n; ''quoted'''), (-3, 'ü🙂');
INSERT INTO "odd ""name" (parent, t, r, b, a) VALUES
  (1, 'a' || char(0) || 'b', 1.0, x'00ff', 1.0), (-3, NULL, 0.1, zeroblob(3), '007'),
  (9223372036854775807, '', 9e999, x'', -9007199254740993), (NULL, '~text', 1e-300, 'text', 3);
DELETE FROM "odd ""name" WHERE a = 3;
INSERT INTO keyed VALUES ('a', 1, NULL), ('', -1, 'x'), ('a', 0, x'ff');
INSERT INTO strict VALUES ('not an id', 7);
"""


def fill_keys(world, place):
    """Write keys of every kind, and many of them."""
    many = [{"key": f"many/{n:05}", "value": f"value {n}"} for n in range(MANY)]
    for start in range(0, MANY, 5_000):
        world.put(place, *many[start : start + 5_000])
    odd = base64.b64encode(EVERY_BYTE).decode()
    world.put(
        place,
        {"key": "bytes", "value": odd, "base64": True, "metadata": {"a": [1, None, "ü"]}},
        {"key": "odd / key? #%41 ü", "value": "", "metadata": 0},
        {"key": "ends", "value": "\ufffd kept", "expiration": ENDS},
        {"key": "mark", "value": "\ufeffbegins with a mark"},
    )


def fill_objects(world, place):
    bucket = place.of("r2").label
    world.s3.put_object(
        Bucket=bucket,
        Key="odd / key? #%41 ü",
        Body=EVERY_BYTE,
        ContentType="text/plain; charset=x",
        CacheControl="max-age=7",
        ContentEncoding="gzip",
        ContentDisposition='attachment; filename="a.txt"',
        Metadata={"owner": "me", "more": "a b"},
        StorageClass="STANDARD_IA",
    )
    world.s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    return world.s3, bucket


def fill_rows(world, place):
    world.sql(place, MADE)
    world.sql(place, FILLED)
    for size in (29_999, 120_001, 900_000):
        world.sql(
            place,
            'INSERT INTO "odd ""name" (parent, t, a) VALUES (1, ?, ?)',
            "ü" * (size // 2),
            "x" * size,
        )
    world.sql(place, "INSERT INTO keyed SELECT 'long', 5, CAST(? AS BLOB)", "z" * 200_000)


@pytest.fixture(scope="module")
def filled(world, tmp_path_factory):
    """Give a place with every kind of data, its backup, and a large object that is in it."""
    place = world.place("from-here")
    fill_keys(world, place)
    s3, bucket = fill_objects(world, place)
    large = tmp_path_factory.mktemp("large") / "file"
    large.write_bytes(random.Random(7).randbytes(LARGE))  # noqa: S311 - any bytes
    s3.upload_file(str(large), bucket, "large")
    fill_rows(world, place)
    backup = tmp_path_factory.mktemp("made") / "backup"
    return place, backup, large, world.save(place, backup)


@pytest.fixture(scope="module")
def restored(world, filled):
    """Give a second place that the backup was restored into."""
    there = world.place("to-there")
    world.restore(filled[1], there)
    return there


def test_every_key_comes_back_with_value_metadata_and_expiry(world, filled, restored):
    """FW-9."""
    assert len(world.keys(restored)) == MANY + 4
    assert world.keys(restored) == world.keys(filled[0])
    assert world.value(restored, "bytes") == EVERY_BYTE
    assert world.value(restored, "odd%20%2F%20key%3F%20%23%2541%20%C3%BC") == b""
    assert world.value(restored, "mark") == "\ufeffbegins with a mark".encode()
    assert world.value(restored, "ends") == "\ufffd kept".encode()


def test_every_object_comes_back_with_metadata_and_a_large_one_in_parts(world, filled, restored):
    bucket = restored.of("r2").label
    odd = world.s3.get_object(Bucket=bucket, Key="odd / key? #%41 ü")
    large = world.s3.get_object(Bucket=bucket, Key="large")

    assert odd["Body"].read() == EVERY_BYTE
    assert odd["Metadata"] == {"owner": "me", "more": "a b"}
    told = ("ContentType", "CacheControl", "ContentEncoding", "ContentDisposition", "StorageClass")
    assert [odd[each] for each in told] == [
        "text/plain; charset=x",
        "max-age=7",
        "gzip",
        'attachment; filename="a.txt"',
        "STANDARD_IA",
    ]
    assert large["Body"].read() == filled[2].read_bytes()
    assert large["ETag"].endswith('-2"')  # as many parts
    assert world.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 3


def test_a_database_comes_back_with_all_types_indexes_triggers_and_views(world, filled, restored):
    schema = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '%cf%' ORDER BY name"
    assert world.sql(restored, schema) == world.sql(filled[0], schema)
    for table in ("parent", '"odd ""name"', "keyed", "strict", "log", "sqlite_sequence"):
        columns = [each["name"] for each in world.sql(filled[0], f"PRAGMA table_xinfo({table})")]
        quoted = ['"' + name + '"' for name in columns]
        values = ", ".join(f"hex({each}) || typeof({each}) || quote({each})" for each in quoted)
        rows = f"SELECT {values} FROM {table} ORDER BY {', '.join(quoted)}"  # noqa: S608 - of this file
        assert world.sql(restored, rows) == world.sql(filled[0], rows), table
    world.sql(restored, "INSERT INTO parent VALUES (2, 'two')")
    assert world.sql(restored, "SELECT said FROM log ORDER BY rowid DESC LIMIT 1") == [
        {"said": "two;"}
    ]
    world.sql(restored, "DELETE FROM parent WHERE id = 2; DELETE FROM log WHERE said = 'two;'")


def test_a_backup_of_what_was_restored_is_the_same_files(world, filled, restored, tmp_path):
    world.save(restored, tmp_path / "again")

    for kind, suffix in (("kv", "jsonl"), ("d1", "sql")):
        first = filled[1] / kind / f"{'db' if kind == 'd1' else kind}.{suffix}"
        second = tmp_path / "again" / first.relative_to(filled[1])
        assert first.read_bytes() == second.read_bytes(), kind


def test_what_was_restored_is_read_again_and_compared_with_every_object(
    world, filled, restored, tmp_path
):
    """`restore --compare` reads into a folder of its own, which is not that of the backup."""
    backup = Folder(filled[1])
    planned = backup_restore.steps(backup.whole(), restored.stores, "there")
    bucket = restored.of("r2")

    def differing(name):
        again = Folder(tmp_path / name)
        return backup_restore.differing(
            planned, backup, world.copiers(backup), again, lambda *_: None
        )

    assert differing("first") == []
    world.s3.put_object(Bucket=bucket.id, Key="later", Body=b"by somebody else")
    assert differing("second") == [bucket]
    world.s3.delete_object(Bucket=bucket.id, Key="later")


@pytest.mark.parametrize(
    ("metadata", "same"),
    [({"chittyid": "a"}, True), ({"chittyid": "b"}, False), ({"other": "a"}, False)],
)
def test_metadata_of_an_object_is_compared_but_for_the_case_of_its_names(tmp_path, metadata, same):
    copier = r2.R2Copier(lambda _: None, Folder(tmp_path))
    kept, read = (
        {"key": "k", "etag": tag, "file": {"path": tag, "sha256": "0"}, "metadata": given}
        for tag, given in (("one", {"chittyId": "a"}), ("two", metadata))
    )

    equal = copier.comparable(json.dumps(kept).encode()) == copier.comparable(
        json.dumps(read).encode()
    )

    assert equal is same


def test_files_are_for_their_owner_only(filled):
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (filled[1], *filled[1].rglob("*"))}
    assert modes == {0o600, 0o700}


def test_what_has_data_is_not_written_to(world, filled, restored):
    with pytest.raises(OpsError, match="have data; a restore writes into what is empty only"):
        world.restore(filled[1], restored)


def test_a_file_that_is_damaged_is_named_before_anything_is_written(world, filled):
    there = world.place("stays-empty")
    file = filled[1] / "d1" / "db.sql"
    kept = file.read_bytes()
    file.write_bytes(kept[:-9] + b"X" + kept[-8:])
    try:
        with pytest.raises(OpsError, match=r"d1/db\.sql is damaged"):
            world.restore(filled[1], there)
    finally:
        file.write_bytes(kept)

    assert world.keys(there) == []
    assert Folder(filled[1]).whole().ended


@pytest.mark.parametrize("fault", ["is missing", "is damaged"])
def test_an_object_whose_file_is_gone_or_damaged_is_named_before_any_store_is_emptied(
    world, filled, tmp_path, fault
):
    there = world.place(f"kept-{fault[3:]}")
    world.put(there, {"key": "kept", "value": "v"})
    world.s3.put_object(Bucket=there.of("r2").label, Key="kept", Body=b"v")
    copy = tmp_path / "backup"
    shutil.copytree(filled[1], copy)
    file = min((copy / "r2" / "r2").iterdir(), key=lambda each: each.stat().st_size)
    file.write_bytes(b"X") if fault == "is damaged" else file.unlink()

    with pytest.raises(OpsError, match=f"{file.name} {fault}"):
        world.restore(copy, there, replace=True)

    assert world.value(there, "kept") == b"v"
    assert world.s3.list_objects_v2(Bucket=there.of("r2").label)["KeyCount"] == 1
