"""Every header and query parameter of S3, as its published model names them.

Each is honoured, refused by name with nothing stored, or on the list of those that mean nothing,
which stands in docs/local-cloudflare.md (issue 9; yopass#3657, openreplay#2018).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.records.model import Bucket, Cloud
from tests.local.runtime.s3_requests import Answer, client_of, signed
from tests.support_runtime import RunningRuntime, running

pytestmark = pytest.mark.workerd

DOCUMENT = Path(__file__).parents[3] / "docs" / "local-cloudflare.md"
LIST = re.compile(r"<!-- begin of the S3 list -->(.*?)<!-- end of the S3 list -->", re.DOTALL)
CONDITIONS = ("If-Match", "If-Modified-Since", "If-None-Match", "If-Unmodified-Since")
METADATA = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Expires",
    "x-amz-meta-",
    "x-amz-storage-class",
)
SUMS = tuple(
    f"x-amz-checksum-{kind}" for kind in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
)
RESPONSES = tuple(
    f"response-{name}"
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
)
LISTED = ("delimiter", "max-keys", "prefix")
SOURCE = ("x-amz-copy-source", *(f"x-amz-copy-source-{name.lower()}" for name in CONDITIONS))
PART = ("partNumber", "uploadId")
HONOURED = {
    "ListBuckets": (),
    "HeadBucket": (),
    "ListObjects": (*LISTED, "marker"),
    "ListObjectsV2": (*LISTED, "continuation-token", "start-after"),
    "GetBucketLocation": (),
    "ListMultipartUploads": ("prefix", "key-marker", "upload-id-marker", "max-uploads"),
    "GetBucketCors": (),
    "DeleteObjects": (),
    "GetObject": (*CONDITIONS, "Range", *RESPONSES, "partNumber"),
    "HeadObject": (*CONDITIONS, "Range", *RESPONSES, "partNumber"),
    "PutObject": ("If-Match", "If-None-Match", *METADATA, "Content-MD5", *SUMS),
    "DeleteObject": (),
    "CopyObject": (*METADATA, *SOURCE),
    "CreateMultipartUpload": METADATA,
    "UploadPart": ("Content-MD5", *SUMS, *PART),
    "UploadPartCopy": (*SOURCE, "x-amz-copy-source-range", *PART),
    "ListParts": ("uploadId", "max-parts", "part-number-marker"),
    "CompleteMultipartUpload": ("uploadId",),
    "AbortMultipartUpload": ("uploadId",),
}
"""What the operations that are answered act on."""

IN_PART = {
    "x-amz-acl": "private",
    "x-amz-checksum-algorithm": "CRC32",
    "x-amz-checksum-type": "COMPOSITE",
    "x-amz-metadata-directive": "COPY",
    "x-amz-sdk-checksum-algorithm": "CRC32",
    "encoding-type": "url",
}
"""What is honoured with some values, and one of those; others are refused."""

NOT_THERE = {
    ("CompleteMultipartUpload", "x-amz-checksum-type"),
    ("CopyObject", "x-amz-checksum-algorithm"),
    ("ListMultipartUploads", "encoding-type"),
}
"""Where none of those values is honoured either."""

COPY = {"x-amz-copy-source": "files/kept"}
BODIES = {"DeleteObjects": b"<Delete><Object><Key>none</Key></Object></Delete>"}
NO_CLIENT = {"WriteGetObjectResponse", "ListDirectoryBuckets"}
"""Operations that S3 answers at other hosts."""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRuntime]:
    with running(
        tmp_path_factory.mktemp("s3") / "runtime", Cloud(buckets=(Bucket("files"),))
    ) as it:
        client_of(it).put_object(Bucket="files", Key="kept", Body=b"kept")
        yield it


@pytest.fixture(scope="module")
def model(edge):
    return client_of(edge).meta.service_model


def harmless() -> set[str]:
    found = LIST.search(DOCUMENT.read_text())
    assert found
    return set(re.findall(r"^- `([^`]+)`", found[1], re.MULTILINE))


def fields(operation) -> Iterator[tuple[str, str]]:
    """Name what an operation takes beside its path and body: where, and under which name."""
    shape = operation.input_shape
    for member in (shape.members if shape else {}).values():
        where = member.serialization.get("location")
        if where in {"header", "headers", "querystring"}:
            yield where, member.serialization["name"]


def asked(edge: RunningRuntime, operation, headers=None, query=None) -> Answer:
    """Ask for *operation* on an object that is not there, or on none."""
    name, method = operation.name, operation.http["method"]
    pairs = {**NEEDED.get(name, {}), **(query or {})}
    added = "&".join(f"{key}={quote(value)}" for key, value in pairs.items())
    target = target_of(operation)
    joined = target + ("&" if "?" in target else "?") + added if added else target
    source = COPY if name in {"CopyObject", "UploadPartCopy"} else {}
    body = BODIES.get(name, b"x" if method in {"PUT", "POST"} else b"")
    return signed(edge, method, joined, body, headers={**source, **(headers or {})})


def target_of(operation) -> str:
    """Write the path and query of *operation*; botocore takes the bucket out of some."""
    target = operation.http["requestUri"].replace("/{Bucket}", "/files")
    shape = operation.input_shape
    if shape and "Bucket" in shape.members and not target.startswith("/files"):
        target = f"/files{target}"
    return str(target.replace("{Key+}", "asked"))


UPLOAD = {"uploadId": "none"}
NEEDED = {
    "UploadPart": {**UPLOAD, "partNumber": "1"},
    "UploadPartCopy": {**UPLOAD, "partNumber": "1"},
    "ListParts": UPLOAD,
    "CompleteMultipartUpload": UPLOAD,
    "AbortMultipartUpload": UPLOAD,
}
"""What tells an operation from another one at the same path."""


@pytest.mark.parametrize("name", HONOURED)
def test_what_an_operation_takes_is_honoured_refused_by_name_or_said_to_mean_nothing(
    edge, model, name
):
    operation = model.operation_model(name)
    let_pass = harmless()
    for where, field in fields(operation):
        if field == "Content-Length":
            continue
        given = {f"{field}a" if field.endswith("-meta-") else field: "x"}
        asked_with = {"query": given} if where == "querystring" else {"headers": given}
        answer = asked(edge, operation, **asked_with)

        if field in HONOURED[name] or field in let_pass:
            assert answer.status != 501, (field, answer.body)
            signed(edge, "DELETE", "/files/asked")
            continue
        assert answer.status == 501, (field, answer.status, answer.body)
        if name not in {"HeadObject", "HeadBucket"}:
            assert answer.code == "NotImplemented"
            assert field.lower() in answer.message.lower()
        stored = client_of(edge).list_objects_v2(Bucket="files")["Contents"]
        assert [each["Key"] for each in stored] == ["kept"]


@pytest.mark.parametrize(("field", "value"), IN_PART.items())
def test_what_is_honoured_in_part_is_taken_with_the_values_that_are(edge, model, field, value):
    taking = [
        (operation, where)
        for operation in map(model.operation_model, HONOURED)
        for where, name in fields(operation)
        if name == field and (operation.name, field) not in NOT_THERE
    ]

    answers = [
        asked(edge, it, **{"query" if where == "querystring" else "headers": {field: value}})
        for it, where in taking
    ]

    assert answers
    signed(edge, "DELETE", "/files/asked")
    assert [answer.message for answer in answers if answer.status == 501] == []


def test_an_operation_that_is_not_answered_is_refused(edge, model):
    others = set(model.operation_names) - set(HONOURED) - NO_CLIENT
    for name in sorted(others):
        operation = model.operation_model(name)
        answer = asked(edge, operation)

        assert answer.status in {405, 501}, (name, answer.status, answer.body)


@settings(max_examples=25)
@given(name=st.from_regex(r"x-amz-[a-z][a-z-]{0,20}[a-z]", fullmatch=True))
def test_a_header_that_s3_has_not_yet_is_refused_as_well(edge, name):
    known = name in harmless() or name.startswith("x-amz-meta-")
    if known or any(name in names for names in (*HONOURED.values(), IN_PART)):
        return
    assert signed(edge, "PUT", "/files/new", b"x", headers={name: "x"}).refusal == (
        501,
        "NotImplemented",
    )
    assert signed(edge, "GET", "/files/new").refusal == (404, "NoSuchKey")


@pytest.mark.parametrize("name", ["cf-create-bucket-if-missing", "cf-copy-destination-if-match"])
def test_what_r2_adds_to_s3_is_refused_by_name(edge, name):
    answer = signed(edge, "PUT", "/files/new", b"x", headers={name: "true"})

    assert answer.refusal == (501, "NotImplemented")
    assert name in answer.message
