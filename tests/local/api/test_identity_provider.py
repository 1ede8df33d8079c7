"""A look-alike of an identity provider gives tokens to whoever uses this machine (SI-6)."""

import base64
import json

import pytest

pytestmark = [pytest.mark.anyio]

ROOT = "http://127.0.0.1:4400/local/hosts/identity.example"
FORM = {
    "grant_type": "password",
    "username": "ada",
    "audience": "superinstance-sync",
    "scope": "sync:read",
}


async def test_it_gives_tokens_that_its_keys_have_signed_without_any_token_of_cloudflare(world):
    headers = {"authorization": ""}
    answer = await world.client.post(f"{ROOT}/oauth/token", data=FORM, headers=headers)
    keys = await world.client.get(f"{ROOT}/.well-known/jwks.json", headers=headers)

    head, body, _ = answer.json()["access_token"].split(".")
    (key,) = keys.json()["keys"]
    assert _read(head)["kid"] == key["kid"]
    assert "d" not in key
    assert _read(body)["iss"] == "https://identity.example/"


async def test_it_says_of_itself_by_the_host_that_workers_know(world):
    answer = await world.client.get(f"{ROOT}/.well-known/openid-configuration")

    assert answer.json()["jwks_uri"] == "https://identity.example/.well-known/jwks.json"


async def test_it_refuses_what_oauth_does_not_have(world):
    answer = await world.client.post(f"{ROOT}/oauth/token", data={**FORM, "grant_type": "x"})

    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"


def _read(part: str):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
