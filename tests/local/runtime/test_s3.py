"""The S3 API, with boto3 as the client."""

import hashlib
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.auth  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local.records.model import Bucket, Cloud, managed_host
from tests.local.runtime.conftest import Start
from tests.local.runtime.s3_requests import client_of
from tests.support_runtime import ACCOUNT, CREDENTIALS, RunningRuntime, eventually

pytestmark = pytest.mark.workerd

MIB = 1024 * 1024
PAGE = "https://connect.chitty.cc"
CORS = {
    "allowed": {"origins": [PAGE], "methods": ["GET", "PUT"], "headers": ["*"]},
    "exposeHeaders": ["ETag"],
    "maxAgeSeconds": 3600,
}
ORIGINS = json.loads((Path(__file__).parents[2] / "planning" / "origin_cases.json").read_text())
"""Allowed origin, header of a page, whether it fits."""

BUCKETS = (
    Bucket("files", cors=(CORS,)),
    Bucket("other"),
    Bucket("open", managed_domain=True, cors=(CORS,)),
)


@pytest.fixture
def edge(start: Start) -> RunningRuntime:
    return start(Cloud(buckets=BUCKETS))


@pytest.fixture
def s3(edge):
    return client_of(edge)


def code(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_an_object_from_put_to_delete(s3):
    key = "a folder/ü+%&=?#.txt"
    put = s3.put_object(
        Bucket="files",
        Key=key,
        Body=b"hello",
        ContentType="text/plain",
        CacheControl="no-store",
        Metadata={"owner": "me"},
        StorageClass="STANDARD_IA",
    )
    md5 = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()

    assert put["ETag"] == f'"{md5}"'
    head = s3.head_object(Bucket="files", Key=key)
    assert (head["ContentLength"], head["ContentType"]) == (5, "text/plain")
    assert (head["CacheControl"], head["Metadata"]) == ("no-store", {"owner": "me"})
    assert head["StorageClass"] == "STANDARD_IA"
    assert abs((datetime.now(UTC) - head["LastModified"]).total_seconds()) < 60
    assert s3.get_object(Bucket="files", Key=key)["Body"].read() == b"hello"
    s3.delete_object(Bucket="files", Key=key)
    with pytest.raises(ClientError) as gone:
        s3.get_object(Bucket="files", Key=key)
    assert code(gone) == (404, "NoSuchKey")


def test_ranges_and_conditions(s3):
    etag = s3.put_object(Bucket="files", Key="k", Body=b"0123456789")["ETag"]
    part = s3.get_object(Bucket="files", Key="k", Range="bytes=2-4")

    assert (part["Body"].read(), part["ContentRange"]) == (b"234", "bytes 2-4/10")
    assert s3.get_object(Bucket="files", Key="k", Range="bytes=-3")["Body"].read() == b"789"
    assert s3.get_object(Bucket="files", Key="k", Range="bytes=7-99")["Body"].read() == b"789"
    with pytest.raises(ClientError) as beyond:
        s3.get_object(Bucket="files", Key="k", Range="bytes=10-")
    assert code(beyond) == (416, "InvalidRange")
    headers = beyond.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-range"] == "bytes */10"
    with pytest.raises(ClientError) as same:
        s3.get_object(Bucket="files", Key="k", IfNoneMatch=etag)
    assert code(same) == (304, "304")
    with pytest.raises(ClientError) as other:
        s3.get_object(Bucket="files", Key="k", IfMatch='"other"')
    assert code(other) == (412, "PreconditionFailed")
    with pytest.raises(ClientError) as there:
        s3.put_object(Bucket="files", Key="k", Body=b"x", IfNoneMatch="*")
    assert code(there) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket="files", Key="k", IfMatch=etag)["Body"].read() == b"0123456789"


def test_an_empty_object_and_one_of_several_pieces(s3):
    s3.put_object(Bucket="files", Key="empty", Body=b"")
    content = bytes(range(256)) * 40_000
    s3.put_object(Bucket="files", Key="large", Body=content)

    assert s3.get_object(Bucket="files", Key="empty")["Body"].read() == b""
    assert s3.get_object(Bucket="files", Key="large")["Body"].read() == content


