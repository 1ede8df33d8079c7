"""Whoever has this machine tries sync with tokens of the look-alike of an issuer (SI-6)."""

import httpx
import pytest

from tests.systems.superinstance.sync.stack import AUDIENCE, SCOPE, SyncStack, upload

pytestmark = pytest.mark.workerd

ISSUER = {
    "JWT_ISSUER": "https://identity.example/",
    "JWKS_URL": "https://identity.example/.well-known/jwks.json",
}


def test_the_worker_takes_tokens_of_the_look_alike_of_this_machine(sync: SyncStack) -> None:
    form = {"grant_type": "password", "username": "ada", "audience": AUDIENCE, "scope": SCOPE}
    address = f"{sync.cloud.control_url}/hosts/identity.example/oauth/token"
    token = httpx.post(address, data=form).json()["access_token"]
    assert sync.with_token(token, "GET", "/status").status_code == 401

    upload(sync, "// by the tokens of this machine", ISSUER)
    try:
        answer = sync.with_token(token, "GET", "/status")
        assert (answer.status_code, answer.json()["user_id"]) == (200, "ada")
        assert sync.ask("ada", "GET", "/status").status_code == 401
    finally:
        upload(sync)
