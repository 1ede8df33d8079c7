"""R2 through the Workers binding and the admin, and its lifecycle rules by a moved clock."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.records.model import Bucket, Cloud
from local.runtime.configuration.storage import object_id
from tests.local.runtime.conftest import Start
from tests.support_runtime import RunningRuntime, eventually, running, script, serving

pytestmark = pytest.mark.workerd

DAY = 24 * 60 * 60
BINDING = {"type": "r2_bucket", "name": "R2", "bucket_name": "files"}
WORKER = """const shown = (object) => object && {
  key: object.key, size: object.size, etag: object.etag, class: object.storageClass,
  http: object.httpMetadata, custom: object.customMetadata, range: object.range,
  checksums: object.checksums.toJSON(), hasBody: "body" in object,
};
const message = (promise) => promise.then(() => null, (error) => error.message);
const MIB = 1024 * 1024;
const part = (value, size) => new Uint8Array(size).fill(value);
export default { async fetch(request, { R2 }) { %s } }"""
Run = Callable[[str], Any]


@pytest.fixture
def run(start: Start, tmp_path: Path) -> Run:
    """Run the body of a `fetch` with `R2` bound to a bucket; answers what it returns as JSON."""

    def run_once(code: str) -> Any:
        worker = script(tmp_path, WORKER % code, bindings=(BINDING,))
        return start(serving(worker, buckets=(Bucket("files"),))).get("/").json()

    return run_once


def test_an_object_keeps_what_it_was_put_with(run):
    put, got, text, head, missing = run("""
      const put = await R2.put("a/ü☃😀", "hello", {
        httpMetadata: { contentType: "text/plain", cacheExpiry: new Date(1e12) },
        customMetadata: { owner: "mé" }, storageClass: "InfrequentAccess",
        sha256: await crypto.subtle.digest("SHA-256", new TextEncoder().encode("hello")),
      });
      const got = await R2.get("a/ü☃😀");
      const text = await got.text();
      const head = await R2.head("a/ü☃😀");
      return Response.json([shown(put), shown(got), text, shown(head), await R2.get("gone")]);""")
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()

    assert put["etag"] == put["checksums"]["md5"] == md5
    assert put["checksums"]["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert put["http"] == {"contentType": "text/plain", "cacheExpiry": "2001-09-09T01:46:40.000Z"}
    assert (put["custom"], put["class"], put["size"]) == ({"owner": "mé"}, "InfrequentAccess", 5)
    assert (got.pop("hasBody"), got.pop("range"), text) == (
        True,
        {"offset": 0, "length": 5},
        "hello",
    )
    for object_ in (put, head):
        assert not object_.pop("hasBody")
        object_.pop("range", None)
    assert put == head == got
    assert missing is None


def test_ranges(run):
    texts, beyond = run("""
      await R2.put("k", "0123456789");
      const ranges = [{ offset: 3 }, { offset: 3, length: 2 }, { suffix: 4 }, { length: 2 },
        { suffix: 99 }, new Headers({ range: "bytes=1-2" })];
      const texts = [];
      for (const range of ranges) {
        const object = await R2.get("k", { range });
        texts.push([await object.text(), object.range]);
      }
      return Response.json([texts, await message(R2.get("k", { range: { offset: 11 } }))]);""")

    assert texts == [
        ["3456789", {"offset": 3, "length": 7}],
        ["34", {"offset": 3, "length": 2}],
        ["6789", {"offset": 6, "length": 4}],
        ["01", {"offset": 0, "length": 2}],
        ["0123456789", {"offset": 0, "length": 10}],
        ["12", {"offset": 1, "length": 2}],
    ]
    assert beyond == "get: The requested range is not satisfiable (10039)"


def test_conditions(run):
    answers = run("""
      const { etag, uploaded } = await R2.put("k", "one");
      const before = new Date(uploaded.getTime() - 5000);
      const after = new Date(uploaded.getTime() + 5000);
      const has = async (onlyIf) => "body" in (await R2.get("k", { onlyIf }));
      const puts = async (onlyIf) => (await R2.put("k2", "x", { onlyIf })) !== null;
      return Response.json([
        await has({ etagMatches: etag }), await has({ etagMatches: "other" }),
        await has({ etagDoesNotMatch: etag }), await has({ etagDoesNotMatch: "other" }),
        await has({ uploadedBefore: after }), await has({ uploadedBefore: before }),
        await has({ uploadedAfter: before }), await has({ uploadedAfter: after }),
        await has(new Headers({ "if-none-match": `W/"${etag}"` })),
        await has(new Headers({ "if-match": "*" })),
        await puts(new Headers({ "if-match": "*" })),
        await puts(new Headers({ "if-none-match": "*" })),
        await puts(new Headers({ "if-none-match": "*" })),
      ]);""")

    expected = [True, False, False, True, True, False, True, False, False, True]
    assert answers == [*expected, False, True, False]


def test_what_is_not_allowed_is_refused_with_its_number(run):
    messages = run("""
      const upload = await R2.createMultipartUpload("k");
      return Response.json([
        await message(R2.put("x".repeat(1025), "")),
        await message(R2.put("k", "", { customMetadata: { a: "x".repeat(8192) } })),
        await message(R2.put("k", "x", { md5: "0".repeat(32) })),
        await message(R2.put("k", "x", { storageClass: "Glacier" })),
        await message(R2.list({ cursor: "nonsense" })),
        await message(R2.resumeMultipartUpload("k", "gone").uploadPart(1, "x")),
        await message(upload.complete([{ partNumber: 1, etag: "gone" }])),
      ]);""")

    numbers = [message.rpartition("(")[2].rstrip(")") for message in messages]
    assert numbers == ["10020", "10012", "10037", "10029", "10029", "10024", "10025"]
    assert messages[5].startswith("uploadPart: The specified multipart upload does not exist")


def test_listing(run):
    pages, groups, included, plain = run("""
      for (const n of Array.from({ length: 7 }, (_, n) => n)) {
        const custom = { customMetadata: { n: String(n) }, httpMetadata: { contentType: "a/b" } };
        await R2.put(`dir${n % 2}/k${n}`, "", custom);
      }
      const pages = [];
      let cursor;
      do {
        const page = await R2.list({ limit: 3, cursor });
        pages.push(page.objects.map(({ key }) => key));
        cursor = page.truncated ? page.cursor : undefined;
      } while (cursor);
      const groups = await R2.list({ delimiter: "/" });
      const included = await R2.list({ prefix: "dir1/", include: ["customMetadata"] });
      const plain = await R2.list({ startAfter: "dir1/k3" });
      return Response.json([pages, groups, included.objects.map(shown), plain.objects.map(shown)]);
      """)

    assert pages == [
        ["dir0/k0", "dir0/k2", "dir0/k4"],
        ["dir0/k6", "dir1/k1", "dir1/k3"],
        ["dir1/k5"],
    ]
    assert (groups["objects"], groups["delimitedPrefixes"]) == ([], ["dir0/", "dir1/"])
    assert not groups["truncated"]
    assert [each["custom"] for each in included] == [{"n": "1"}, {"n": "3"}, {"n": "5"}]
    assert "http" not in included[0]
    assert [each["key"] for each in plain] == ["dir1/k5"]


def test_a_list_of_large_metadata_is_cut_where_the_binding_can_still_read_it(run):
    count = run("""
      const customMetadata = { a: "x".repeat(8000) };
      const keys = Array.from({ length: 60 }, (_, n) => `k${n}`);
      await Promise.all(keys.map((key) => R2.put(key, "", { customMetadata })));
      let [cursor, count, pages] = [undefined, 0, 0];
      do {
        const page = await R2.list({ include: ["customMetadata"], cursor });
        count += page.objects.length; pages += 1;
        cursor = page.truncated ? page.cursor : undefined;
      } while (cursor);
      return Response.json([count, pages > 1]);""")

    assert count == [60, True]


def test_many_are_deleted_and_streams_are_stored(run):
    keys, size, sum_ = run("""
      for (const key of ["a", "b", "c"]) await R2.put(key, key);
      await R2.delete(["a", "c", "gone"]);
      await R2.delete("gone");
      const { readable, writable } = new FixedLengthStream(3 * MIB);
      const writer = writable.getWriter();
      const writing = (async () => {
        for (let n = 0; n < 3; n++) await writer.write(part(n, MIB));
        await writer.close();
      })();
      const stored = await R2.put("stream", readable);
      await writing;
      const bytes = new Uint8Array(await (await R2.get("stream")).arrayBuffer());
      const keys = (await R2.list()).objects.map(({ key }) => key);
      return Response.json([keys, stored.size, bytes.reduce((a, b) => a + b, 0)]);""")

    assert keys == ["b", "stream"]
    assert (size, sum_) == (3 * 1024 * 1024, 3 * 1024 * 1024)


def test_multipart(run):
    small, unequal, done, edges, left = run("""
      const tooSmall = await R2.createMultipartUpload("s");
      const smallParts = [await tooSmall.uploadPart(1, "x"), await tooSmall.uploadPart(2, "y")];
      const small = await message(tooSmall.complete(smallParts));
      await tooSmall.abort();
      const uneven = await R2.createMultipartUpload("u");
      const parts = [];
      for (const [n, size] of [[1, 5 * MIB], [2, 6 * MIB], [3, 1]]) {
        parts.push(await uneven.uploadPart(n, part(n, size)));
      }
      const unequal = await message(uneven.complete(parts));
      await uneven.uploadPart(2, part(2, 5 * MIB)).then((again) => { parts[1] = again; });
      const resumed = R2.resumeMultipartUpload("u", uneven.uploadId);
      const done = await resumed.complete(parts.toReversed());
      const range = { offset: 5 * MIB - 1, length: 2 };
      const edges = [...new Uint8Array(await (await R2.get("u", { range })).arrayBuffer())];
      const left = await message(resumed.uploadPart(4, "x"));
      return Response.json([small, unequal, shown(done), edges, left]);""")

    assert small.endswith("(10011)")
    assert unequal.endswith("(10048)")
    assert (done["size"], done["etag"][-2:]) == (10 * 1024 * 1024 + 1, "-3")
    assert edges == [1, 2]
    assert left.endswith("(10024)")


def test_admin_reads_and_writes_objects(start):
    edge = start(Cloud(buckets=(Bucket("files", storage_class="InfrequentAccess"),)))
    path = "/r2/files/objects/dir%2Fa%20b"
    put = edge.admin("PUT", path, content=b"abc", headers={"content-type": "text/plain"}).json()

    assert (put["key"], put["size"], put["storage_class"]) == ("dir/a b", 3, "InfrequentAccess")
    got = edge.admin("GET", path)
    assert (got.content, got.headers["content-type"]) == (b"abc", "text/plain")
    assert edge.admin("HEAD", path).headers["content-length"] == "3"
    listed = edge.admin("GET", "/r2/files/objects", params={"prefix": "dir/"}).json()
    assert [each["key"] for each in listed["objects"]] == ["dir/a b"]
    assert edge.admin("GET", "/r2/files").json() == {"objects": 1, "bytes": 3, "uploads": 0}
    edge.admin("DELETE", path)
    assert edge.admin("GET", path).status_code == 404
    assert edge.admin("GET", "/r2/nobody").json()["error"]["code"] == "NoSuchBucket"


CLUTTER = """
  await R2.put("kept", "1");
  await R2.put("replaced", "1");
  await R2.put("replaced", "2");
  await R2.put("deleted", "1");
  await R2.delete("deleted");
  await R2.put("kept", "x", { onlyIf: { etagMatches: "other" } });
  const aborted = await R2.createMultipartUpload("aborted");
  await aborted.uploadPart(1, "x");
  await aborted.abort();
  const joined = await R2.createMultipartUpload("joined");
  await joined.uploadPart(1, "again");
  const used = await joined.uploadPart(1, "part");
  await joined.uploadPart(2, "unused");
  await joined.complete([used]);
  return Response.json((await R2.list()).objects.length);"""


def test_contents_that_nothing_names_are_cleared_away(tmp_path):
    worker = script(tmp_path, WORKER % CLUTTER, bindings=(BINDING,))
    cloud = serving(worker, buckets=(Bucket("files"),))
    directory = tmp_path / "runtime"
    with running(directory, cloud) as edge:
        assert edge.get("/").json() == 3
    contents = directory / "state" / "r2-blobs"
    index = directory / "state" / "r2" / "local-r2" / f"{object_id('local-r2', 'files')}.sqlite"
    files = [path for path in contents.rglob("*") if path.is_file()]
    with closing(sqlite3.connect(index)) as database:
        (waiting,) = database.execute("SELECT count(*) FROM garbage").fetchone()
        database.execute("UPDATE garbage SET due = 0")
        database.commit()

    assert (len(files), waiting) == (9, 6)
    with running(directory, cloud) as edge:
        edge.admin("GET", "/r2/files")
        eventually(lambda: len([path for path in contents.rglob("*") if path.is_file()]), 3)
        for key, text in (("kept", b"1"), ("replaced", b"2"), ("joined", b"part")):
            assert edge.admin("GET", f"/r2/files/objects/{key}").content == text


RULES = (
    {
        "id": "delete-temp-files",
        "enabled": True,
        "conditions": {"prefix": "temp/"},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 7 * DAY}},
    },
    {
        "id": "transition-old-files",
        "enabled": True,
        "conditions": {"prefix": "archive/"},
        "storageClassTransitions": [
            {"condition": {"type": "Age", "maxAge": 90 * DAY}, "storageClass": "InfrequentAccess"}
        ],
    },
    {
        "id": "abort",
        "enabled": True,
        "conditions": {},
        "abortMultipartUploadsTransition": {"condition": {"type": "Age", "maxAge": 7 * DAY}},
    },
    {
        "id": "off",
        "enabled": False,
        "conditions": {},
        "deleteObjectsTransition": {"condition": {"type": "Age", "maxAge": 0}},
    },
)


def put(edge: RunningRuntime, *keys: str) -> None:
    for key in keys:
        quoted = key.replace("/", "%2F")
        assert edge.admin("PUT", f"/r2/files/objects/{quoted}", content=b"x").status_code == 200


def classes(edge: RunningRuntime) -> dict[str, str]:
    listed = edge.admin("GET", "/r2/files/objects").json()["objects"]
    return {each["key"]: each["storage_class"] for each in listed}


def lifecycle_at(edge: RunningRuntime, days: float) -> Any:
    edge.runtime.set_clock(days * DAY)
    return edge.run(edge.runtime.run_lifecycle())["files"]


def test_lifecycle_rules_act_when_their_time_has_come(start, tmp_path):
    uploading = WORKER % "await R2.createMultipartUpload('up'); return Response.json(1);"
    worker = script(tmp_path, uploading, bindings=(BINDING,))
    edge = start(serving(worker, buckets=(Bucket("files", lifecycle=RULES),)))
    put(edge, "temp/a", "archive/b", "keep/c")
    edge.get("/")

    assert lifecycle_at(edge, 6.9) == {"deleted": [], "transitioned": [], "aborted": []}
    assert lifecycle_at(edge, 7.1) == {"deleted": ["temp/a"], "transitioned": [], "aborted": ["up"]}
    assert lifecycle_at(edge, 89) == {"deleted": [], "transitioned": [], "aborted": []}
    assert lifecycle_at(edge, 91)["transitioned"] == ["archive/b"]
    assert lifecycle_at(edge, 91)["transitioned"] == []
    assert classes(edge) == {"archive/b": "InfrequentAccess", "keep/c": "Standard"}
    assert edge.admin("GET", "/r2/files").json()["uploads"] == 0


def test_lifecycle_by_date(start):
    rule = {
        "id": "end",
        "enabled": True,
        "conditions": {"prefix": ""},
        "deleteObjectsTransition": {"condition": {"type": "Date", "date": "2099-01-01T00:00:00Z"}},
    }
    edge = start(Cloud(buckets=(Bucket("files", lifecycle=(rule,)),)))
    put(edge, "a")

    assert lifecycle_at(edge, 365)["deleted"] == []
    assert lifecycle_at(edge, 365 * 80)["deleted"] == ["a"]


def test_lifecycle_runs_by_itself_once_a_day(tmp_path):
    rule = {**RULES[3], "enabled": True}
    cloud = Cloud(buckets=(Bucket("files", lifecycle=(rule,)),))
    stamp = tmp_path / "runtime" / "lifecycle.json"
    with running(tmp_path / "runtime", cloud) as edge:
        eventually(stamp.exists, expected=True)
        put(edge, "a")
    with running(tmp_path / "runtime", cloud) as edge:
        assert classes(edge) == {"a": "Standard"}
    last_run = json.loads(stamp.read_text())["last_run"]
    stamp.write_text(json.dumps({"last_run": last_run - DAY}))
    with running(tmp_path / "runtime", cloud) as edge:
        eventually(lambda: len(classes(edge)), 0)
