"""Who may ask what, what every answer carries, and what no answer and no log line tells."""

from http import HTTPStatus
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.workers.stack import ALL, EXPIRED, READER, ConnectStack, Token, eventually

pytestmark = pytest.mark.workerd

SESSION = {"chittyId": "CHITTY-ACCESS", "sessionId": "access", "metadata": {}}
HEADERS = (
    "strict-transport-security",
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
)


def test_health_answers_without_a_token(connect: ConnectStack) -> None:
    answer = connect.cloud.at(connect.host, "/health")

    assert answer.status_code == HTTPStatus.OK
    # The monitor looks for this very text.
    assert '"status":"healthy"' in answer.text
    checks = {"credential_store", "database", "durable_objects", "kv", "storage"}
    assert answer.json()["checks"] == dict.fromkeys(checks, "ok")


@pytest.mark.parametrize("token", [None, EXPIRED, Token("unknown")])
def test_nobody_enters_without_a_valid_token(connect: ConnectStack, token: Token | None) -> None:
    answer = connect.api("GET", "/sessions", token=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_does_what_its_scopes_say(connect: ConnectStack) -> None:
    connect.api("POST", "/sessions", json=SESSION)
    attempts: list[tuple[str, str]] = [
        ("POST", "/sessions"),
        ("PATCH", "/sessions/access"),
        ("DELETE", "/sessions/access"),
        ("GET", "/sessions/metrics"),
        ("POST", "/documents/upload"),
        ("POST", "/credentials/provision"),
    ]

    refused = [connect.api(*attempt, token=READER, json={}) for attempt in attempts]

    assert {each.status_code for each in refused} == {HTTPStatus.FORBIDDEN}
    assert connect.api("GET", "/sessions/access", token=READER).is_success
    with connect.websocket("access", READER) as socket:
        socket.send('{"type":"update","metadata":{"a":1}}')
        assert "insufficient_scope" in str(socket.recv(10))


def test_no_cache_keeps_what_is_behind_a_token(connect: ConnectStack) -> None:
    connect.api("POST", "/sessions", json=SESSION)
    document = connect.upload("CHITTY-ACCESS", "private.txt", b"private")
    path = f"/documents/{document['id']}"
    answers = [
        connect.api("GET", "/sessions"),
        connect.api("GET", "/sessions/access"),
        connect.api("PATCH", "/sessions/access", json={"metadata": {"a": 1}}),
        connect.api("GET", "/sessions/metrics"),
        connect.api("GET", "/documents", params={"q": "private"}),
        connect.api("GET", path),
        connect.api("GET", f"{path}/content"),
        connect.api("GET", f"{path}/content", headers={"range": "bytes=0-1"}),
        connect.api("POST", f"{path}/presign"),
        connect.api("GET", "/sessions/nobody"),
        connect.api("GET", "/sessions", token=None),
    ]

    assert all("no-store" in each.headers["cache-control"] for each in answers)
    with connect.websocket("access") as socket:
        assert socket.response is not None
        assert socket.response.headers["cache-control"] == "no-store"


def test_every_answer_has_the_security_headers(connect: ConnectStack) -> None:
    connect.api("POST", "/sessions", json=SESSION)
    answers = [
        connect.cloud.at(connect.host, "/health"),
        connect.cloud.at(connect.host, "/nowhere"),
        connect.api("GET", "/sessions", token=None),
        connect.api("PUT", "/sessions"),
    ]

    for answer in answers:
        assert set(HEADERS) <= set(answer.headers), answer.request.url
    with connect.websocket("access") as socket:
        assert socket.response is not None
        assert all(name in socket.response.headers for name in HEADERS)


@pytest.mark.parametrize(
    ("request_line", "sent", "expected"),
    [
        ("GET /nowhere", {}, (404, "not_found")),
        ("PUT /sessions", {}, (405, "method_not_allowed")),
        ("POST /sessions", {"content": b"{"}, (400, "invalid_request")),
        ("POST /sessions", {"json": []}, (400, "invalid_request")),
        ("POST /sessions", {"json": {**SESSION, "extra": 1}}, (400, "invalid_request")),
        ("POST /sessions", {"json": {**SESSION, "sessionId": "a/b"}}, (400, "invalid_request")),
        ("POST /sessions", {"json": {**SESSION, "sessionId": "metrics"}}, (400, "invalid_request")),
        ("POST /sessions", {"json": {**SESSION, "expiresIn": 0}}, (400, "invalid_request")),
        ("POST /sessions", {"content": b" " * 500_000}, (413, "body_too_large")),
        ("GET /sessions/%00", {}, (400, "invalid_request")),
        ("GET /documents?limit=1000", {}, (400, "invalid_request")),
        ("POST /documents/upload", {"content": b"x"}, (400, "invalid_request")),
        ("POST /documents/multipart", {"json": {"size": 1}}, (400, "invalid_request")),
        ("GET /sessions/access/ws", {}, (426, "upgrade_required")),
    ],
)
def test_bad_requests_get_one_clear_error(
    connect: ConnectStack, request_line: str, sent: dict[str, Any], expected: tuple[int, str]
) -> None:
    connect.api("POST", "/sessions", json=SESSION)

    answer = connect.api(*request_line.split(" ", 1), **sent)

    assert (answer.status_code, answer.json()["error"]["code"]) == expected
    assert answer.json()["error"]["message"]
    assert "    at " not in answer.text


def test_a_websocket_needs_token_and_session(connect: ConnectStack) -> None:
    connect.api("POST", "/sessions", json=SESSION)

    for session_id, token, status in (("access", EXPIRED, 401), ("nobody", ALL, 404)):
        with pytest.raises(InvalidStatus) as refused, connect.websocket(session_id, token):
            pass
        assert refused.value.response.status_code == status


def test_credentials_come_from_the_workers_own_secrets_on_record(connect: ConnectStack) -> None:
    wanted = {
        "service": "chittyid",
        "credentialPath": "services/chittyid/service_token",
        "purpose": "checklist",
    }

    given = connect.ok("POST", "/credentials/provision", json=wanted)
    other = {**wanted, "credentialPath": "services/chittyconnect/api_tokens"}
    refused = connect.api("POST", "/credentials/provision", json=other)

    without_scope = connect.api("POST", "/credentials/provision", token=READER, json=wanted)
    malformed = connect.api("POST", "/credentials/provision", json={"value": "canary-of-a-caller"})

    assert given["value"] == "canary-chittyid-service-token"
    assert given["source"] == "worker_secret"
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "credential_not_allowed")
    assert (without_scope.status_code, malformed.status_code) == (403, 400)
    # Who asked for what and why is on record, what was given is not; nor is any other secret.
    reasons = ("credential_not_allowed", "insufficient_scope", "invalid_request")
    eventually(lambda: all(reason in _audit(connect) for reason in reasons))
    assert "services/chittyconnect/api_tokens" in _audit(connect)
    assert "services/chittyid/service_token" in _audit(connect)
    assert "checklist" in _audit(connect)
    lines = "\n".join(connect.log_lines())
    assert "canary" not in lines
    assert all(secret not in lines for secret in connect.cloud.credentials())


def _audit(connect: ConnectStack) -> str:
    return "\n".join(line for line in connect.log_lines() if "credential_audit" in line)
