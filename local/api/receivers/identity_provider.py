"""The look-alike of an identity provider, where workers and people of this machine ask for it.

Its host ends with `.example`, which nobody can own: no token of it is good anywhere else.
"""

from starlette.responses import JSONResponse, Response

from local.api.http.call import Call
from local.api.http.routing import Family
from lookalikes.identity_provider.app import (
    KEYS_PATH,
    METADATA_PATH,
    TOKEN_PATH,
    TokenEndpoint,
    metadata,
)
from lookalikes.identity_provider.issuer import Issuer

HOST = "identity.example"
ROOT = f"/local/hosts/{HOST}"

family = Family("A look-alike of an identity provider")

_issuer = Issuer(f"https://{HOST}/")
_tokens = TokenEndpoint(_issuer)


@family("GET", ROOT + KEYS_PATH, presigned=True, note="keys live as long as the daemon")
async def read_keys(_: Call) -> Response:
    return JSONResponse(_issuer.jwks())


@family("GET", ROOT + METADATA_PATH, presigned=True)
async def read_metadata(_: Call) -> Response:
    return JSONResponse(metadata(_issuer))


@family("POST", ROOT + TOKEN_PATH, presigned=True, note="for any user, with any password")
async def give_token(call: Call) -> Response:
    return await _tokens.answer(call.request)
