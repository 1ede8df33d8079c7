"""Pages of uploads and of parts, single parts of objects, and keys as they are listed."""

from itertools import islice

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local.records.model import Bucket, Cloud
from tests.local.runtime.conftest import Start
from tests.local.runtime.s3_requests import client_of, signed
from tests.support_runtime import RunningRuntime

pytestmark = pytest.mark.workerd

PART = 5 * 1024 * 1024
ODD = ["a%2Fb", "a b", "a+b", "a/b", "ü", "z"]


@pytest.fixture
def edge(start: Start) -> RunningRuntime:
    return start(Cloud(buckets=(Bucket("files"),)))


@pytest.fixture
def s3(edge):
    return client_of(edge)


def test_uploads_are_listed_by_pages(s3):
    begun = [
        (key, s3.create_multipart_upload(Bucket="files", Key=key)["UploadId"])
        for key in ("b", "a", "b", "c")
    ]

    found: list[tuple[str, str]] = []
    more: dict[str, str] = {}
    while True:
        page = s3.list_multipart_uploads(Bucket="files", MaxUploads=1, **more)
        found += [(each["Key"], each["UploadId"]) for each in page["Uploads"]]
        if not page["IsTruncated"]:
            break
        more = {
            "KeyMarker": page["NextKeyMarker"],
            "UploadIdMarker": page["NextUploadIdMarker"],
        }
    behind = s3.list_multipart_uploads(Bucket="files", KeyMarker="b")

    assert found == sorted(begun)
    assert [each["Key"] for each in behind["Uploads"]] == ["c"]


def test_parts_are_listed_by_pages_and_read_one_by_one(s3):
    upload = s3.create_multipart_upload(Bucket="files", Key="k")["UploadId"]
    named = {"Bucket": "files", "Key": "k", "UploadId": upload}
    for number, size in ((1, PART), (2, PART), (3, 7)):
        s3.upload_part(**named, PartNumber=number, Body=bytes([number]) * size)

    first = s3.list_parts(**named, MaxParts=2)
    rest = s3.list_parts(**named, PartNumberMarker=first["NextPartNumberMarker"])
    parts = [
        {"PartNumber": each["PartNumber"], "ETag": each["ETag"]}
        for each in (*first["Parts"], *rest["Parts"])
    ]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    third = s3.get_object(Bucket="files", Key="k", PartNumber=3)
    second = s3.head_object(Bucket="files", Key="k", PartNumber=2)

    assert [each["PartNumber"] for each in parts] == [1, 2, 3]
    assert (first["IsTruncated"], rest["IsTruncated"]) == (True, False)
    assert (third["Body"].read(), third["PartsCount"]) == (bytes([3]) * 7, 3)
    assert second["ContentLength"] == PART
    assert "PartsCount" not in s3.head_object(Bucket="files", Key="k")
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket="files", Key="k", PartNumber=4)
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.get_object(Bucket="files", Key="k", PartNumber=1, Range="bytes=0-1")


@pytest.mark.parametrize(
    "target",
    [
        "/files?uploads&max-uploads=0",
        "/files?uploads&max-uploads=ten",
        "/files/k?uploadId=u&max-parts=-1",
        "/files/k?uploadId=u&part-number-marker=1.5",
        "/files/k?partNumber=0",
        "/files/k?partNumber=one",
    ],
)
def test_a_number_that_is_none_is_refused(edge, s3, target):
    s3.put_object(Bucket="files", Key="k", Body=b"x")

    assert signed(edge, "GET", target).refusal == (400, "InvalidArgument")


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
def test_keys_of_every_page_come_back_as_they_are(s3, version):
    for key in ODD:
        s3.put_object(Bucket="files", Key=key, Body=b"")

    pages = s3.get_paginator(version).paginate(Bucket="files", PaginationConfig={"PageSize": 1})
    keys = [each["Key"] for page in pages for each in page["Contents"]]

    assert keys == sorted(ODD)
    after = getattr(s3, version)(Bucket="files", **AFTER[version])
    assert [each["Key"] for each in after["Contents"]] == sorted(ODD)[1:]


AFTER = {"list_objects": {"Marker": "a b"}, "list_objects_v2": {"StartAfter": "a b"}}


@pytest.mark.parametrize("version", ["list_objects", "list_objects_v2"])
def test_groups_of_keys_are_listed_once_over_all_pages(s3, version):
    for key in ("a/1", "a/2", "b", "b/1", "\uffff/1", "\U0001f600/1", "\U0001f600/2"):
        s3.put_object(Bucket="files", Key=key, Body=b"")
    asked = {"Bucket": "files", "Delimiter": "/", "PaginationConfig": {"PageSize": 1}}

    pages = [*islice(s3.get_paginator(version).paginate(**asked), 10)]

    found = [
        [each["Key"] for each in page.get("Contents", ())]
        + [each["Prefix"] for each in page.get("CommonPrefixes", ())]
        for page in pages
    ]
    assert found == [["a/"], ["b"], ["b/"], ["\uffff/"], ["\U0001f600/"]]
