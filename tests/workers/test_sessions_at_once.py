"""Sessions in KV while many create and change them: one wins, no change is lost (CC-3, CC-4)."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx
import pytest

from tests.workers.stack import ConnectStack

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


def test_of_sixty_changes_none_that_was_answered_is_lost(below: ConnectStack) -> None:
    _create(below, "changed-at-once", 0)

    answers = _at_once(
        lambda number: below.api(
            "PATCH", "/sessions/changed-at-once", json={"metadata": {f"n{number}": number}}
        )
    )

    done = {number for number, each in enumerate(answers) if each.is_success}
    session = below.ok("GET", "/sessions/changed-at-once")
    # Who waited too long is told so, and may ask again.
    assert {each.status_code for each in answers} <= {200, 503}
    assert len(done) > MANY / 2
    assert session["metadata"] == {"by": 0, **{f"n{number}": number for number in done}}
    assert session["revision"] == 1 + len(done)
    assert sorted(answers[number].json()["revision"] for number in done) == list(
        range(2, 2 + len(done))
    )


def test_changes_while_it_ends_do_not_bring_it_back(below: ConnectStack) -> None:
    _create(below, "ended-at-once", 0)

    def ask(number: int) -> httpx.Response:
        if number == MANY // 2:
            return below.api("DELETE", "/sessions/ended-at-once")
        change = {"metadata": {f"n{number}": 1}}
        return below.api("PATCH", "/sessions/ended-at-once", json=change)

    answers = _at_once(ask)

    assert answers[MANY // 2].status_code == HTTPStatus.NO_CONTENT
    assert below.api("GET", "/sessions/ended-at-once").status_code == HTTPStatus.NOT_FOUND
    assert _create(below, "ended-at-once", 1).status_code == HTTPStatus.CREATED
