"""What ChittyConnect was given stays: over a stop, over the death of every process, over a bad up.

One stack; the tests follow it in their order.
"""

import re

import pytest

from tests.engine.development import ask, edited, kill_everything

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

SESSION = {"chittyId": "CHITTY-PEO-0001234-A1B2", "sessionId": "survivor", "metadata": {"n": 1}}
OWNER = "CHITTY-PEO-0001234-A1B2"


@pytest.fixture(scope="module")
def document(clone):
    """Deploy, open a session and keep a document: Durable Object, KV, D1 and R2 hold something."""
    clone.keep("chittyconnect", "onepassword_connect")
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    opened = ask(clone, "POST", "/api/v1/sessions", json=SESSION)
    assert opened.status_code == 201, opened.text
    kept = ask(
        clone,
        "POST",
        "/api/v1/documents/upload",
        files={"file": ("note.txt", b"kept through it all", "text/plain")},
        data={"chittyId": OWNER, "type": "note"},
    )
    assert kept.status_code == 201, kept.text
    return kept.json()["id"]


def expect_all_there(clone, document):
    session = ask(clone, "GET", "/api/v1/sessions/survivor")
    content = ask(clone, "GET", f"/api/v1/documents/{document}/content")
    found = ask(clone, "GET", "/api/v1/documents", params={"chittyId": OWNER}).json()

    assert session.json()["store"] == "durable_object"
    assert session.json()["metadata"]["n"] == 1
    assert content.content == b"kept through it all"
    assert [it["id"] for it in found["documents"]] == [document]


def test_over_a_stop_and_a_start(clone, document):
    assert clone.local("stop").code == 0
    started = clone.ops("start")

    assert started.code == 0, started.said
    expect_all_there(clone, document)
    assert clone.ops("up", "development").out.splitlines()[-1] == "no changes"


def test_over_the_death_of_every_process(clone, document):
    changed = ask(clone, "PATCH", "/api/v1/sessions/survivor", json={"metadata": {"last": "word"}})
    assert changed.status_code == 200, changed.text

    assert kill_everything(clone) >= 2
    assert clone.ops("start").code == 0

    expect_all_there(clone, document)
    session = ask(clone, "GET", "/api/v1/sessions/survivor").json()
    assert session["metadata"] == {"n": 1, "last": "word"}
    assert clone.ops("up", "development").out.splitlines()[-1] == "no changes"


BAD = {
    "does not compile": ("const = ;", r"index\.ts:\d+:\d+"),
    "throws when it starts": ('throw new Error("boom at start");', r"boom at start"),
}


@pytest.mark.parametrize(("code", "message"), BAD.values(), ids=BAD)
def test_over_a_worker_that(clone, document, code, message):
    with edited(clone, code):
        refused = clone.ops("up", "development")

    assert refused.code == 1
    assert re.search(message, refused.err), refused.said
    assert "Traceback" not in refused.said
    expect_all_there(clone, document)
    assert ask(clone, "GET", "/health").json()["status"] == "healthy"
    repaired = clone.ops("up", "development")
    assert repaired.code == 0, repaired.said
