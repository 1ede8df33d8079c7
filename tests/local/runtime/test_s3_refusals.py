"""What the S3 API of R2 refuses, measured by those who met it; nothing is stored or deleted."""

import base64
import hashlib
import zlib

import pytest

from local.records.model import Bucket, Cloud
from tests.local.runtime.conftest import Start
from tests.local.runtime.s3_requests import UNSIGNED, client_of, presigned, send, signed
from tests.support_runtime import RunningRuntime

pytestmark = pytest.mark.workerd

CRC32 = base64.b64encode(zlib.crc32(b"x").to_bytes(4, "big")).decode()


@pytest.fixture
def edge(start: Start) -> RunningRuntime:
    made = start(Cloud(buckets=(Bucket("files"), Bucket("other"))))
    client_of(made).put_object(Bucket="files", Key="kept", Body=b"kept")
    return made


def stored(edge: RunningRuntime) -> list[str]:
    listed = client_of(edge).list_objects_v2(Bucket="files").get("Contents", [])
    return [each["Key"] for each in listed]


@pytest.mark.parametrize("kind", ["HMAC-SHA256-PAYLOAD", "HMAC-SHA256-PAYLOAD-TRAILER"])
def test_a_body_that_is_signed_in_chunks_is_not_implemented(edge, kind):
    """FluentStorage#114 and #166, bitplatform#13362."""
    payload = f"STREAMING-AWS4-{kind}"
    headers = {"x-amz-decoded-content-length": "1"}
    answer = signed(edge, "PUT", "/files/k", b"1\r\nx\r\n", headers=headers, payload=payload)

    assert answer.refusal == (501, "NotImplemented")
    assert answer.message == f"{payload} not implemented"
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("path", ["/files", "/files/", "/files/k"])
def test_a_form_is_not_implemented_and_no_wrong_key(edge, path):
    """opslane#194, PostHog#102187."""
    head = {"content-type": "multipart/form-data; boundary=b"}
    answer = send(edge, "POST", path, b"--b--\r\n", head)

    assert answer.refusal == (501, "NotImplemented")
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("name", ["x-amz-meta-owner", "x-amz-copy-source", "x-amz-storage-class"])
def test_a_header_that_nobody_signed_is_refused(edge, name):
    """rustfs#7425: who was given an address may add nothing to it."""
    target = presigned(edge, "PUT", "/files/k", {})
    by_address = send(edge, "PUT", target, b"x", {name: "files/kept"})
    by_header = signed(edge, "PUT", "/files/k", b"x", unsigned={name: "files/kept"})

    for answer in (by_address, by_header):
        assert answer.refusal == (403, "AccessDenied")
        assert name in answer.message
    assert stored(edge) == ["kept"]


def test_a_checksum_in_an_address_holds(edge):
    query = {"x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": CRC32}
    target = presigned(edge, "PUT", "/files/k", query)

    assert send(edge, "PUT", target, b"y", {}).refusal == (400, "BadDigest")
    assert stored(edge) == ["kept"]
    assert send(edge, "PUT", target, b"x", {}).status == 200


def test_metadata_in_an_address_is_stored(edge):
    target = presigned(edge, "PUT", "/files/k", {"x-amz-meta-owner": "me"})

    assert send(edge, "PUT", target, b"x", {}).status == 200
    assert client_of(edge).head_object(Bucket="files", Key="k")["Metadata"] == {"owner": "me"}


@pytest.mark.parametrize("name", ["x-amz-tagging", "X-Amz-Security-Token"])
def test_what_is_not_honoured_is_refused_in_an_address_as_well(edge, name):
    target = presigned(edge, "PUT", "/files/k", {name: "a=b"})

    assert send(edge, "PUT", target, b"x", {}).refusal == (501, "NotImplemented")
    assert stored(edge) == ["kept"]


def test_what_is_said_twice_differently_is_refused(edge):
    answer = signed(edge, "PUT", "/files/k?x-amz-meta-a=1", b"x", headers={"x-amz-meta-a": "2"})

    assert answer.refusal == (400, "InvalidArgument")
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("query", ["x-amz-meta-%20=1", "x-amz-meta-a=%0A", "x-amz-meta-%C3%BC=1"])
def test_what_can_be_no_header_is_refused_in_an_address(edge, query):
    answer = signed(edge, "PUT", f"/files/k?{query}", b"x")

    assert answer.refusal == (400, "InvalidArgument")
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize(
    ("source", "refusal"),
    {
        "/files/kept": (400, "InvalidArgument"),  # lean-s3#113: the bucket has an empty name
        "files": (400, "InvalidArgument"),
        "files/": (400, "InvalidArgument"),
        "": (400, "InvalidArgument"),
        "files/%zz": (400, "InvalidArgument"),
        "files/kept?versionId=1": (501, "NotImplemented"),
        "files/kept?x": (501, "NotImplemented"),
        "none/kept": (404, "NoSuchBucket"),
        "files/none": (404, "NoSuchKey"),
    }.items(),
)
def test_a_source_of_a_copy_is_bucket_and_key(edge, source, refusal):
    answer = signed(edge, "PUT", "/files/copy", headers={"x-amz-copy-source": source})

    assert answer.refusal == refusal
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("given", ["bytes=0-", "bytes=2-1", "0-1", "bytes=-2"])
def test_a_range_of_a_copy_has_two_ends(edge, given):
    client = client_of(edge)
    upload = client.create_multipart_upload(Bucket="files", Key="k")["UploadId"]
    headers = {"x-amz-copy-source": "files/kept", "x-amz-copy-source-range": given}
    target = f"/files/k?partNumber=1&uploadId={upload}"

    assert signed(edge, "PUT", target, headers=headers).refusal == (400, "InvalidArgument")
    assert "Parts" not in client.list_parts(Bucket="files", Key="k", UploadId=upload)


