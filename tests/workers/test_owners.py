"""Tokens that are bound to owners: what is of others is not there, at every address."""

from http import HTTPStatus
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.workers.reference import document
from tests.workers.stack import OTHER, OWNER, ConnectStack
from tests.workers.uploads import begin_upload, put

pytestmark = pytest.mark.workerd

CHITTY_ID = "CHITTY-OWNER"
Given = dict[str, str]
FORM = {"data": {"chittyId": CHITTY_ID, "type": "note"}, "files": {"file": ("a.txt", b"a")}}
ANNOUNCED = {"chittyId": CHITTY_ID, "type": "scan", "name": "s.bin", "size": 5}

ADDRESSES: dict[str, tuple[dict[str, Any], int]] = {
    "POST /sessions": ({"json": {"chittyId": CHITTY_ID, "sessionId": "owned-new"}}, 403),
    "GET /sessions?chittyId=CHITTY-OWNER": ({}, 403),
    "GET /sessions/{sessionId}": ({}, 404),
    "PATCH /sessions/{sessionId}": ({"json": {"metadata": {"a": 1}}}, 404),
    "GET /sessions/{sessionId}/metrics": ({}, 404),
    "GET /sessions/{sessionId}/ws": ({}, 404),
    "DELETE /sessions/{sessionId}": ({}, 404),
    "GET /documents?chittyId=CHITTY-OWNER": ({}, 403),
    "GET /documents/stats?chittyId=CHITTY-OWNER": ({}, 403),
    "POST /documents/upload": (FORM, 403),
    "POST /documents/presign": ({"json": ANNOUNCED}, 403),
    "POST /documents/multipart": ({"json": ANNOUNCED}, 403),
    "PUT /documents/multipart/{uploadId}/1": ({"content": b"12345"}, 404),
    "POST /documents/multipart/{uploadId}/complete": (
        {"json": {"parts": [{"partNumber": 1, "etag": "e"}]}},
        404,
    ),
    "DELETE /documents/multipart/{uploadId}": ({}, 404),
    "GET /documents/{documentId}": ({}, 404),
    "GET /documents/{documentId}/content": ({}, 404),
    "POST /documents/{documentId}/presign": ({}, 404),
    "POST /documents/{pendingId}/confirm": ({}, 404),
    "POST /documents/{documentId}/archive": ({}, 404),
    "DELETE /documents/{documentId}": ({}, 404),
}
"""What somebody else asks about what is the owner's, and the refusal."""


@pytest.fixture(scope="module")
def owned(connect: ConnectStack) -> Given:
    """Make one of everything for the owner, by the owner's own token."""
    wanted = {"chittyId": CHITTY_ID, "sessionId": "owned", "metadata": {"kept": True}}
    connect.ok("POST", "/sessions", token=OWNER, json=wanted)
    upload = connect.ok("POST", "/documents/multipart", token=OWNER, json=ANNOUNCED)
    pending = begin_upload(connect, CHITTY_ID, b"12345")
    put(pending, b"12345").raise_for_status()
    stored = connect.ok("POST", "/documents/upload", token=OWNER, **FORM)
    return {
        "sessionId": "owned",
        "uploadId": upload["uploadId"],
        "pendingId": pending["id"],
        "documentId": stored["id"],
    }


def _ask(connect: ConnectStack, line: str, given: Given, **sent: Any) -> httpx.Response:
    method, path = line.format(**given).split(" ")
    return connect.api(method, path, **sent)


@pytest.mark.parametrize(("line", "expected"), ADDRESSES.items())
def test_what_is_of_others_is_not_there(
    connect: ConnectStack, owned: Given, line: str, expected: tuple[dict[str, Any], int]
) -> None:
    sent, status = expected

    answer = _ask(connect, line, owned, token=OTHER, **sent)

    assert answer.status_code == status, answer.text
    code = answer.json()["error"]["code"]
    assert code == "owner_not_allowed" if status == HTTPStatus.FORBIDDEN else "not_found" in code


def test_nothing_that_was_asked_changed_anything(connect: ConnectStack, owned: Given) -> None:
    for line, (sent, _) in ADDRESSES.items():
        _ask(connect, line, owned, token=OTHER, **sent)

    session = connect.ok("GET", "/sessions/owned", token=OWNER)
    assert (session["metadata"], session["revision"]) == ({"kept": True}, 1)
    assert connect.api("GET", "/sessions/owned-new", token=OWNER).status_code == 404
    listed = connect.ok("GET", "/documents", token=OWNER)["documents"]
    assert [each["id"] for each in listed] == [owned["documentId"]]
    stats = connect.ok("GET", f"/documents/stats?chittyId={CHITTY_ID}", token=OWNER)
    # What is stored, and the two uploads that are begun.
    assert stats["quota"]["documents"]["used"] == 3


@pytest.mark.usefixtures("owned")
def test_lists_and_counts_are_of_the_owners(connect: ConnectStack) -> None:
    for path, name in (("/sessions", "sessions"), ("/documents", "documents")):
        theirs = connect.ok("GET", path, token=OWNER)[name]
        assert {each["chittyId"] for each in theirs} == {CHITTY_ID}
        assert connect.ok("GET", path, token=OTHER)[name] == []
    assert connect.ok("GET", "/sessions/metrics", token=OWNER)["sessions"]["active"] == 1
    assert connect.ok("GET", "/sessions/metrics", token=OTHER)["sessions"]["active"] == 0
    assert connect.ok("GET", "/documents/stats", token=OWNER)["documents"] == 1
    assert connect.ok("GET", "/documents/stats", token=OTHER)["documents"] == 0


def test_a_socket_is_for_the_owner(connect: ConnectStack, owned: Given) -> None:
    with connect.websocket(owned["sessionId"], OWNER) as socket:
        socket.send('{"type":"get"}')
        assert '"sessionId":"owned"' in str(socket.recv(10))
    with pytest.raises(InvalidStatus) as refused, connect.websocket(owned["sessionId"], OTHER):
        pass
    assert refused.value.response.status_code == HTTPStatus.NOT_FOUND


def test_an_id_that_is_taken_is_taken_for_all(connect: ConnectStack, owned: Given) -> None:
    wanted = {"chittyId": "CHITTY-OTHER", "sessionId": owned["sessionId"]}

    answer = connect.api("POST", "/sessions", token=OTHER, json=wanted)

    assert answer.status_code == HTTPStatus.CONFLICT


def test_no_address_is_left_out() -> None:
    asked = {line.partition("?")[0].replace("pendingId", "documentId") for line in ADDRESSES}
    asked = {line.replace("{uploadId}/1", "{uploadId}/{partNumber}") for line in asked}

    described = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, methods in document()["paths"].items()
        for method in methods
    }
    # Numbers of owners are shown above; a credential is nobody's own.
    free = {"GET /health", "GET /sessions/metrics", "POST /credentials/provision"}
    assert described == asked | free
