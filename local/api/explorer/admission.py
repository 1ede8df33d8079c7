"""Who may ask the Local Explorer's API: clients of it know no token."""

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from local.api.errors import ApiError
from local.api.explorer.peers import is_own

KEY, HOST, PEER = "x-local-explorer", "x-forwarded-host", "x-local-peer"
"""Headers of the edge: that it is the edge, the host and the client that it was asked by."""

MACHINE = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine, where no worker answers."""


OF_PAGES = ("sec-fetch-site", "origin")
"""Headers that a browser adds to what a page asks for; older ones have the second alone."""

INERT = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}
"""Headers that keep a browser from running what is stored: a page there could ask for the rest."""


def key_of(token: str) -> str:
    """Return what the edge proves itself with; it changes with the token."""
    return hmac.new(token.encode(), b"chittyos local explorer", hashlib.sha256).hexdigest()


def inert(response: Response) -> Response:
    """Have a browser that is led to *response* show it, and run nothing of it."""
    response.headers.update(INERT)
    return response


def admits(request: Request, key: str, edge_port: int) -> bool:
    """Return whether *request* comes from the edge, for a client that may ask without a token.

    *edge_port* is where the edge listens, and where the client's connection has to lead.
    Raises `ApiError` for one from the edge that may not, with why. One that brings a token is
    judged by that.
    """
    if "authorization" in request.headers:
        return False
    if not hmac.compare_digest(request.headers.get(KEY, "").encode(), key.encode()):
        return False
    host = request.headers.get(HOST, "")
    name = (urlsplit(f"//{host}").hostname or "").lower()
    is_machine = name in MACHINE or name == "::1"
    if not is_machine and not name.endswith(".localhost"):
        raise _refused(f"host {host!r} is none of this machine; ask localhost")
    if not is_machine and any(name in request.headers for name in OF_PAGES):
        raise _refused(f"a page of {host} may not ask it, where workers answer; use localhost")
    _need_own_origin(request, host)
    if not is_own(request.headers.get(PEER, ""), edge_port):
        raise _refused("the client is not known to be yours; send the token as a Bearer")
    return True


def _need_own_origin(request: Request, host: str) -> None:
    origin = request.headers.get("origin", "")
    site = request.headers.get("sec-fetch-site", "none")
    if origin not in ("", f"http://{host}") or site not in ("none", "same-origin"):
        raise _refused("another web page asks for this")


def _refused(why: str) -> ApiError:
    return ApiError(403, 10000, f"the Local Explorer is refused: {why}")
