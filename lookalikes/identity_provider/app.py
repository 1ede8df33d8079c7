"""The look-alike as a web application: tokens by password, for whoever asks, and the keys."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookalikes.identity_provider.issuer import LIFETIME_SECONDS, Issuer

METADATA_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/.well-known/jwks.json"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - the address of one
GRANT = "password"
USER = re.compile(r"[\x21-\x7e]{1,255}")
SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")
UNCACHED = {"cache-control": "no-store"}


class TokenEndpoint:
    """The token endpoint of RFC 6749, section 4.3; `audience` says what the token is for."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer

    async def answer(self, request: Request) -> Response:
        """Answer `POST` of a form: a token for its `username`, with any password, or none."""
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        refused = _refusal(form)
        if refused is not None:
            error, description = refused
            said = {"error": error, "error_description": description}
            return JSONResponse(said, 400, UNCACHED)
        scope = form.get("scope", "")
        claims = self.issuer.claims(form["username"], form["audience"], scope)
        answer = {
            "access_token": self.issuer.token(claims),
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS,
            "scope": scope,
        }
        return JSONResponse(answer, headers=UNCACHED)


def metadata(issuer: Issuer) -> dict[str, Any]:
    """Return what the issuer says of itself (OpenID Connect Discovery 1.0)."""
    address = issuer.name.removesuffix("/")
    return {
        "issuer": issuer.name,
        "jwks_uri": address + KEYS_PATH,
        "token_endpoint": address + TOKEN_PATH,
        "grant_types_supported": [GRANT],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


def create_app(issuer: Issuer) -> Starlette:
    """Return the application of *issuer*."""

    def keys(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    def described(_: Request) -> Response:
        return JSONResponse(metadata(issuer))

    return Starlette(
        routes=[
            Route(KEYS_PATH, keys),
            Route(METADATA_PATH, described),
            Route(TOKEN_PATH, TokenEndpoint(issuer).answer, methods=["POST"]),
        ]
    )


def _refusal(form: Mapping[str, str]) -> tuple[str, str] | None:
    """Say what is wrong with *form*: the code of RFC 6749, section 5.2, and words for people."""
    grant = form.get("grant_type")
    if grant is None:
        return "invalid_request", "grant_type is missing"
    if grant != GRANT:
        return "unsupported_grant_type", f"grant_type must be {GRANT}"
    if not form.get("audience"):
        return "invalid_request", "audience is missing: what the token is for"
    if not USER.fullmatch(form.get("username", "")):
        return "invalid_grant", "username must be 1 to 255 visible ASCII characters"
    if form.get("scope") and not SCOPE.fullmatch(form["scope"]):
        return "invalid_scope", "scope must be words with one space between them"
    return None
