"""The look-alike of 1Password Connect, where workers of the local Cloudflare ask for it."""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.api.errors import ApiError
from local.api.http.call import Call
from local.api.http.routing import Family

HOST = "1password-connect.localhost"
ROOT = f"/local/hosts/{HOST}"
WHOLE = f"{ROOT}/{{path...}}"

family = Family("A look-alike of 1Password Connect")


class Passed(Response):
    """An answer that *app* gives to what was asked below the root."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as if it were asked at the host itself."""
        path = scope["path"].removeprefix(ROOT)
        raw = scope["raw_path"].removeprefix(ROOT.encode())
        await self._app({**scope, "path": path, "raw_path": raw}, receive, send)


@family("GET", WHOLE, presigned=True, note="with a token of its own")
@family("POST", WHOLE, presigned=True, note="with a token of its own")
@family("PUT", WHOLE, presigned=True, note="with a token of its own")
@family("PATCH", WHOLE, presigned=True, note="with a token of its own")
@family("DELETE", WHOLE, presigned=True, note="with a token of its own")
async def pass_on(call: Call) -> Response:
    if call.state.connect is None:
        raise ApiError(503, 10013, f"nothing runs here that stands for {HOST}; run `make start`")
    return Passed(call.state.connect)
