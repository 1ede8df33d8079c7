"""Sessions in KV while many create and change them: one wins, no change is lost (CC-3, CC-4)."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx
import pytest

from tests.workers.stack import ConnectStack, eventually

pytestmark = pytest.mark.workerd

MANY = 60
NOBODY = {"ENABLE_DURABLE_OBJECTS": "false", "DO_ROLLOUT_PERCENTAGE": "0.00"}


@pytest.fixture(scope="module")
def below(connect: ConnectStack) -> Iterator[ConnectStack]:
    """Give the stack with nobody selected for objects: its sessions are in KV."""
    connect.redeploy(**NOBODY)
    yield connect
    connect.redeploy()


def _at_once(ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(ask, range(MANY)))


def _create(connect: ConnectStack, session_id: str, number: int) -> httpx.Response:
    wanted = {"chittyId": f"CHITTY-{number}", "sessionId": session_id, "metadata": {"by": number}}
    return connect.api("POST", "/sessions", json=wanted)


def test_of_sixty_creations_one_wins(below: ConnectStack) -> None:
    answers = _at_once(lambda number: _create(below, "at-once", number))

    statuses = Counter(each.status_code for each in answers)
    assert statuses == {HTTPStatus.CREATED: 1, HTTPStatus.CONFLICT: MANY - 1}
    (created,) = [each.json() for each in answers if each.status_code == HTTPStatus.CREATED]
    assert created["store"] == "kv"
    assert below.ok("GET", "/sessions/at-once") == created == below.copy_in_kv("at-once")
    rows = below.sql("SELECT chitty_id, revision FROM session_index WHERE session_id = 'at-once'")
    assert rows == [{"chitty_id": created["chittyId"], "revision": 1}]


def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask as 503 says: again, until it is answered."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers.append(ask())
        return answers[-1].status_code != HTTPStatus.SERVICE_UNAVAILABLE

    eventually(answered, 120)
    return answers[-1]


def _change(connect: ConnectStack, session_id: str, number: int) -> httpx.Response:
    change = {"metadata": {f"n{number}": number}}
    path = f"/sessions/{session_id}"
    return _patiently(lambda: connect.api("PATCH", path, json=change))


def test_of_sixty_changes_none_is_lost(below: ConnectStack) -> None:
    _create(below, "changed-at-once", 0)

    answers = _at_once(lambda number: _change(below, "changed-at-once", number))

    session = below.ok("GET", "/sessions/changed-at-once")
    assert {each.status_code for each in answers} == {HTTPStatus.OK}
    assert session["metadata"] == {"by": 0, **{f"n{number}": number for number in range(MANY)}}
    # Each was answered with a revision of its own.
    assert len({each.json()["revision"] for each in answers}) == MANY


def test_changes_while_it_ends_do_not_bring_it_back(below: ConnectStack) -> None:
    path = "/sessions/ended-at-once"
    _create(below, "ended-at-once", 0)

    def ask(number: int) -> httpx.Response:
        if number == MANY // 2:
            return _patiently(lambda: below.api("DELETE", path))
        return _change(below, "ended-at-once", number)

    answers = _at_once(ask)

    assert answers[MANY // 2].status_code == HTTPStatus.NO_CONTENT
    assert below.api("GET", path).status_code == HTTPStatus.NOT_FOUND
    assert _create(below, "ended-at-once", 1).status_code == HTTPStatus.CREATED