def test_listing_pages_with_prefix_and_delimiter(s3):
    keys = ["a/1", "a/2", "b", "b/x/1", "b/x/2", "c", "ü", "\U0001f600"]
    for key in keys:
        s3.put_object(Bucket="files", Key=key, Body=key.encode())

    def pages(**options):
        found = s3.get_paginator("list_objects_v2").paginate(Bucket="files", **options)
        return [
            (
                [each["Key"] for each in page.get("Contents", ())],
                [each["Prefix"] for each in page.get("CommonPrefixes", ())],
            )
            for page in found
        ]

    assert pages() == [(sorted(keys), [])]
    assert [page[0] for page in pages(PaginationConfig={"PageSize": 3})] == [
        keys[:3],
        keys[3:6],
        keys[6:],
    ]
    assert pages(Delimiter="/") == [(["b", "c", "ü", "\U0001f600"], ["a/", "b/"])]
    assert pages(Delimiter="/", PaginationConfig={"PageSize": 2}) == [
        (["b"], ["a/"]),
        (["c"], ["b/"]),
        (["ü", "\U0001f600"], []),
    ]
    assert pages(Prefix="b/", Delimiter="/") == [([], ["b/x/"])]
    assert pages(StartAfter="b/x/1") == [(keys[4:], [])]
    listed = s3.list_objects_v2(Bucket="files", Prefix="a/1")["Contents"][0]
    assert (listed["Size"], listed["StorageClass"]) == (3, "STANDARD")


def test_buckets_are_listed_and_missing_ones_said_so(s3):
    listed = s3.list_buckets()["Buckets"]
    assert [each["Name"] for each in listed] == ["files", "open", "other"]
    assert abs((datetime.now(UTC) - listed[0]["CreationDate"]).total_seconds()) < 60
    assert s3.head_bucket(Bucket="files")["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError) as missing:
        s3.list_objects_v2(Bucket="nobody")
    assert code(missing) == (404, "NoSuchBucket")
    with pytest.raises(ClientError) as unknown:
        s3.get_bucket_versioning(Bucket="files")
    assert code(unknown) == (501, "NotImplemented")


def test_many_are_deleted_at_once(s3):
    for key in ("a", "b", "c&<"):
        s3.put_object(Bucket="files", Key=key, Body=b"")
    chosen = {"Objects": [{"Key": "a"}, {"Key": "c&<"}, {"Key": "was-never-there"}]}
    deleted = s3.delete_objects(Bucket="files", Delete=chosen)["Deleted"]

    assert sorted(each["Key"] for each in deleted) == ["a", "c&<", "was-never-there"]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="files")["Contents"]] == ["b"]


def test_a_copy_keeps_or_replaces_metadata(s3):
    s3.put_object(Bucket="files", Key="from", Body=b"x" * 10, Metadata={"a": "1"})
    source = {"Bucket": "files", "Key": "from"}
    s3.copy_object(Bucket="other", Key="kept", CopySource=source)
    s3.copy_object(
        Bucket="other",
        Key="changed",
        CopySource=source,
        Metadata={"b": "2"},
        MetadataDirective="REPLACE",
        StorageClass="STANDARD_IA",
    )

    assert s3.head_object(Bucket="other", Key="kept")["Metadata"] == {"a": "1"}
    changed = s3.head_object(Bucket="other", Key="changed")
    assert (changed["Metadata"], changed["StorageClass"]) == ({"b": "2"}, "STANDARD_IA")


def upload(s3, *sizes: int, key: str = "big"):
    started = s3.create_multipart_upload(Bucket="files", Key=key, Metadata={"m": "1"})
    named = {"Bucket": "files", "Key": key, "UploadId": started["UploadId"]}
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**named, PartNumber=number, Body=bytes([number]) * size)["ETag"],
        }
        for number, size in enumerate(sizes, 1)
    ]
    return named, {"Parts": parts}


