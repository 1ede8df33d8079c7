"""Project Awareness on the real runtime: endpoints, cache, limits, WebSockets, MCP."""

import json
import time
from collections import Counter
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.systems.project_awareness.conftest import SHARED, AwarenessStack, token

pytestmark = pytest.mark.workerd

SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/test"
PATIENCE = 15.0


def test_the_points_of_the_source(awareness: AwarenessStack) -> None:
    """PA-15, PA-11: as its smoke, function and integration tests ask."""
    health = awareness.ask("GET", "/health", None)
    info = awareness.ask("GET", "/api/info", None)
    session = {"platform": "claude-code", "session_id": f"s-{uuid4()}"}
    registered = awareness.ask("POST", "/api/sessions/register", json=session)
    counted = awareness.ask("GET", "/api/sessions/statistics")
    suggested = awareness.ask("GET", SUGGESTIONS)

    assert '"status":"healthy"' in health.text
    assert info.json()["name"] == "project-awareness"
    assert registered.status_code == httpx.codes.CREATED
    assert counted.json()["active_sessions"] >= 1
    assert suggested.status_code == httpx.codes.OK
    assert awareness.switch("atlas")["project"]["project_id"] == "atlas"
    for each in (health, info, registered, counted, suggested):
        assert each.headers["cache-control"]
        assert "max-age=31536000" in each.headers["strict-transport-security"]


def test_it_answers_below_a_host_of_others(awareness: AwarenessStack) -> None:
    """PA-2: by a route of the zone, which has no path of its own for the worker."""
    path = "/project-awareness/api/sessions/statistics"

    assert awareness.ask("GET", path, host=SHARED).status_code == httpx.codes.OK
    assert awareness.ask("GET", path, None, host=SHARED).status_code == httpx.codes.UNAUTHORIZED


def test_browsers_find_their_way_below_a_host_of_others(awareness: AwarenessStack) -> None:
    """PA-2, PA-7: what is made has its address there, and cookies come back to it."""
    body = {"platform": "test", "session_id": f"s-{uuid4()}"}
    path = "/project-awareness/api/sessions/register"
    made = awareness.ask("POST", path, host=SHARED, json=body)

    at = made.headers["location"]
    assert awareness.ask("GET", at, host=SHARED).json()["session_id"] == body["session_id"]
    assert "; Path=/project-awareness/api;" in made.headers["set-cookie"]


def test_answers_are_kept_for_one_token_and_no_longer_than_to_the_next_write(
    awareness: AwarenessStack,
) -> None:
    """PA-7, on the runtime's own Cache API."""
    path = f"{SUGGESTIONS}/{uuid4()}"
    first, second = awareness.ask("GET", path), awareness.ask("GET", path)
    same_owner = awareness.ask("GET", path, "chatgpt")
    awareness.switch(f"p-{uuid4()}", "chatgpt")
    after = awareness.ask("GET", path)

    seen = [each.headers["x-cache"] for each in (first, second, same_owner, after)]
    assert seen == ["MISS", "HIT", "MISS", "MISS"]
    assert second.json() == first.json()


def test_what_was_written_is_read_by_the_owner_alone(awareness: AwarenessStack) -> None:
    project = f"p-{uuid4()}"
    awareness.switch(project)

    def named(who: str) -> bool:
        path = f"/api/projects/suggestions?platform=test&working_directory=/projects/{project}"
        return project in awareness.ask("GET", path, who).text

    assert [named("claude"), named("chatgpt"), named("other")] == [True, True, False]


def test_copies_reach_kv(awareness: AwarenessStack) -> None:
    """PA-5: by the alarm of the object, which is armed again when it fails."""
    project = f"p-{uuid4()}"
    awareness.switch(project)
    path = awareness.cloud.account(
        f"/storage/kv/namespaces/{awareness.namespaces['PROJECT_STORE']}/values/projects:owner:CHITTY-ONE"
    )
    deadline = time.monotonic() + PATIENCE

    while project not in awareness.cloud.client.get(path).text:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_context_is_handed_on_through_r2(awareness: AwarenessStack) -> None:
    """PA-6."""
    body = {
        "source_platform": "claude-code",
        "sync_type": "context_update",
        "project": {"project_id": "handed"},
        "context": {"notes": "ä"},
    }
    awareness.ask("POST", "/api/projects/sync", json=body)
    path = "/api/projects/handed/context"

    assert awareness.ask("GET", path, "chatgpt").json() == {"notes": "ä"}
    assert awareness.ask("GET", path, "other").status_code == httpx.codes.NOT_FOUND


