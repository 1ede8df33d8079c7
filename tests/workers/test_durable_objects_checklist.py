"""The ten points of the Durable Objects checklist (CC-13), over HTTP and WebSocket."""

import json
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from time import monotonic, sleep

import pytest
from websockets.sync.client import ClientConnection

from tests.workers.stack import ConnectStack, eventually

pytestmark = pytest.mark.workerd

STATE_CAP = 65_536
OBJECT_MEMORY = 128 * 1024 * 1024


def test_do_01_creates_a_session(connect: ConnectStack) -> None:
    wanted = {"chittyId": "CHITTY-DO-01", "sessionId": "do-01", "metadata": {"client": "test"}}

    answer = connect.api("POST", "/sessions", json=wanted)

    assert answer.status_code == HTTPStatus.CREATED, answer.text
    session = answer.json()
    assert wanted.items() <= session.items()
    assert (session["store"], session["revision"]) == ("durable_object", 1)
    again = connect.api("POST", "/sessions", json=wanted)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "session_exists")


def test_do_02_updates_persist(connect: ConnectStack) -> None:
    _create(connect, "do-02", {"kept": 1, "changed": 1, "removed": 1})

    change = {"metadata": {"changed": 2, "removed": None, "added": {"deep": True}}}
    connect.ok("PATCH", "/sessions/do-02", json=change)
    # A new upload starts every object anew: what is read then comes from its storage.
    connect.redeploy()

    expected = {"kept": 1, "changed": 2, "added": {"deep": True}}
    assert connect.ok("GET", "/sessions/do-02")["metadata"] == expected


def test_do_03_retrieves_what_is_there(connect: ConnectStack) -> None:
    created = _create(connect, "do-03", {"language": "ελληνικά"})
    _create(connect, "do-03-of-another", {}, chitty_id="CHITTY-OTHER")

    listed = connect.ok("GET", "/sessions", params={"chittyId": "CHITTY-do-03"})["sessions"]

    assert connect.ok("GET", "/sessions/do-03") == created
    assert [each["sessionId"] for each in listed] == ["do-03"]
    missing = connect.api("GET", "/sessions/do-03-missing")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "session_not_found")


def test_do_04_websocket_connects(connect: ConnectStack) -> None:
    _create(connect, "do-04", {"step": 1})

    with connect.websocket("do-04") as first, connect.websocket("do-04") as second:
        first.send(json.dumps({"type": "get"}))
        state = json.loads(first.recv(10))
        second.send(json.dumps({"type": "update", "metadata": {"step": 2}}))
        told = [json.loads(socket.recv(10)) for socket in (first, second)]

    assert (state["type"], state["session"]["metadata"]) == ("session", {"step": 1})
    assert [each["type"] for each in told] == ["updated", "updated"]
    assert [each["session"]["metadata"] for each in told] == [{"step": 2}] * 2


def test_do_05_hibernates_by_60_seconds_idle(connect: ConnectStack) -> None:
    _create(connect, "do-05", {"kept": "while asleep"})

    with connect.websocket("do-05") as socket:
        before = _wakeups(socket)
        # Asking wakes, so ask rarely, and at 60 s for the last time.
        started = monotonic()
        for idle_seconds in (14, 20, 26):
            sleep(idle_seconds)
            after = _wakeups(socket)
            if after > before:
                break
        socket.send(json.dumps({"type": "get"}))
        session = json.loads(socket.recv(10))["session"]

    assert after > before, f"still in memory after {monotonic() - started:.0f} s"
    assert session["metadata"] == {"kept": "while asleep"}


def test_do_06_alarm_cleans_up(connect: ConnectStack) -> None:
    _create(connect, "do-06", {}, expires_in=2)
    assert connect.copy_in_kv("do-06")["store"] == "durable_object"

    with connect.websocket("do-06") as socket:
        farewell = json.loads(socket.recv(15))

    assert farewell == {"type": "ended", "reason": "expired"}
    assert connect.api("GET", "/sessions/do-06").status_code == HTTPStatus.NOT_FOUND
    # Nobody asked for it: the alarm alone takes away what the object left elsewhere.
    eventually(lambda: connect.copy_in_kv("do-06") is None)
    rows = "SELECT session_id FROM session_index WHERE session_id = 'do-06'"
    eventually(lambda: connect.sql(rows) == [])