def test_a_multipart_upload(s3):
    named, parts = upload(s3, 5 * MIB, 5 * MIB, 100)
    assert [each["Size"] for each in s3.list_parts(**named)["Parts"]] == [5 * MIB, 5 * MIB, 100]
    assert s3.list_multipart_uploads(Bucket="files")["Uploads"][0]["Key"] == "big"
    done = s3.complete_multipart_upload(**named, MultipartUpload=parts)

    assert done["ETag"].endswith('-3"')
    head = s3.head_object(Bucket="files", Key="big")
    assert (head["ContentLength"], head["Metadata"]) == (10 * MIB + 100, {"m": "1"})
    across = f"bytes={5 * MIB - 2}-{5 * MIB + 1}"
    assert s3.get_object(Bucket="files", Key="big", Range=across)["Body"].read() == b"\1\1\2\2"
    whole = s3.get_object(Bucket="files", Key="big")["Body"].read()
    assert whole == b"\1" * 5 * MIB + b"\2" * 5 * MIB + b"\3" * 100
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="files")
    with pytest.raises(ClientError) as twice:
        s3.complete_multipart_upload(**named, MultipartUpload=parts)
    assert code(twice) == (404, "NoSuchUpload")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [((MIB, 10), "EntityTooSmall"), ((6 * MIB, 5 * MIB, 1), "InvalidPart")],
)
def test_parts_have_to_be_large_and_equal(s3, sizes, expected):
    named, parts = upload(s3, *sizes)
    with pytest.raises(ClientError) as refused:
        s3.complete_multipart_upload(**named, MultipartUpload=parts)

    assert code(refused) == (400, expected)


def test_an_unknown_part_and_an_aborted_upload_are_refused(s3):
    named, parts = upload(s3, 10)
    wrong = {"Parts": [{"PartNumber": 1, "ETag": '"' + "0" * 32 + '"'}]}
    with pytest.raises(ClientError) as unknown:
        s3.complete_multipart_upload(**named, MultipartUpload=wrong)
    assert code(unknown) == (400, "InvalidPart")
    s3.abort_multipart_upload(**named)
    with pytest.raises(ClientError) as aborted:
        s3.upload_part(**named, PartNumber=1, Body=b"x")
    assert code(aborted) == (404, "NoSuchUpload")
    with pytest.raises(ClientError) as gone:
        s3.complete_multipart_upload(**named, MultipartUpload=parts)
    assert code(gone) == (404, "NoSuchUpload")


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str):
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def test_presigned_urls_work_until_they_expire(s3):
    put = s3.generate_presigned_url("put_object", {"Bucket": "files", "Key": "p q"}, ExpiresIn=60)
    get = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "p q"}, ExpiresIn=60)
    short = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "p q"}, ExpiresIn=1)

    assert fetch(put, "PUT", b"by url")[0] == 200
    assert fetch(get)[:2] == (200, b"by url")
    assert fetch(get, "DELETE")[0] == 403
    eventually(lambda: fetch(short)[0], 400)
    assert b"<Code>ExpiredRequest</Code>" in fetch(short)[1]


def test_a_presigned_url_that_was_changed_is_refused(s3):
    get = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "a"}, ExpiresIn=60)
    status, body, _ = fetch(get.replace("/files/a?", "/files/b?"))

    assert (status, b"<Code>SignatureDoesNotMatch</Code>" in body) == (403, True)
    assert fetch(get.replace("Expires=60", "Expires=600"))[0] == 403


def test_bad_credentials_are_refused(edge, s3):
    with pytest.raises(ClientError) as wrong:
        client_of(edge, "wrong").list_objects_v2(Bucket="files")
    assert code(wrong) == (403, "SignatureDoesNotMatch")
    status, body, _ = fetch(f"{edge.s3_url}/files/a")
    assert (status, b"<Code>Unauthorized</Code>" in body) == (401, True)
    stranger = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "a"})
    assert fetch(stranger.replace(CREDENTIALS.access_key_id, "stranger"))[0] == 401


