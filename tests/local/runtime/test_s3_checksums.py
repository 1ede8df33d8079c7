"""Checksums of S3: every one that is given is held against the content, wherever it stands."""

import base64
import hashlib

import pytest

from local.records.model import Bucket, Cloud
from tests.local.runtime.conftest import Start
from tests.local.runtime.s3_requests import client_of, signed
from tests.support_runtime import RunningRuntime

pytestmark = pytest.mark.workerd


@pytest.fixture
def edge(start: Start) -> RunningRuntime:
    made = start(Cloud(buckets=(Bucket("files"),)))
    client_of(made).put_object(Bucket="files", Key="kept", Body=b"kept")
    return made


def stored(edge: RunningRuntime) -> list[str]:
    listed = client_of(edge).list_objects_v2(Bucket="files").get("Contents", [])
    return [each["Key"] for each in listed]


CHECKED = b"123456789"
"""What catalogues of checksums give the values of."""

SUMS = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "sha1": hashlib.sha1(CHECKED, usedforsecurity=False).hexdigest(),
    "sha256": hashlib.sha256(CHECKED).hexdigest(),
}


@pytest.mark.parametrize(("kind", "digest"), SUMS.items())
def test_a_checksum_is_held_against_the_content(edge, kind, digest):
    name, value = f"x-amz-checksum-{kind}", base64.b64encode(bytes.fromhex(digest)).decode()
    trailing = {"x-amz-trailer": name, "x-amz-decoded-content-length": "9"}
    chunks = b"4\r\n1234\r\n5\r\n56789\r\n0\r\n" + f"{name}:{value}\r\n\r\n".encode()
    payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    before = signed(edge, "PUT", "/files/before", CHECKED, headers={name: value})
    behind = signed(edge, "PUT", "/files/behind", chunks, headers=trailing, payload=payload)
    wrong = signed(edge, "PUT", "/files/wrong", CHECKED[::-1], headers={name: value})

    assert (before.status, behind.status) == (200, 200)
    assert before.headers[name] == behind.headers[name] == value
    assert wrong.refusal == (400, "BadDigest")
    assert stored(edge) == ["before", "behind", "kept"]


@pytest.mark.parametrize("trailer", ["x-amz-checksum-constructor", "x-amz-checksum-md5", "x-a"])
def test_a_trailer_that_is_not_honoured_is_refused(edge, trailer):
    headers = {"x-amz-trailer": trailer, "x-amz-decoded-content-length": "1"}
    body = f"1\r\nx\r\n0\r\n{trailer}:x\r\n\r\n".encode()
    answer = signed(
        edge, "PUT", "/files/k", body, headers=headers, payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    )

    assert answer.refusal == (501, "NotImplemented")
    assert stored(edge) == ["kept"]


UPLOADS = {
    "CRC32 of parts": ("CRC32", "COMPOSITE", 200),
    "CRC-64 of all": ("CRC64NVME", "FULL_OBJECT", 200),
    "CRC32 of all": ("CRC32", "FULL_OBJECT", 501),
    "CRC-64 of parts": ("CRC64NVME", "COMPOSITE", 501),
}


@pytest.mark.parametrize(("algorithm", "kind", "status"), UPLOADS.values(), ids=UPLOADS)
def test_an_upload_has_the_checksums_that_r2_has(edge, algorithm, kind, status):
    headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}

    assert signed(edge, "POST", "/files/k?uploads", headers=headers).status == status


def parts(checksum: str) -> bytes:
    etag = hashlib.md5(CHECKED, usedforsecurity=False).hexdigest()
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag>{checksum}</Part>"
    return f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()


@pytest.mark.parametrize(("kind", "digest"), SUMS.items())
def test_a_part_is_chosen_by_the_checksum_that_it_was_stored_with(edge, kind, digest):
    upload = client_of(edge).create_multipart_upload(Bucket="files", Key="k")["UploadId"]
    value = base64.b64encode(bytes.fromhex(digest)).decode()
    element = f"Checksum{kind.upper()}"
    target = f"/files/k?uploadId={upload}"
    sent = {f"x-amz-checksum-{kind}": value}
    signed(edge, "PUT", f"{target}&partNumber=1", CHECKED, headers=sent)

    wrong = signed(edge, "POST", target, parts(f"<{element}>AAAA</{element}>"))
    absent = signed(edge, "POST", target, parts("<ChecksumMD5>AAAA</ChecksumMD5>"))
    right = signed(edge, "POST", target, parts(f"<{element}>{value}</{element}>"))

    assert wrong.refusal == (400, "InvalidPart")
    assert absent.refusal == (501, "NotImplemented")
    assert right.status == 200


def test_a_part_that_was_replaced_has_no_checksum_of_the_former(edge):
    upload = client_of(edge).create_multipart_upload(Bucket="files", Key="k")["UploadId"]
    target = f"/files/k?uploadId={upload}"
    value = base64.b64encode(bytes.fromhex(SUMS["crc32"])).decode()
    put = f"{target}&partNumber=1"
    signed(edge, "PUT", put, CHECKED, headers={"x-amz-checksum-crc32": value})
    signed(edge, "PUT", put, CHECKED)

    answer = signed(edge, "POST", target, parts(f"<ChecksumCRC32>{value}</ChecksumCRC32>"))

    assert answer.refusal == (400, "InvalidPart")
    assert stored(edge) == ["kept"]
