"""Public clients of MCP and of OpenAPI ask the running worker over HTTP (PA-18)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from components.bundle import ROOT
from tests.systems.project_awareness.clients import Calls, speak_mcp, use_openapi
from tests.systems.project_awareness.conftest import HOST, AwarenessStack, token

pytestmark = pytest.mark.workerd

DESCRIPTION = ROOT / "docs" / "api" / "project_awareness.json"
HANDSHAKE, MODERN = "2025-11-25", "2026-07-28"
CLIENTS = {
    "sdk 1.32.2": ("initialize", HANDSHAKE),
    "client 2.4.0": ("initialize", HANDSHAKE),
    "client 2.4.0, auto": ("server/discover", MODERN),
}
"""What each begins with, and the revision that it then speaks."""

TOOLS = ["suggest_projects", "register_session", "sync_project", "session_statistics"]


def _url(awareness: AwarenessStack) -> str:
    return f"http://{HOST}:{awareness.cloud.edge_port}"


def _mcp(awareness: AwarenessStack, client: str, who: str | None, calls: Calls = ()) -> Any:
    headers = awareness.headers(who, lifted=True)
    return speak_mcp(client, f"{_url(awareness)}/mcp", headers, calls)


def _project(name: str) -> dict[str, Any]:
    return {"project_id": name, "working_directory": f"/projects/{name}"}


def _switch(platform: str, name: str) -> dict[str, Any]:
    switch = {"source_platform": platform, "sync_type": "project_switch"}
    return {**switch, "project": _project(name)}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_of_mcp_calls_every_tool(awareness: AwarenessStack, client: str) -> None:
    """PA-18, M1, M5, M7, M13: each holds what comes to the schemas that it was told."""
    name = f"p-{uuid4().hex[:8]}"
    situation = {"platform": "test", "working_directory": f"/projects/{name}"}
    calls = [
        ("register_session", {"platform": "claude-code", "session_id": name}),
        ("sync_project", _switch("claude-code", name)),
        ("suggest_projects", situation),
        ("session_statistics", {}),
    ]
    spoken = _mcp(awareness, client, "claude", calls)
    began, speaks = CLIENTS[client]
    registered, synced, suggested, counted = (
        each["structuredContent"] for each in spoken["results"]
    )

    assert spoken["sent"][0]["method"] == began
    assert {each["revision"] for each in spoken["sent"][1:] if each["method"]} == {speaks}
    assert spoken["tools"] == TOOLS
    assert registered["session_id"] == synced["project"]["project_id"] == name
    assert suggested["suggestions"][0]["project_id"] == name
    assert counted["active_sessions"] >= 1


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_of_mcp_is_told_what_is_wrong(awareness: AwarenessStack, client: str) -> None:
    """PA-18, M12, M14: arguments in the result, a tool that is none by its code."""
    calls: Calls = [
        ("register_session", {"platform": "Claude Code", "session_id": "s"}),
        ("suggest_projects", {}),
        ("erase", {}),
    ]
    spelled, missing, unknown = _mcp(awareness, client, "claude", calls)["results"]

    assert spelled["isError"]
    assert "platform must be 1 to 32 small letters" in spelled["content"][0]["text"]
    assert missing["isError"]
    assert "platform" in missing["content"][0]["text"]
    assert unknown == {"code": -32602}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_of_mcp_is_not_let_in_without_a_token(
    awareness: AwarenessStack, client: str
) -> None:
    """PA-18, M4."""
    spoken = _mcp(awareness, client, None)

    assert spoken["refused"]
    assert {each["status"] for each in spoken["sent"]} == {401}


def _openapi(
    awareness: AwarenessStack, folder: Path, who: str | None, calls: Calls
) -> Mapping[str, Any]:
    lifted = awareness.headers(None, lifted=True)
    shown = None if who is None else token(who)
    address = {"url": _url(awareness), "headers": lifted, "token": shown}
    answered: Mapping[str, Any] = use_openapi(DESCRIPTION, folder, calls, **address)
    return answered


def _every_call(name: str) -> list[tuple[str, dict[str, Any], int, int]]:
    """Return each operation with options, the status with a token, and that without."""
    session = {"session_id": name}
    of_session = {"path": session}
    situation = {"query": {"platform": "chatgpt", "working_directory": f"/projects/{name}"}}
    told = {"body": {**_switch("chatgpt", name), "context": {"notes": "ä"}}}
    registered = {"body": {"platform": "chatgpt", **session}}
    return [
        ("postApiAuthVerify", {}, 200, 401),
        ("getApiAuthSession", {}, 200, 401),
        ("postApiProjectsSync", told, 200, 401),
        ("getApiProjectsSuggestions", situation, 200, 200),
        ("getApiProjectsSync", {"query": {"platform": "chatgpt"}}, 200, 401),
        ("getApiProjectsProjectIdContext", {"path": {"project_id": name}}, 200, 401),
        ("postApiSessionsRegister", registered, 201, 401),
        ("getApiSessionsStatistics", {}, 200, 401),
        ("getApiSessionsSessionId", of_session, 200, 401),
        ("deleteApiSessionsSessionId", of_session, 204, 401),
        ("getApiSessionsSessionId", of_session, 404, 401),
        ("deleteApiAuthSession", {}, 204, 401),
        ("getWs", {}, 426, 401),
        ("getHealth", {}, 200, 200),
        ("getApiInfo", {}, 200, 200),
        ("getDocs", {}, 200, 200),
        ("getDocsOpenapiJson", {}, 200, 200),
    ]


@pytest.mark.parametrize("who", ["chatgpt", None])
def test_a_generated_client_uses_every_operation(
    awareness: AwarenessStack, tmp_path: Path, who: str | None
) -> None:
    """PA-18: made from the description alone; it holds every answer to the schema it read."""
    every = _every_call(f"p-{uuid4().hex[:8]}")
    used = _openapi(awareness, tmp_path, who, [(name, options) for name, options, *_ in every])
    came = [each.get("status", each.get("thrown")) for each in used["results"]]

    assert came == [known if who else unknown for *_, known, unknown in every]
    assert {name for name, *_ in every} == set(used["operations"])


def test_a_generated_client_refuses_what_the_description_does(
    awareness: AwarenessStack, tmp_path: Path
) -> None:
    """PA-18: before it is sent, so that a wrong call costs nothing."""
    call = ("getApiProjectsSuggestions", {"query": {"platform": "Chat GPT"}})
    (refused,) = _openapi(awareness, tmp_path, "chatgpt", [call])["results"]

    assert "Chat GPT" in refused["thrown"]


def test_platforms_of_one_owner_see_what_the_others_do(
    awareness: AwarenessStack, tmp_path: Path
) -> None:
    """PA-18: Claude Code by MCP, ChatGPT by the description, a page by its WebSocket."""
    name = f"p-{uuid4().hex[:8]}"
    page = ["chittyos", f"bearer.{token('claude')}"]
    here = {"platform": "chatgpt", "working_directory": f"/projects/{name}"}
    with awareness.websocket(None, lifted=True, subprotocols=page) as socket:
        by_mcp = [
            ("register_session", {"platform": "claude-code", "session_id": name}),
            ("sync_project", _switch("claude-code", name)),
        ]
        _mcp(awareness, "client 2.4.0, auto", "claude", by_mcp)
        told = json.loads(socket.recv(30))
        by_openapi: Calls = [
            ("getApiSessionsSessionId", {"path": {"session_id": name}}),
            ("getApiProjectsSuggestions", {"query": here}),
            (
                "postApiSessionsRegister",
                {"body": {"platform": "chatgpt", "session_id": f"{name}-2"}},
            ),
            ("postApiProjectsSync", {"body": _switch("chatgpt", f"{name}-2")}),
        ]
        session, suggested, *_ = _openapi(awareness, tmp_path, "chatgpt", by_openapi)["results"]
        told_then = json.loads(socket.recv(30))
    back = {"platform": "claude-code", "working_directory": f"/projects/{name}-2"}
    after: Calls = [("suggest_projects", back), ("session_statistics", {})]
    seen, counted = _mcp(awareness, "sdk 1.32.2", "claude", after)["results"]
    strangers = awareness.ask("GET", f"/api/sessions/{name}", "other")

    assert (told["source_platform"], told["project_id"]) == ("claude-code", name)
    assert session["data"]["platform"] == "claude-code"
    assert suggested["data"]["suggestions"][0]["project_id"] == name
    assert (told_then["source_platform"], told_then["project_id"]) == ("chatgpt", f"{name}-2")
    assert seen["structuredContent"]["suggestions"][0]["project_id"] == f"{name}-2"
    assert {"claude-code", "chatgpt"} <= set(counted["structuredContent"]["by_platform"])
    assert strangers.status_code == 404