def test_tries_to_log_in_are_counted_exactly(awareness: AwarenessStack) -> None:
    """PA-9: 10 at once, then one a second, with and without a token that is good."""
    asked = Counter(
        awareness.ask("GET", "/api/auth/session", lifted=False).status_code for _ in range(40)
    )
    refused = awareness.ask("GET", "/api/auth/session", None, lifted=False)

    assert asked[200] + asked[429] == 40
    assert 10 <= asked[200] <= 25
    assert refused.headers["retry-after"] == "1" or refused.status_code == 401
    assert awareness.ask("GET", "/api/auth/session").status_code == httpx.codes.OK


def test_messages_come_in_order_to_every_platform(awareness: AwarenessStack) -> None:
    """PA-4, PA-18: two assistants of one owner, and a third of another that is told nothing."""
    with ExitStack() as stack:
        both = [awareness.websocket(who, lifted=True) for who in ("claude", "chatgpt")]
        told = [stack.enter_context(each) for each in both]
        other = stack.enter_context(awareness.websocket("other", lifted=True))
        sent = [awareness.switch(f"p-{number}")["sequence"] for number in range(20)]
        received = [[json.loads(each.recv(10))["sequence"] for _ in sent] for each in told]

        assert received == [sent, sent]
        other.send("ping")
        assert other.recv(10) == "pong"


def test_what_was_missed_is_told_after_a_reconnect(awareness: AwarenessStack) -> None:
    first = awareness.switch("before")["sequence"]
    missed = awareness.switch("missed")["sequence"]

    with awareness.websocket(lifted=True) as socket:
        socket.send(json.dumps({"type": "since", "sequence": first}))
        assert json.loads(socket.recv(10))["sequence"] == missed


def test_an_address_has_ten_sockets_and_gets_its_place_back(awareness: AwarenessStack) -> None:
    """PA-9: exactly; the bucket of new ones lets through ten at once as well."""
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(awareness.websocket())
        with pytest.raises(InvalidStatus, match="429"), awareness.websocket():
            pass
        with awareness.websocket(lifted=True) as beyond:
            beyond.send("ping")
            assert beyond.recv(10) == "pong"
    time.sleep(5)  # two of 25 a minute

    with awareness.websocket() as again:
        again.send("ping")
        assert again.recv(10) == "pong"


def test_a_page_shows_its_token_by_the_protocol(awareness: AwarenessStack) -> None:
    protocols = ["chittyos", f"bearer.{token('claude')}"]
    with awareness.websocket(None, lifted=True, subprotocols=protocols) as socket:
        assert socket.subprotocol == "chittyos"
    with pytest.raises(InvalidStatus, match="401"), awareness.websocket(None, lifted=True):
        pass


def test_a_message_that_is_too_big_closes_the_socket(awareness: AwarenessStack) -> None:
    with awareness.websocket(lifted=True) as socket:
        socket.send("x" * 4097)
        with pytest.raises(ConnectionClosed, match="1009"):
            socket.recv(10)


def test_mcp_is_spoken_in_both_forms(awareness: AwarenessStack) -> None:
    """PA-18, M7: with a handshake and without."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list"}
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    older = awareness.ask("POST", "/mcp", json=ask)
    newer = awareness.ask("POST", "/mcp", json={**ask, "params": {"_meta": meta}}, headers=headers)

    assert [each["name"] for each in older.json()["result"]["tools"]] == [
        "suggest_projects",
        "register_session",
        "sync_project",
        "session_statistics",
    ]
    assert newer.json()["result"]["resultType"] == "complete"
    assert awareness.ask("GET", "/mcp").status_code == httpx.codes.METHOD_NOT_ALLOWED


def test_no_log_tells_a_token(awareness: AwarenessStack) -> None:
    lines = json.dumps(awareness.cloud.result("GET", "/local/logs"))

    assert "/api/projects/sync" in lines
    assert "canary" not in lines
