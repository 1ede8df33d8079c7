"""What every answer says of caches, and what a kept answer is found by, on the runtime (PA-7)."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.systems.project_awareness.conftest import AwarenessStack, token

pytestmark = pytest.mark.workerd

CACHE_CONTROL = re.compile(r"no-store|(?:private|public), max-age=\d+(?:, immutable)?")
PREFLIGHT = {"origin": "https://claude.ai", "access-control-request-method": "POST"}
SESSION = {"platform": "test", "session_id": "kinds"}
TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
NOTIFICATION = {"jsonrpc": "2.0", "method": "notifications/initialized"}
SUGGESTIONS = "/api/projects/suggestions"
STATISTICS = "/api/sessions/statistics"

KINDS = {
    "200, to everybody": (200, "GET", "/health", {"who": None}),
    "200, of docs": (200, "GET", "/docs", {"who": None}),
    "200, of the description": (200, "GET", "/docs/openapi.json", {"who": None}),
    "200, of the service": (200, "GET", "/api/info", {"who": None}),
    "200, with a token": (200, "GET", STATISTICS, {}),
    "200, which is asked for conditionally": (
        200,
        "GET",
        STATISTICS,
        {"headers": {"if-none-match": "*", "if-modified-since": "Sun, 29 Nov 2026 12:00:00 GMT"}},
    ),
    "200, of HEAD": (200, "HEAD", STATISTICS, {}),
    "200, of MCP": (200, "POST", "/mcp", {"json": TOOLS}),
    "200, of what guards MCP": (200, "GET", "/.well-known/oauth-protected-resource/mcp", {}),
    "201": (201, "POST", "/api/sessions/register", {"json": SESSION}),
    "202, of MCP": (202, "POST", "/mcp", {"json": NOTIFICATION}),
    "204, of a preflight": (204, "OPTIONS", "/api/projects/sync", {"headers": PREFLIGHT}),
    "204, of DELETE": (204, "DELETE", "/api/sessions/kinds", {}),
    "400": (400, "GET", SUGGESTIONS, {}),
    "400, of MCP": (400, "POST", "/mcp", {"json": []}),
    "401": (401, "GET", STATISTICS, {"who": None}),
    "401, of MCP": (401, "POST", "/mcp", {"who": None, "json": TOOLS}),
    "404": (404, "GET", "/nowhere", {}),
    "404, of HEAD": (404, "HEAD", "/nowhere", {}),
    "404, of a file": (404, "GET", "/static/none.js", {}),
    "404, of a session": (404, "GET", "/api/sessions/none", {}),
    "405": (405, "PUT", "/health", {}),
    "405, of OPTIONS without a preflight": (405, "OPTIONS", "/health", {}),
    "405, of MCP": (405, "GET", "/mcp", {}),
    "413": (413, "POST", "/api/sessions/register", {"content": b"x" * 5000}),
    "415": (415, "POST", "/mcp", {"content": b"x"}),
    "426": (426, "GET", "/ws", {}),
}


@pytest.mark.parametrize(("status", "method", "path", "sent"), KINDS.values(), ids=KINDS)
def test_every_kind_of_answer_says_whether_it_may_be_kept(
    awareness: AwarenessStack, status: int, method: str, path: str, sent: dict[str, Any]
) -> None:
    answer = awareness.ask(method, path, **sent)

    assert answer.status_code == status
    assert CACHE_CONTROL.fullmatch(answer.headers["cache-control"])
    if status >= httpx.codes.BAD_REQUEST:
        assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_of_too_many_is_not_kept(awareness: AwarenessStack) -> None:
    """PA-9: else a client would be refused from a cache after its wait."""
    asked = (awareness.ask("GET", "/api/auth/session", None, lifted=False) for _ in range(60))
    refused = next(answer for answer in asked if answer.status_code == 429)

    assert refused.headers["cache-control"] == "no-store"


def test_files_are_kept_for_a_year(awareness: AwarenessStack) -> None:
    (file,) = awareness.ask("GET", "/api/info", None).json()["static"]
    answer = awareness.ask("GET", file, None)

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def _kept(awareness: AwarenessStack, path: str, **sent: Any) -> str:
    return awareness.ask("GET", path, **sent).headers["x-cache"]


def test_a_client_that_has_changed_something_is_answered_from_the_source(
    awareness: AwarenessStack,
) -> None:
    """PA-7: it has the cookie; one whose name only begins so changes nothing."""
    path = f"{SUGGESTIONS}?platform=test&working_directory=/{uuid4()}"
    cookies = (None, "session_updated=1", "a=b; session_updated=1", "session_updated_at=1")
    sent = [{} if cookie is None else {"headers": {"cookie": cookie}} for cookie in cookies]

    assert [_kept(awareness, path, **each) for each in sent] == ["MISS", "BYPASS", "BYPASS", "HIT"]


def test_spellings_of_one_question_share_an_answer(awareness: AwarenessStack) -> None:
    """PA-7: the key is what was understood, not what was written; another folder is another."""
    folder = uuid4().hex
    spellings = (
        f"?platform=test&working_directory=/{folder}",
        f"?working_directory=/{folder}&platform=test",
        f"?platform=%74est&working_directory=%2F{folder}",
    )
    other = f"?platform=test&working_directory=/{folder}/"

    seen = [_kept(awareness, SUGGESTIONS + each) for each in (*spellings, other)]
    assert seen == ["MISS", "HIT", "HIT", "MISS"]


def test_a_token_is_the_same_however_its_header_is_written_and_another_in_other_letters(
    awareness: AwarenessStack,
) -> None:
    path = f"{SUGGESTIONS}?platform=test&working_directory=/{uuid4()}"
    shown = token("claude")
    written = (
        {"authorization": f"Bearer {shown}"},
        {"AUTHORIZATION": f"bearer {shown}"},
        {"Authorization": f"BEARER {shown}"},
    )

    seen = [_kept(awareness, path, who=None, headers=each) for each in written]
    other = awareness.ask("GET", path, None, headers={"authorization": f"Bearer {shown.upper()}"})
    assert seen == ["MISS", "HIT", "HIT"]
    assert other.status_code == httpx.codes.UNAUTHORIZED


def test_a_kept_answer_is_granted_to_the_page_that_asks_and_not_to_the_one_before(
    awareness: AwarenessStack,
) -> None:
    """PA-3, PA-7: what is kept has no headers of anybody's."""
    path = f"{SUGGESTIONS}?platform=test&working_directory=/{uuid4()}"
    pages = ("https://chatgpt.com", "https://claude.ai", "https://evil.example")
    answers = [awareness.ask("GET", path, headers={"origin": page}) for page in pages]

    granted = [answer.headers["access-control-allow-origin"] for answer in answers]
    # A page that is none of them is told who may, and is not let in by its browser.
    assert granted == ["https://chatgpt.com", "https://claude.ai", "https://claude.ai"]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
    for answer in answers:
        named = {name.strip() for name in answer.headers["vary"].split(",")}
        assert named >= {"Authorization", "Cookie", "Origin"}
