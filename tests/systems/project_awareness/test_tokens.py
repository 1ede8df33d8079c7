"""More API tokens than one secret holds, on the real runtime (PA-7)."""

import pytest

from tests.systems.project_awareness.conftest import KEYS, OWNERS, USERS, AwarenessStack, upload

pytestmark = pytest.mark.workerd

SCRIPT = "project-awareness-tokens-test"
HOST = "project-awareness-tokens-test.chitty.cc"
PATH = "/api/auth/session"


def asks(stack: AwarenessStack, who: str) -> int:
    return stack.ask("GET", PATH, who, host=HOST).status_code


def secrets_of(stack: AwarenessStack) -> set[str]:
    """Ask the API which secrets the worker has."""
    path = stack.cloud.account(f"/workers/scripts/{SCRIPT}/settings")
    bindings = stack.cloud.result("GET", path)["bindings"]
    return {each["name"] for each in bindings if each["type"] == "secret_text"}


def test_every_token_of_every_secret_is_known_until_it_is_revoked(
    awareness: AwarenessStack,
) -> None:
    """PA-7: fifty users and more; a revocation that needs fewer secrets removes them."""
    upload(awareness, SCRIPT, HOST)

    assert secrets_of(awareness) == {"API_TOKENS", "API_TOKENS_2", "API_TOKENS_3", *KEYS}
    assert {asks(awareness, who) for who in OWNERS} == {200}
    assert asks(awareness, "nobody") == 401

    upload(awareness, SCRIPT, HOST, known=["claude", *USERS[:10]], again=True)

    assert secrets_of(awareness) == {"API_TOKENS", *KEYS}
    assert {asks(awareness, who) for who in ("claude", *USERS[:10])} == {200}
    assert {asks(awareness, who) for who in USERS[10:]} == {401}
