"""What the unusual answers carry: refused WebSockets, errors, answers without content."""

from http import HTTPStatus

import pytest
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response

from tests.workers.stack import ALL, EXPIRED, ConnectStack, Token

pytestmark = pytest.mark.workerd

HEADERS = {
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "permissions-policy",
    "access-control-allow-origin",
}
PATH = "/sessions/refusals"


@pytest.fixture
def session(connect: ConnectStack) -> str:
    """Keep a session for the tests of this file; its id."""
    wanted = {"chittyId": "CHITTY-REFUSALS", "sessionId": "refusals", "metadata": {"kept": True}}
    connect.api("POST", "/sessions", json=wanted)
    return "refusals"


def test_refused_websockets_have_the_security_headers(connect: ConnectStack, session: str) -> None:
    answers = [_refused(connect, session, EXPIRED), _refused(connect, "nobody")]
    with connect.unreachable_objects():
        answers.append(_refused(connect, session))
    no_upgrade = connect.api("GET", f"{PATH}/ws")

    assert [each.status_code for each in answers] == [401, 404, 503]
    assert no_upgrade.status_code == HTTPStatus.UPGRADE_REQUIRED
    for headers in (*(each.headers for each in answers), no_upgrade.headers):
        assert {name for name in HEADERS if name not in headers} == set()


def test_an_unchanged_document_has_the_security_headers(connect: ConnectStack) -> None:
    document = connect.upload("CHITTY-REFUSALS", "a.txt", b"hello")
    condition = {"if-none-match": f'"{document["etag"]}"'}

    answer = connect.api("GET", f"/documents/{document['id']}/content", headers=condition)

    assert (answer.status_code, answer.content) == (HTTPStatus.NOT_MODIFIED, b"")
    assert set(answer.headers) >= HEADERS


def test_an_error_inside_has_the_security_headers(connect: ConnectStack, session: str) -> None:
    connect.redeploy(SESSION_TTL_SECONDS="canary")
    try:
        answer = connect.api("GET", f"/sessions/{session}")
    finally:
        connect.redeploy()

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "canary" not in answer.text
    assert set(answer.headers) >= HEADERS


def test_an_outage_of_objects_refuses_sockets_and_counts_for_a_while(
    connect: ConnectStack, session: str
) -> None:
    with connect.unreachable_objects():
        socket = _refused(connect, session)
        counted = connect.api("GET", f"{PATH}/metrics")
        overall = connect.api("GET", "/sessions/metrics")
        health = connect.cloud.at(connect.host, "/health")

    assert socket.status_code == counted.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert int(socket.headers["retry-after"]) > 0
    assert int(counted.headers["retry-after"]) > 0
    assert counted.json()["error"]["code"] == "session_unavailable"
    # What does not need the objects goes on.
    assert overall.json()["sessions"]["byStore"]["durable_object"] >= 1
    assert health.status_code == HTTPStatus.OK
    with connect.websocket(session) as opened:
        opened.send('{"type":"get"}')
        assert '"kept":true' in str(opened.recv(10))
    assert connect.ok("GET", f"{PATH}/metrics")["sessionId"] == session


def _refused(connect: ConnectStack, session_id: str, token: Token = ALL) -> Response:
    """Try to open the session's WebSocket; the answer that says why not."""
    with pytest.raises(InvalidStatus) as refused, connect.websocket(session_id, token):
        pass
    return refused.value.response
