"""The rollout of Durable Objects, in both directions, and the flag of R2 storage (CC-3, CC-6)."""

import hashlib
import json
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.workers.stack import ConnectStack

pytestmark = pytest.mark.workerd

NOBODY = {"ENABLE_DURABLE_OBJECTS": "false", "DO_ROLLOUT_PERCENTAGE": "0.00"}
HALF = {"ENABLE_DURABLE_OBJECTS": "false", "DO_ROLLOUT_PERCENTAGE": "0.50"}
EVERYBODY = {"ENABLE_DURABLE_OBJECTS": "true", "DO_ROLLOUT_PERCENTAGE": "0.10"}
STORAGE_OFF = {"ENABLE_R2_STORAGE": "false"}


@pytest.fixture
def restored(connect: ConnectStack) -> Iterator[ConnectStack]:
    """Give the stack to change; its variables are the usual ones again afterwards."""
    yield connect
    connect.redeploy()


def test_a_share_selects_by_the_hash_of_the_session(restored: ConnectStack) -> None:
    restored.redeploy(**HALF)
    ids = [f"rollout-share-{number}" for number in range(12)]

    stores = {each: _create(restored, each) for each in ids}

    expected = {each: "durable_object" if _position(each) < 0.5 else "kv" for each in ids}
    assert stores == expected
    assert set(stores.values()) == {"durable_object", "kv"}


def test_sessions_stay_where_they_are_forth_and_back(restored: ConnectStack) -> None:
    restored.redeploy(**NOBODY)
    assert _create(restored, "rollout-before") == "kv"

    restored.redeploy(**EVERYBODY)
    assert _create(restored, "rollout-after") == "durable_object"
    assert _change(restored, "rollout-before") == ("kv", 2)

    restored.redeploy(**NOBODY)
    assert _create(restored, "rollout-back") == "kv"
    assert _change(restored, "rollout-after") == ("durable_object", 2)
    assert _change(restored, "rollout-before") == ("kv", 3)
    again = restored.api("POST", "/sessions", json=_wanted("rollout-after"))
    assert again.status_code == HTTPStatus.CONFLICT


def test_an_id_is_held_once_though_its_copy_is_not_seen(restored: ConnectStack) -> None:
    assert _create(restored, "rollout-unseen") == "durable_object"
    restored.forget_in_kv("rollout-unseen")

    restored.redeploy(**NOBODY)
    again = restored.api("POST", "/sessions", json=_wanted("rollout-unseen"))

    assert (again.status_code, again.json()["error"]["code"]) == (409, "session_exists")
    assert restored.ok("GET", "/sessions/rollout-unseen")["store"] == "durable_object"


def test_a_draining_session_is_not_extended(restored: ConnectStack) -> None:
    path = "/sessions/rollout-draining"
    _create(restored, "rollout-draining")
    extended = restored.ok("PATCH", path, json={"expiresIn": 7200})
    restored.redeploy(**NOBODY)

    answer = restored.ok("PATCH", path, json={"expiresIn": 86_400, "metadata": {"a": 1}})
    with restored.websocket("rollout-draining") as socket:
        socket.send(json.dumps({"type": "update", "expiresIn": 86_400}))
        told = json.loads(socket.recv(10))["session"]

    assert "draining" not in extended
    assert (answer["draining"], answer["metadata"]) == (True, {"a": 1})
    assert {answer["expiresAt"], told["expiresAt"]} == {extended["expiresAt"]}
    restored.redeploy(**EVERYBODY)
    again = restored.ok("PATCH", path, json={"expiresIn": 86_400})
    assert again["expiresAt"] > extended["expiresAt"]


def test_storage_off_refuses_uploads_and_loses_nothing(restored: ConnectStack) -> None:
    kept = restored.upload("CHITTY-FLAG", "kept.txt", b"kept")
    unwanted = restored.upload("CHITTY-FLAG", "unwanted.txt", b"unwanted")

    restored.redeploy(**STORAGE_OFF)
    fields = {"chittyId": "CHITTY-FLAG", "type": "note"}
    file = {"file": b"new"}
    refused = restored.api("POST", "/documents/upload", data=fields, files=file)
    read = restored.api("GET", f"/documents/{kept['id']}/content")
    deleted = restored.api("DELETE", f"/documents/{unwanted['id']}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "storage_disabled")
    assert int(refused.headers["retry-after"]) > 0
    assert (read.content, deleted.status_code) == (b"kept", HTTPStatus.NO_CONTENT)
    restored.redeploy()
    assert restored.api("GET", f"/documents/{kept['id']}/content").content == b"kept"


def _wanted(session_id: str) -> dict[str, object]:
    return {"chittyId": "CHITTY-ROLLOUT", "sessionId": session_id, "metadata": {}}


def _create(connect: ConnectStack, session_id: str) -> str:
    store: str = connect.ok("POST", "/sessions", json=_wanted(session_id))["store"]
    return store


def _change(connect: ConnectStack, session_id: str) -> tuple[str, int]:
    session = connect.ok("PATCH", f"/sessions/{session_id}", json={"metadata": {"a": 1}})
    assert connect.ok("GET", f"/sessions/{session_id}") == session
    return session["store"], session["revision"]


def _position(session_id: str) -> float:
    digest = hashlib.sha256(session_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
