"""Sessions of users through the router, on the real runtime (SI-2, SI-4)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.systems.superinstance.router.stack import RouterStack, deploy_sessions

pytestmark = pytest.mark.workerd

CLIENTS = 16
ADDED = 100
CAP = 120
"""Messages that a session keeps here."""
AWKWARD = "nul \0, quote ', emoji \U0001f469\u200d\U0001f469, line\nbreak, 5.0, true, %_"


def post(router: RouterStack, account: str, operation: str, **body: Any) -> httpx.Response:
    return router.ask(account, "POST", f"/v1/sessions/{operation}", json=body)


def read(router: RouterStack, account: str, session_id: str, **page: Any) -> dict[str, Any]:
    query = {"session_id": session_id, **page}
    answer = router.ask(account, "GET", "/v1/sessions/get", params=query)
    assert answer.is_success, answer.text
    session: dict[str, Any] = answer.json()
    return session


def listed(router: RouterStack, account: str, **page: Any) -> dict[str, Any]:
    answer = router.ask(account, "GET", "/v1/sessions/list", params=page)
    assert answer.is_success, answer.text
    page_of_them: dict[str, Any] = answer.json()
    return page_of_them


def at_once(ask: Callable[[int], httpx.Response], times: int) -> list[httpx.Response]:
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(times)))


def test_the_six_operations(router: RouterStack) -> None:
    """SI-A15, SI-4: get, add-message, update-context, list, delete and clear, on the data model."""
    router.admit("six")
    added = post(router, "six", "add-message", session_id="s/1", content=AWKWARD)
    context = {"flag": True, "number": 5, "none": [None, 1.5], "text": AWKWARD}
    changed = post(router, "six", "update-context", session_id="s/1", context=context)

    assert (added.status_code, changed.status_code) == (201, 200)
    session = read(router, "six", "s/1")
    assert session == {
        "session_id": "s/1",
        "user_id": "six",
        "title": session["title"],
        "messages": [added.json()["message"]],
        "earlier": None,
        "context": context,
        "model_preference": None,
        "message_count": 1,
        "dropped_messages": 0,
        "created_at": session["created_at"],
        "updated_at": session["updated_at"],
    }
    assert session["messages"][0]["content"] == AWKWARD
    assert session["title"].startswith("nul , quote ', emoji")
    assert [each["session_id"] for each in listed(router, "six")["sessions"]] == ["s/1"]
    assert post(router, "six", "clear", session_id="s/1").json()["message_count"] == 0
    assert post(router, "six", "delete", session_id="s/1").json()["deleted"] is True
    assert post(router, "six", "delete", session_id="s/1").status_code == 404
    assert listed(router, "six") == {"sessions": [], "next": None}


def test_messages_of_many_clients_at_once_are_all_there_in_one_order(router: RouterStack) -> None:
    """SI-4: every answer says the place that its message has, and each is there once."""
    router.admit("many")

    def add(number: int) -> httpx.Response:
        # Every one is sent twice, as who gets no answer does.
        said = {"message_id": f"m-{number // 2}", "content": f"says {number // 2}"}
        return post(router, "many", "add-message", session_id="s-1", **said)

    answers = at_once(add, 2 * ADDED)

    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert sum(answer.json()["added"] for answer in answers) == ADDED
    places = {it["message"]["message_id"]: it["message"]["number"] for it in map(_json, answers)}
    session = read(router, "many", "s-1", limit=1000)
    assert [it["number"] for it in session["messages"]] == list(range(1, ADDED + 1))
    assert {it["message_id"]: it["number"] for it in session["messages"]} == places


def _json(answer: httpx.Response) -> dict[str, Any]:
    said: dict[str, Any] = answer.json()
    return said


def test_what_was_added_is_there_for_the_next_version_of_the_worker(router: RouterStack) -> None:
    router.admit("outlives")
    post(router, "outlives", "add-message", session_id="s-1", message_id="m-1", content="first")

    deploy_sessions(router.cloud, "// another version", keep_bindings=[])
    post(router, "outlives", "add-message", session_id="s-1", message_id="m-2", content="second")

    said = [it["content"] for it in read(router, "outlives", "s-1")["messages"]]
    assert said == ["first", "second"]


def test_the_oldest_messages_go_and_a_session_too_many_is_refused(router: RouterStack) -> None:
    """SI-4: caps of a session and of a user."""
    router.admit("capped")
    at_once(
        lambda n: post(router, "capped", "add-message", session_id="s-0", content=f"{n}"), CAP + 3
    )
    for number in range(1, 5):
        assert post(
            router, "capped", "add-message", session_id=f"s-{number}", content="x"
        ).is_success

    session = read(router, "capped", "s-0", limit=1000)
    assert (session["message_count"], session["dropped_messages"]) == (CAP, 3)
    assert [it["number"] for it in session["messages"]] == list(range(4, CAP + 4))
    refused = post(router, "capped", "add-message", session_id="s-5", content="x")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_many_sessions")
    assert router.escalate("capped", "q-1", session_id="s-5").status_code == 409
    assert router.billed("capped")["requests"] == 0


def test_nobody_reads_or_changes_the_sessions_of_another(router: RouterStack) -> None:
    """SI-4: the same ids are other sessions for another account."""
    router.admit("mine")
    router.admit("theirs")
    router.admit("looks", scopes=["read"])
    post(router, "mine", "add-message", session_id="s-1", message_id="m-1", content="secret")
    page = {"session_id": "s-1"}

    assert listed(router, "theirs")["sessions"] == []
    assert router.ask("theirs", "GET", "/v1/sessions/get", params=page).status_code == 404
    for operation in ("delete", "clear"):
        assert post(router, "theirs", operation, **page).status_code == 404
    post(router, "theirs", "add-message", session_id="s-1", message_id="m-1", content="other")
    answer = router.escalate("theirs", "q-1", session_id="s-1")
    assert answer.is_success, answer.text
    for method, operation in (("GET", "list"), ("GET", "get?session_id=s-1"), ("POST", "clear")):
        path = f"/v1/sessions/{operation}"
        assert router.ask(None, method, path).status_code == 401
        assert router.ask("looks", method, path).status_code == 403
    assert [it["content"] for it in read(router, "mine", "s-1")["messages"]] == ["secret"]


@pytest.mark.parametrize("model", ["claude", "gpt"])
def test_a_question_goes_on_in_its_session(router: RouterStack, model: str) -> None:
    """SI-A15, SI-2: what was said before is sent, and paid for, with the next question."""
    account = f"goes-on-{model}"
    router.admit(account)
    own = {"session_id": "s-1", "query": "x" * 400, "model_preference": model}

    first = router.escalate(account, "q-1", **own).json()
    second = router.escalate(account, "q-2", **{**own, "model_preference": "auto"}).json()
    again = router.escalate(account, "q-2", **{**own, "model_preference": "auto"})

    told = first["usage"]["input_tokens"] + len(first["response"]) // 4
    assert second["usage"]["input_tokens"] >= first["usage"]["input_tokens"] + told - 2
    assert again.headers["idempotent-replayed"] == "true"
    session = read(router, account, "s-1")
    assert [it["role"] for it in session["messages"]] == ["user", "assistant"] * 2
    assert session["messages"][1]["content"] == first["response"]
    assert session["title"] == "x" * 59 + "…"


@pytest.mark.parametrize("model", ["claude", "gpt"])
def test_a_stream_goes_on_in_its_session_when_it_is_whole(router: RouterStack, model: str) -> None:
    account = f"streams-on-{model}"
    router.admit(account)
    for request_id, behaviour in (("q-1", "+tokens=7"), ("q-2", "+cut=4")):
        wanted = {"session_id": "s-1", "model_preference": f"{model}{behaviour}"}
        with router.stream(account, request_id, **wanted) as answer:
            assert answer.is_success
            try:
                answer.read()
            except httpx.HTTPError:
                assert request_id == "q-2"

    said = [it["content"] for it in read(router, account, "s-1")["messages"]]
    assert said[1:] == ["this answer was written by no model"]


def test_no_text_of_a_session_is_in_a_log(router: RouterStack) -> None:
    router.admit("logged")
    secret = "canary-message-of-a-session"
    post(router, "logged", "add-message", session_id="s-1", content=secret)
    post(router, "logged", "update-context", session_id="s-1", context={"note": secret})
    router.escalate("logged", "q-1", session_id="s-1", query=secret)
    read(router, "logged", "s-1")

    assert secret not in router.log()