def test_do_07_concurrent_updates_all_count(connect: ConnectStack) -> None:
    _create(connect, "do-07", {})
    names = [f"writer-{number}" for number in range(40)]

    def write(name: str) -> int:
        change = {"metadata": {name: True}}
        return connect.api("PATCH", "/sessions/do-07", json=change).status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = set(pool.map(write, names))

    assert statuses == {HTTPStatus.OK}
    session = connect.ok("GET", "/sessions/do-07")
    assert session["metadata"] == dict.fromkeys(names, True)
    assert session["revision"] == 1 + len(names)


def test_do_07_one_of_many_creations_at_once_succeeds(connect: ConnectStack) -> None:
    def create(number: int) -> int:
        wanted = {"chittyId": "CHITTY-DO-07", "sessionId": "do-07-once"}
        return connect.api(
            "POST", "/sessions", json={**wanted, "metadata": {"n": number}}
        ).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(create, range(16)))

    assert statuses.count(HTTPStatus.CREATED) == 1
    assert set(statuses) == {HTTPStatus.CREATED, HTTPStatus.CONFLICT}


def test_do_08_falls_back_to_kv(connect: ConnectStack) -> None:
    held = _create(connect, "do-08-held", {"kept": True})

    with connect.unreachable_objects():
        created = _create(connect, "do-08-new", {"made": "in the outage"})
        change = {"metadata": {"changed": "in the outage"}}
        changed = connect.ok("PATCH", "/sessions/do-08-new", json=change)
        read = connect.ok("GET", "/sessions/do-08-held")
        refused = [
            connect.api("PATCH", "/sessions/do-08-held", json={"metadata": {"lost": 1}}),
            connect.api("DELETE", "/sessions/do-08-held"),
        ]
        unknown = connect.api("GET", "/sessions/do-08-unknown")

    assert (created["store"], changed["store"]) == ("kv", "kv")
    assert read == {**held, "degraded": True}
    assert [each.status_code for each in (*refused, unknown)] == [503, 503, 503]
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    # It is back: nothing was lost, everything is where it was.
    assert connect.ok("GET", "/sessions/do-08-held") == held
    assert connect.ok("GET", "/sessions/do-08-new") == changed


def test_do_09_state_stays_far_below_128_mb(connect: ConnectStack) -> None:
    almost = "x" * (STATE_CAP - 100)
    _create(connect, "do-09", {"filling": almost})

    over = connect.api("PATCH", "/sessions/do-09", json={"metadata": {"more": "x" * 100}})
    created_over = connect.api(
        "POST",
        "/sessions",
        json={"chittyId": "CHITTY-09", "sessionId": "do-09-b", "metadata": {"a": "x" * STATE_CAP}},
    )

    for refused in (over, created_over):
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "state_too_large")
    counted = connect.ok("GET", "/sessions/do-09/metrics")
    assert STATE_CAP - 100 < counted["stateBytes"] <= STATE_CAP
    # In memory the object holds its state a few times over, and its database's pages.
    assert 10 * counted["stateBytes"] + counted["databaseBytes"] < OBJECT_MEMORY / 100
    assert connect.ok("GET", "/sessions/do-09")["metadata"] == {"filling": almost}


def test_do_10_metrics_return_data(connect: ConnectStack) -> None:
    before = connect.ok("GET", "/sessions/metrics")
    _create(connect, "do-10", {})

    after = connect.ok("GET", "/sessions/metrics")
    with connect.websocket("do-10"):
        counted = connect.ok("GET", "/sessions/do-10/metrics")

    assert after["sessions"]["active"] == before["sessions"]["active"] + 1
    assert after["sessions"]["byStore"]["durable_object"] >= 1
    assert after["rollout"] == {"durableObjects": True, "share": 1}
    assert (counted["connections"], counted["revision"], counted["wakeups"]) == (1, 1, 1)


def _create(
    connect: ConnectStack,
    session_id: str,
    metadata: dict[str, object],
    *,
    chitty_id: str | None = None,
    expires_in: int = 600,
) -> dict[str, object]:
    wanted = {
        "chittyId": chitty_id or f"CHITTY-{session_id}",
        "sessionId": session_id,
        "metadata": metadata,
        "expiresIn": expires_in,
    }
    session: dict[str, object] = connect.ok("POST", "/sessions", json=wanted)
    return session


def _wakeups(socket: ClientConnection) -> int:
    socket.send(json.dumps({"type": "ping"}))
    pong = json.loads(socket.recv(10))
    assert pong["type"] == "pong"
    return int(pong["wakeups"])