def test_an_old_signature_is_refused(edge, monkeypatch):
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2020, 1, 1, tzinfo=tz)

    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: Yesterday.now())
    with pytest.raises(ClientError) as skewed:
        client_of(edge).list_objects_v2(Bucket="files")

    assert code(skewed) == (403, "RequestTimeTooSkewed")


def test_content_that_differs_from_its_checksum_is_refused(s3):
    with pytest.raises(ClientError) as md5:
        s3.put_object(Bucket="files", Key="k", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert code(md5) == (400, "BadDigest")
    with pytest.raises(ClientError) as crc:
        s3.put_object(Bucket="files", Key="k", Body=b"x", ChecksumCRC32="AAAAAA==")
    assert code(crc) == (400, "BadDigest")
    with pytest.raises(ClientError) as gone:
        s3.head_object(Bucket="files", Key="k")
    assert code(gone)[0] == 404


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_confirmed(s3, algorithm):
    answer = s3.put_object(Bucket="files", Key="k", Body=b"abc", ChecksumAlgorithm=algorithm)

    assert s3.get_object(Bucket="files", Key="k")["Body"].read() == b"abc"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_cors_on_answers_and_preflights(edge, s3):
    s3.put_object(Bucket="files", Key="k", Body=b"x")
    url = s3.generate_presigned_url("get_object", {"Bucket": "files", "Key": "k"})
    status, _, headers = fetch(url, Origin=PAGE)

    assert (status, headers["access-control-allow-origin"]) == (200, PAGE)
    assert (headers["access-control-expose-headers"], headers["vary"]) == ("ETag", "Origin")
    assert fetch(url, Origin="https://evil.example")[2]["access-control-allow-origin"] is None
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "X-A, etag"}
    status, _, allowed = fetch(f"{edge.s3_url}/files/k", "OPTIONS", None, Origin=PAGE, **asked)
    assert status == 204
    assert allowed["access-control-allow-origin"] == PAGE
    assert allowed["access-control-allow-methods"] == "GET, PUT"
    assert allowed["access-control-allow-headers"] == "x-a, etag"
    assert allowed["access-control-max-age"] == "3600"
    asked["Access-Control-Request-Method"] = "DELETE"
    assert fetch(f"{edge.s3_url}/files/k", "OPTIONS", None, Origin=PAGE, **asked)[0] == 403
    asked["Access-Control-Request-Method"] = "PUT"
    assert fetch(f"{edge.s3_url}/other/k", "OPTIONS", None, Origin=PAGE, **asked)[0] == 403


def letting(origin: str) -> dict[str, Any]:
    return {**CORS, "allowed": {"origins": [origin], "methods": ["PUT"]}}


def test_an_origin_is_compared_as_the_configuration_compares_it(start):
    """cloudflare-docs#32888: a wildcard within the host is matched, and nothing else is special."""
    names = {each: f"bucket-{n}" for n, each in enumerate(sorted({case[0] for case in ORIGINS}))}
    buckets = (Bucket(name, cors=(letting(each),)) for each, name in names.items())
    edge = start(Cloud(buckets=tuple(buckets)))

    for each, origin, fits in ORIGINS:
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        status, _, headers = fetch(f"{edge.s3_url}/{names[each]}/k", "OPTIONS", None, **asked)
        shown = ("*" if each == "*" else origin) if fits else None
        assert (status, headers["access-control-allow-origin"]) == (204 if fits else 403, shown)


def test_a_public_bucket_is_read_at_its_host(edge, s3):
    s3.put_object(Bucket="open", Key="dir/a b.txt", Body=b"public", ContentType="text/plain")
    host = managed_host(ACCOUNT, "open")
    answer = edge.get("/dir/a%20b.txt", host=host, headers={"Origin": PAGE, "Range": "bytes=0-2"})

    assert (answer.status, answer.content) == (206, b"pub")
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert edge.get("/none", host=host).status == 404
    assert edge.get("/%ff", host=host).status == 400
    assert edge.request("PUT", "/x", host=host, body=b"x").status == 405
    assert edge.get("/x", host=managed_host(ACCOUNT, "files")).status == 530
