"""Documents while others write, ask again, or send what was not announced (CC-10)."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.workers.stack import ConnectStack
from tests.workers.uploads import begin_upload, put, used

pytestmark = pytest.mark.workerd


def test_presigned_upload_counts_only_once_confirmed(connect: ConnectStack) -> None:
    begun = begin_upload(connect, "CHITTY-PUT", b"12345")
    path = f"/documents/{begun['id']}"

    too_soon = connect.api("POST", f"{path}/confirm")
    hidden = connect.api("GET", path)
    # No address lets this in: only who holds the keys of the bucket can.
    temporary = {"Bucket": connect.bucket, "Key": f"temp/presigned/{begun['id']}"}
    connect.s3().put_object(**temporary, Body=b"1234567")
    too_large = connect.api("POST", f"{path}/confirm")

    assert (too_soon.status_code, too_soon.json()["error"]["code"]) == (409, "not_uploaded")
    assert hidden.status_code == HTTPStatus.NOT_FOUND
    assert (too_large.status_code, too_large.json()["error"]["code"]) == (409, "size_mismatch")
    assert used(connect, "CHITTY-PUT") == (0, 0)
    with pytest.raises(ClientError):
        connect.s3().head_object(**temporary)


def test_a_presigned_upload_takes_what_was_announced_and_nothing_else(
    connect: ConnectStack,
) -> None:
    begun = begin_upload(connect, "CHITTY-SIGNED", b"12345", contentType="image/png")
    signed = {"content-type": "image/png"}

    refused = [
        httpx.put(begun["url"], content=b"12345", headers={"content-type": "text/html"}),
        httpx.put(begun["url"], content=b"12345"),
        httpx.put(begun["url"], content=b"123456", headers=signed),
        httpx.put(begun["url"], content=b"1234", headers=signed),
        # In chunks, without a length.
        httpx.put(begun["url"], content=iter([b"12345"]), headers=signed),
    ]

    assert begun["headers"] == {"Content-Type": "image/png", "Content-Length": "5"}
    assert [each.status_code for each in refused] == [HTTPStatus.FORBIDDEN] * len(refused)
    assert all("SignatureDoesNotMatch" in each.text for each in refused)
    assert not connect.objects(f"temp/presigned/{begun['id']}")
    put(begun, b"12345").raise_for_status()
    confirmed = connect.ok("POST", begun["confirm"].removeprefix("/api/v1"))
    assert (confirmed["contentType"], confirmed["size"]) == ("image/png", 5)


def test_what_a_confirm_wrote_is_not_written_over(connect: ConnectStack) -> None:
    first, other = b"a" * 4_000_000, b"b" * 4_000_000
    begun = begin_upload(connect, "CHITTY-SWAP", first)
    # As after a confirm that died before it told D1, and a second upload to the same address.
    connect.s3().put_object(Bucket=connect.bucket, Key=begun["key"], Body=first)
    put(begun, other).raise_for_status()

    confirmed = connect.ok("POST", begun["confirm"].removeprefix("/api/v1"))

    content = connect.api("GET", f"/documents/{begun['id']}/content").content
    assert content == first
    assert hashlib.sha256(first).hexdigest() == confirmed["sha256"]
    assert not connect.objects(f"temp/presigned/{begun['id']}")


def test_completes_and_archivings_at_once_give_one_answer(connect: ConnectStack) -> None:
    wanted = {"chittyId": "CHITTY-TWICE", "type": "scan", "name": "s.bin", "size": 5}
    begun = connect.ok("POST", "/documents/multipart", json=wanted)
    path = f"/documents/multipart/{begun['uploadId']}"
    part = connect.ok("PUT", f"{path}/1", content=b"12345")
    document = f"/documents/{begun['documentId']}"

    def together(path: str, **sent: Any) -> list[httpx.Response]:
        with ThreadPoolExecutor(6) as pool:
            return [
                each.result()
                for each in [pool.submit(connect.api, "POST", path, **sent) for _ in range(6)]
            ]

    completed = together(f"{path}/complete", json={"parts": [part]})
    archived = together(f"{document}/archive")

    assert {each.status_code for each in completed} == {HTTPStatus.CREATED}
    assert {each.status_code for each in archived} == {HTTPStatus.OK}
    for answers in (completed, archived):
        assert all(each.json() == answers[0].json() for each in answers)
    assert connect.api("GET", f"{document}/content").content == b"12345"


def test_a_quota_holds_for_uploads_at_once(connect: ConnectStack) -> None:
    owner = "CHITTY-AT-ONCE"
    connect.upload(owner, "first.txt", b"x")
    connect.sql("UPDATE document_quotas SET bytes_limit = 1000 WHERE chitty_id = ?", owner)

    def upload(number: int) -> int:
        fields = {"chittyId": owner, "type": "note"}
        file = {"file": (f"{number}.txt", b"x" * 300)}
        return connect.api("POST", "/documents/upload", data=fields, files=file).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(upload, range(12)))

    assert (statuses.count(201), statuses.count(413)) == (3, 9)
    assert used(connect, owner) == (901, 4)