def test_a_digest_of_a_body_that_is_none_is_refused(edge):
    answer = signed(edge, "PUT", "/files/k", b"x", payload="anything")

    assert answer.refusal == (400, "InvalidArgument")


def test_a_document_has_the_digest_that_was_signed(edge):
    body = b"<Delete><Object><Key>kept</Key></Object></Delete>"
    other = hashlib.sha256(b"other").hexdigest()

    by_signature = signed(edge, "POST", "/files?delete", body, payload=other)
    by_checksum = signed(
        edge, "POST", "/files?delete", body, headers={"x-amz-checksum-crc32": CRC32}
    )

    assert by_signature.refusal == by_checksum.refusal == (400, "BadDigest")
    assert stored(edge) == ["kept"]


KEPT = b"<Object><Key>kept</Key></Object>"
DOCUMENTS = {
    "nothing": b"",
    "text": b"Delete",
    "another root": b"<Remove>" + KEPT + b"</Remove>",
    "not closed": b"<Delete>" + KEPT,
    "crossed": b"<Delete><Object><Key>kept</Object></Key></Delete>",
    "two roots": b"<Delete>" + KEPT + b"</Delete><Delete/>",
    "closed too often": b"<Delete>" + KEPT + b"</Delete></Delete>",
    "document type": b"<!DOCTYPE a [<!ENTITY b 'c'>]><Delete>" + KEPT + b"</Delete>",
    "unknown entity": b"<Delete>" + KEPT + b"<Object><Key>&a;</Key></Object></Delete>",
    "no character": b"<Delete>" + KEPT + b"<Object><Key>&#x110000;</Key></Object></Delete>",
    "half a pair": b"<Delete>" + KEPT + b"<Object><Key>&#xD800;</Key></Object></Delete>",
    "not UTF-8": b"<Delete>" + KEPT + b"<Object><Key>\xff</Key></Object></Delete>",
    "deep": b"<Delete>" + KEPT + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Delete>",
    "no object": b"<Delete></Delete>",
}


@pytest.mark.parametrize("body", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_that_is_none_deletes_nothing(edge, body):
    assert signed(edge, "POST", "/files?delete", body).refusal == (400, "MalformedXML")
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("field", ["VersionId", "ETag", "Size", "LastModifiedTime"])
def test_a_condition_on_an_object_to_delete_is_not_ignored(edge, field):
    body = f"<Delete><Object><Key>kept</Key><{field}>1</{field}></Object></Delete>".encode()
    answer = signed(edge, "POST", "/files?delete", body)

    assert answer.refusal == (501, "NotImplemented")
    assert field in answer.message
    assert stored(edge) == ["kept"]


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_a_condition_on_a_deletion_is_not_ignored(edge, name):
    answer = signed(edge, "DELETE", "/files/kept", headers={name: '"other"'})

    assert answer.refusal == (501, "NotImplemented")
    assert stored(edge) == ["kept"]


CHUNKS = {
    "as announced": (b"5\r\nhello\r\n0\r\n\r\n", "5", (200, "")),
    "less than announced": (b"5\r\nhello\r\n0\r\n\r\n", "6", (400, "IncompleteBody")),
    "more than announced": (b"5\r\nhello\r\n0\r\n\r\n", "4", (400, "IncompleteBody")),
    "no last chunk": (b"5\r\nhello\r\n", "5", (400, "IncompleteBody")),
    "no body": (b"", "5", (400, "IncompleteBody")),
    "no size": (b"hello\r\n0\r\n\r\n", "5", (400, "IncompleteBody")),
}


@pytest.mark.parametrize(("body", "size", "expected"), CHUNKS.values(), ids=CHUNKS)
def test_a_body_in_chunks_has_the_size_that_was_announced(edge, body, size, expected):
    answer = signed(
        edge,
        "PUT",
        "/files/k",
        body,
        headers={"x-amz-decoded-content-length": size, "content-encoding": "aws-chunked"},
        payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    )

    assert answer.refusal == expected
    assert stored(edge) == (["k", "kept"] if answer.status == 200 else ["kept"])


def test_a_header_of_the_answer_that_none_can_have_is_refused(edge):
    target = "/files/kept?response-content-type=a%0Ab"

    assert signed(edge, "GET", target).refusal == (400, "InvalidArgument")


def test_an_address_that_is_no_utf8_names_no_bucket_instead(edge):
    assert signed(edge, "GET", "/files/%ff", payload=UNSIGNED).refusal == (400, "InvalidArgument")
