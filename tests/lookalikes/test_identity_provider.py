"""The look-alike answers as OAuth 2.0 and OpenID Connect Discovery have it (SI-6)."""

import base64
import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from harness.identity import NAME, IdentityProvider, identity_provider

FORM = {"grant_type": "password", "username": "ada", "audience": "sync", "scope": "a:b c"}


@pytest.fixture(scope="module")
def provider():
    with identity_provider() as running:
        yield running


def ask(provider: IdentityProvider, **changes: Any) -> httpx.Response:
    form = {name: value for name, value in {**FORM, **changes}.items() if value is not None}
    return httpx.post(f"{provider.url}/oauth/token", data=form)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_token_is_signed_by_a_key_of_the_set(provider: IdentityProvider) -> None:
    answer = ask(provider)
    head, body, mark = answer.json()["access_token"].split(".")
    (key,) = httpx.get(provider.jwks_url).json()["keys"]
    x, y = (int.from_bytes(raw(key[name]), "big") for name in "xy")
    signature = utils.encode_dss_signature(
        int.from_bytes(raw(mark)[:32], "big"), int.from_bytes(raw(mark)[32:], "big")
    )

    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    public.verify(signature, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(raw(head)) == {"alg": "ES256", "kid": key["kid"], "typ": "at+jwt"}
    claims = json.loads(raw(body))
    assert {"iss": NAME, "sub": "ada", "aud": "sync", "scope": "a:b c"}.items() <= claims.items()
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"] == 3600
    assert (answer.json()["token_type"], answer.headers["cache-control"]) == ("Bearer", "no-store")


def test_it_says_where_its_keys_and_tokens_are(provider: IdentityProvider) -> None:
    told = httpx.get(f"{provider.url}/.well-known/openid-configuration").json()

    assert told["issuer"] == NAME
    assert told["jwks_uri"] == f"{NAME}.well-known/jwks.json"
    assert told["token_endpoint"] == f"{NAME}oauth/token"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"audience": None}, "invalid_request"),
        ({"username": None}, "invalid_grant"),
        ({"username": "ada eve"}, "invalid_grant"),
        ({"scope": "a  b"}, "invalid_scope"),
    ],
)
def test_it_refuses_as_oauth_does(
    provider: IdentityProvider, changes: dict[str, Any], error: str
) -> None:
    answer = ask(provider, **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_after_a_rotation_the_key_before_is_in_the_set_and_none_older(
    provider: IdentityProvider,
) -> None:
    first = provider.issuer.key.public["kid"]
    second = provider.issuer.rotate().public["kid"]
    shown = [key["kid"] for key in httpx.get(provider.jwks_url).json()["keys"]]
    provider.issuer.rotate()

    assert shown == [second, first]
    assert first not in {key["kid"] for key in provider.issuer.jwks()["keys"]}
