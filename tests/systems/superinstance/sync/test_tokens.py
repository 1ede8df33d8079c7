"""Nobody comes in by a token that the issuer did not give, or that holds no longer (SI-6)."""

import time

import pytest

from tests.systems.superinstance.sync.forge import Forger
from tests.systems.superinstance.sync.stack import AUDIENCE, SCOPE, SyncStack, upload

pytestmark = pytest.mark.workerd


def test_no_forged_or_stale_token_is_admitted(sync: SyncStack) -> None:
    """SI-P6, SI-P1."""
    forger = Forger(sync.provider.issuer)
    assert sync.with_token(forger.good(), "GET", "/settings").status_code == 200
    tokens = forger.all()

    answers = {name: sync.with_token(each, "GET", "/settings") for name, each in tokens.items()}

    assert len(set(tokens.values())) == len(tokens) >= 80
    assert {
        name: each.status_code for name, each in answers.items() if each.status_code != 401
    } == {}
    assert {each.json()["error"]["code"] for each in answers.values()} == {"unauthorized"}


def test_a_token_counts_as_a_bearer_token_alone(sync: SyncStack) -> None:
    good = sync.provider.user_token("ada", AUDIENCE, SCOPE)
    for shown in (good, f"Basic {good}", f"JWT {good}", f"Bearer  {good}", f"Bearer {good} x"):
        headers = {"authorization": shown}
        assert sync.with_token(None, "GET", "/settings", headers=headers).status_code == 401
    for elsewhere in ({"cookie": f"token={good}"}, {"x-api-key": good}):
        answer = sync.with_token(None, "GET", "/settings", headers=elsewhere)
        assert answer.status_code == 401
    answer = sync.with_token(None, "GET", "/settings", params={"access_token": good})
    assert answer.status_code == 401


def test_a_scope_lets_read_or_write(sync: SyncStack) -> None:
    body = {"changes": [{"id": "a", "base_version": 0, "value": 1}]}
    may = {
        scope: [
            sync.with_token(token, "GET", "/settings").status_code,
            sync.with_token(token, "POST", "/settings", json=body).status_code,
        ]
        for scope in ("sync:read", "sync:write", "openid", "")
        for token in [sync.provider.user_token("scoped", AUDIENCE, scope)]
    }

    assert may == {
        "sync:read": [200, 403],
        "sync:write": [403, 200],
        "openid": [403, 403],
        "": [403, 403],
    }


def test_keys_outlive_an_outage_of_the_issuer_and_new_ones_are_found(sync: SyncStack) -> None:
    provider = sync.provider
    upload(sync, "// an isolate that knows no key")
    provider.outage = True
    try:
        before = sync.ask("ada", "GET", "/settings")
        assert (before.status_code, before.headers["retry-after"]) == (503, "10")
        assert before.json()["error"]["code"] == "keys_unavailable"
    finally:
        provider.outage = False
    time.sleep(5.5)  # a failure is remembered for five seconds
    assert sync.ask("ada", "GET", "/settings").status_code == 200

    fetches = provider.fetches
    provider.outage = True
    assert sync.ask("ada", "GET", "/settings").status_code == 200
    provider.outage = False
    unknown = {
        sync.with_token(_unknown(sync, n), "GET", "/settings").status_code for n in range(20)
    }
    assert unknown == {401}
    assert provider.fetches == fetches


def _unknown(sync: SyncStack, number: int) -> str:
    forger = Forger(sync.provider.issuer)
    return forger.issuer.token(forger.claims(), {"kid": f"unknown-{number}"})


def test_a_rotated_key_is_taken_at_once(sync: SyncStack) -> None:
    """By an isolate that has asked for keys longer ago than half a minute, or never."""
    old = sync.provider.user_token("ada", AUDIENCE, SCOPE)
    sync.provider.issuer.rotate()
    upload(sync, "// another isolate")

    assert sync.ask("ada", "GET", "/settings").status_code == 200
    assert sync.with_token(old, "GET", "/settings").status_code == 200
    sync.provider.issuer.rotate()
    upload(sync, "// and another")
    assert sync.with_token(old, "GET", "/settings").status_code == 401
