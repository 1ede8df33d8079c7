"""What the live page asks for: answered to its own tab only, and without any secret."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.responses import Response

from local.api.errors import ApiError
from local.api.http.call import Call
from local.api.http.envelope import success
from local.api.http.routing import Family

ROOT = "/local/page"
OWN_SITE = ("same-origin", "none")
"""What a browser says of requests by the page itself, and by a person."""

family = Family("Live page")

Look = Callable[[Call], Awaitable[Any]]


def look(method: str, path: str, *, note: str = "") -> Callable[[Look], Look]:
    """Declare that the decorated handler answers the page at *path*, below `ROOT`.

    It is asked for with a session in place of the token. What it returns is shown without the
    secrets of the account, and no browser keeps it.
    """

    def declare(handler: Look) -> Look:
        @family(method, f"{ROOT}/{path}", presigned=True, note=note)
        @wraps(handler)
        async def answer(call: Call) -> Response:
            need_own_site(call)
            _need_session(call)
            found = await handler(call)
            if isinstance(found, Response):
                return found
            response = success(call.state.runtime.without_secrets(found))
            response.headers["cache-control"] = "no-store"
            return response

        return answer

    return declare


def need_own_site(call: Call) -> None:
    """Refuse what a page of another origin asks for; browsers say so, and other clients nothing."""
    origin, own = call.header("origin"), f"http://{call.header('host')}"
    if call.header("sec-fetch-site", "none") not in OWN_SITE or origin not in ("", own):
        raise ApiError(403, 10000, "Another web page asks for this; only the live page itself may")


def _need_session(call: Call) -> None:
    scheme, _, given = call.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not call.request.app.passes.holds("session", given):
        raise ApiError(401, 10000, "This session has ended; run `make status` for a new address")
