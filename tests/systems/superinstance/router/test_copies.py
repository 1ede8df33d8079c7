"""Journals and sessions are copied by `ops backup` and brought back, on the real runtime (FW-4)."""

from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.systems.objects_copied import objects_of
from tests.systems.superinstance.router.stack import HOST, SCRIPT, SESSIONS, RouterStack

pytestmark = pytest.mark.workerd

SAID = "nul \0, quote ', emoji \U0001f469\u200d\U0001f469, line\nbreak, 5.0, true, %_"
PLACES = {"CallJournal": SCRIPT, "SessionState": SESSIONS}


def test_journals_and_sessions_come_back_after_they_were_deleted(
    router: RouterStack, tmp_path: Path
) -> None:
    """SI-2: what was asked is not asked, or billed, again; what was said is there to the letter."""
    router.admit("copied")
    asked = router.escalate("copied", "r-1", session_id="s/1")
    message = {"session_id": "s/1", "role": "user", "content": SAID, "message_id": "m-1"}
    assert router.ask("copied", "POST", "/v1/sessions/add-message", json=message).is_success
    before = _sessions(router)
    with ExitStack() as stack:
        copied = [
            stack.enter_context(objects_of(router.cloud, script, name, HOST, tmp_path))
            for name, script in PLACES.items()
        ]
        for each in copied:
            assert "copied" in {copy["name"] for copy in each.save()}
            each.wipe()
        assert _sessions(router)["sessions"] == []
        for each in copied:
            each.restore()

    assert _sessions(router) == before
    again = router.escalate("copied", "r-1", session_id="s/1")
    assert (again.status_code, again.json()) == (httpx.codes.OK, asked.json())
    read = router.ask("copied", "GET", "/v1/sessions/get", params={"session_id": "s/1"})
    assert read.json()["messages"][-1]["content"] == SAID


def test_nobody_but_the_owner_of_the_key_copies_anything(router: RouterStack) -> None:
    body = {"action": "export", "class": "CallJournal", "id": "0" * 64}
    for key in ("Bearer x", "Bearer", ""):
        answer = router.cloud.at(
            HOST, "/admin/objects", "POST", json=body, headers={"authorization": key}
        )
        assert answer.status_code == httpx.codes.UNAUTHORIZED


def _sessions(router: RouterStack) -> dict[str, object]:
    answer = router.ask("copied", "GET", "/v1/sessions/list")
    assert answer.is_success, answer.text
    listed: dict[str, object] = answer.json()
    return listed
