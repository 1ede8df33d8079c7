"""The eleven points of the R2 checklist (CC-13), over HTTP."""

import hashlib
import random
from http import HTTPStatus
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.workers.stack import ConnectStack, eventually
from tests.workers.uploads import begin_upload, put, used

pytestmark = pytest.mark.workerd

MIB = 1024 * 1024
LARGE = random.Random(7).randbytes(12 * MIB)  # noqa: S311  # content, not a key


def test_r2_01_uploads(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-R2-01", "brief.txt", b"hello")

    assert document["key"].startswith("chittyid/CHITTY-R2-01/")
    stored = connect.s3().get_object(Bucket=connect.bucket, Key=document["key"])
    assert stored["Body"].read() == b"hello"
    assert stored["ETag"].strip('"') == document["etag"]
    assert document["sha256"] == hashlib.sha256(b"hello").hexdigest()
    assert stored["ContentDisposition"].startswith("attachment")


def test_r2_02_downloads(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-R2-02", "täxt.html", b"0123456789")
    path = f"/documents/{document['id']}/content"

    whole = connect.api("GET", path)
    part = connect.api("GET", path, headers={"range": "bytes=2-4"})
    same = connect.api("GET", path, headers={"if-none-match": whole.headers["etag"]})
    beyond = connect.api("GET", path, headers={"range": "bytes=10-"})

    assert (whole.status_code, whole.content) == (200, b"0123456789")
    # What was uploaded is saved, never shown in the name of this host.
    assert whole.headers["content-disposition"].startswith("attachment")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert (same.status_code, same.content) == (304, b"")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10")


def test_r2_03_presigned_url_is_generated(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-R2-03", "a b.txt", b"signed")
    path = f"/documents/{document['id']}/presign"

    download = connect.ok("POST", path, json={"expiresIn": 60})
    uploaded = _upload_by_url(connect, "CHITTY-R2-03", b"from the browser")

    assert httpx.get(download["url"]).content == b"signed"
    # It opens one object for one method: no other.
    assert httpx.delete(download["url"]).status_code == HTTPStatus.FORBIDDEN
    other = download["url"].replace(document["id"], uploaded["id"])
    assert httpx.get(other).status_code == HTTPStatus.FORBIDDEN
    content = connect.api("GET", f"/documents/{uploaded['id']}/content").content
    assert content == b"from the browser"


def test_r2_04_presigned_url_expires(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-R2-04", "short.txt", b"gone soon")
    path = f"/documents/{document['id']}/presign"

    url = connect.ok("POST", path, json={"expiresIn": 1})["url"]

    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["1"]
    sleep(2.1)
    late = httpx.get(url)
    assert (late.is_client_error, "gone soon" in late.text) == (True, False)
    assert "Expired" in late.text


def test_r2_05_metadata_is_in_d1(connect: ConnectStack) -> None:
    fields = {"type": "contract", "metadata": '{"case": "2026-17"}'}
    document = connect.upload("CHITTY-R2-05", "c.txt", b"12345", **fields)

    [row] = connect.sql("SELECT * FROM documents WHERE id = ?", document["id"])
    named = connect.sql(
        "SELECT name, value FROM document_metadata WHERE document_id = ?", document["id"]
    )

    assert (row["chitty_id"], row["type"], row["size"]) == ("CHITTY-R2-05", "contract", 5)
    assert (row["status"], row["key"], row["etag"]) == ("stored", document["key"], document["etag"])
    assert named == [{"name": "case", "value": "2026-17"}]
    assert connect.ok("GET", f"/documents/{document['id']}") == document


def test_r2_06_search_finds(connect: ConnectStack) -> None:
    owner = "CHITTY-R2-06"
    first = connect.upload(owner, "Übersicht Mai.txt", b"1", type="report")
    second = connect.upload(owner, "100%_done.txt", b"2", metadata='{"topic": "übersicht"}')
    connect.upload("CHITTY-R2-06-B", "Übersicht.txt", b"3", type="report")

    def found(**wanted: str) -> list[str]:
        answer = connect.ok("GET", "/documents", params={"chittyId": owner, **wanted})
        return [each["id"] for each in answer["documents"]]

    assert found(q="ÜBERSICHT") == [second["id"], first["id"]]
    assert found(q="mai übersicht") == [first["id"]]
    assert found(q="%_") == [second["id"]]
    assert found(type="report") == [first["id"]]
    assert found(q="no such word") == []
    page = connect.ok("GET", "/documents", params={"chittyId": owner, "limit": 1})
    assert found(cursor=page["cursor"]) == [first["id"]]


def test_r2_07_quotas_are_tracked(connect: ConnectStack) -> None:
    owner = "CHITTY-R2-07"
    document = connect.upload(owner, "a.txt", b"x" * 1000)
    connect.upload(owner, "b.txt", b"x" * 500)
    assert used(connect, owner) == (1500, 2)

    connect.sql("UPDATE document_quotas SET bytes_limit = 1600 WHERE chitty_id = ?", owner)
    over = connect.api(
        "POST",
        "/documents/upload",
        data={"chittyId": owner, "type": "note"},
        files={"file": ("c.txt", b"x" * 101)},
    )
    connect.api("DELETE", f"/documents/{document['id']}")

    assert (over.status_code, over.json()["error"]["code"]) == (413, "quota_exceeded")
    assert used(connect, owner) == (500, 1)


def test_r2_08_multipart_above_5_mb(connect: ConnectStack) -> None:
    owner = "CHITTY-R2-08"
    wanted = {"chittyId": owner, "type": "scan", "name": "scan.bin", "size": len(LARGE)}
    begun = connect.ok("POST", "/documents/multipart", json=wanted)
    path = f"/documents/multipart/{begun['uploadId']}"
    parts = []

    for number in range(1, begun["parts"] + 1):
        end = number * begun["partSize"]
        chunk = LARGE[end - begun["partSize"] : end]
        parts.append(connect.ok("PUT", f"{path}/{number}", content=chunk))
    document = connect.ok("POST", f"{path}/complete", json={"parts": parts})
    by_form = connect.upload(owner, "form.bin", LARGE)

    assert begun["parts"] > 1
    for stored in (document, by_form):
        content = connect.api("GET", f"/documents/{stored['id']}/content").content
        assert hashlib.sha256(content).hexdigest() == stored["sha256"]
        assert content == LARGE
    assert not connect.objects(f"temp/multipart/{document['id']}")
    assert not connect.objects("temp/form/")


def test_r2_09_delete_removes_from_r2_and_d1(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-R2-09", "a.txt", b"gone", metadata='{"a": "b"}')
    assert connect.objects(document["key"])

    answer = connect.api("DELETE", f"/documents/{document['id']}")

    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert not connect.objects(document["key"])
    for table, column in (("documents", "id"), ("document_metadata", "document_id")):
        statement = f"SELECT * FROM {table} WHERE {column} = ?"  # noqa: S608  # both from above
        assert connect.sql(statement, document["id"]) == []
    assert connect.sql("SELECT * FROM document_garbage") == []
    again = connect.api("DELETE", f"/documents/{document['id']}")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "document_not_found")


def test_r2_10_cors_headers_on_answers(connect: ConnectStack) -> None:
    origin = f"https://{connect.host}"
    preflight = connect.cloud.at(
        connect.host,
        "/api/v1/documents/upload",
        "OPTIONS",
        headers={"origin": origin, "access-control-request-method": "PUT"},
    )
    answers = [
        connect.api("GET", "/documents", headers={"origin": origin}),
        connect.api("GET", "/documents", token=None, headers={"origin": "https://evil.example"}),
        connect.cloud.at(connect.host, "/nowhere"),
    ]

    for answer in (preflight, *answers):
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-expose-headers"] == "ETag"
    allowed = {
        each.strip() for each in preflight.headers["access-control-allow-methods"].split(",")
    }
    assert {"GET", "PUT", "POST", "DELETE"} <= allowed
    assert preflight.headers["access-control-max-age"] == "3600"
    assert preflight.status_code == HTTPStatus.NO_CONTENT


def test_r2_11_lifecycle_runs(connect: ConnectStack) -> None:
    owner = "CHITTY-R2-11"
    kept = connect.upload(owner, "kept.txt", b"kept")
    archived = connect.upload(owner, "old.txt", b"old")
    archived = connect.ok("POST", f"/documents/{archived['id']}/archive")
    unconfirmed = begin_upload(connect, owner, b"never confirmed")
    put(unconfirmed, b"never confirmed").raise_for_status()
    temporary = f"temp/presigned/{unconfirmed['id']}"
    assert connect.objects(temporary)

    with connect.days_later(8):
        assert not connect.objects(temporary)
        assert connect.objects("archive/")[archived["key"]] == "STANDARD"
    with connect.days_later(91):
        assert connect.objects("archive/")[archived["key"]] == "STANDARD_IA"

    assert connect.objects(kept["key"]) == {kept["key"]: "STANDARD"}
    assert connect.api("GET", f"/documents/{archived['id']}/content").content == b"old"


def _upload_by_url(connect: ConnectStack, chitty_id: str, content: bytes) -> Any:
    begun = begin_upload(connect, chitty_id, content)
    put(begun, content).raise_for_status()
    return connect.ok("POST", begun["confirm"].removeprefix("/api/v1"))


def test_queue_counts_quotas_again(connect: ConnectStack) -> None:
    owner = "CHITTY-QUEUE"
    connect.upload(owner, "a.txt", b"x" * 10)
    connect.sql("UPDATE document_quotas SET bytes_used = 999 WHERE chitty_id = ?", owner)

    document = connect.upload(owner, "b.txt", b"x" * 5)

    eventually(lambda: used(connect, owner) == (15, 2))
    connect.sql("UPDATE document_quotas SET documents_used = 7 WHERE chitty_id = ?", owner)
    connect.api("DELETE", f"/documents/{document['id']}")
    eventually(lambda: used(connect, owner) == (10, 1))


def test_a_message_that_is_none_ends_as_a_dead_letter(connect: ConnectStack) -> None:
    owner = "CHITTY-POISON"
    connect.upload(owner, "a.txt", b"x" * 10)
    connect.sql("UPDATE document_quotas SET bytes_used = 999 WHERE chitty_id = ?", owner)
    event = {"type": "document.uploaded", "chittyId": owner, "documentId": "d", "size": 10}

    connect.send({"type": "canary-poison"}, event)

    # One bad message keeps no good one from being counted.
    eventually(lambda: used(connect, owner) == (10, 1))
    eventually(lambda: connect.dead_letters() == 1)
    assert "canary-poison" not in "\n".join(connect.log_lines())
