"""The API as an ASGI application: who may ask, what is asked, and the answer in its envelope."""

import errno
import hmac
import logging
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from common.json_types import Json
from local.api import errors
from local.api.coverage_table import FAMILIES
from local.api.errors import ApiError
from local.api.explorer import admission as explorer
from local.api.explorer import mirror
from local.api.http.call import Call
from local.api.http.envelope import failure, success
from local.api.http.routing import Router
from local.api.live_page.page_passes import Passes
from local.api.state.made_tokens import ACTIVE, of_value, status_of
from local.api.state.state import State
from local.api.tails.socket import converse
from local.api.tokens.admission import check as check_permission
from local.records.records import FullError, RecordsError

PREFIX, CONTROL = "/client/v4", "/local/"
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
OF_USERS = "/user/tokens/verify"
"""Where a token of a user says so; one of an account is none there."""

FULL = {errno.ENOSPC, errno.EDQUOT}

log = logging.getLogger("local.api")


class Api:
    """API v4 under `/client/v4`, control under `/local`."""

    def __init__(self, state: State, token: str, ports: Mapping[str, int]) -> None:
        self.state = state
        self.ports = dict(ports)
        self.router = Router(FAMILIES)
        self.passes = Passes(token)
        self._edge = explorer.key_of(token)
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._converse(WebSocket(scope, receive, send))
        if scope["type"] != "http":
            return
        scope["app"] = self
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _converse(self, websocket: WebSocket) -> None:
        try:
            _admit_host(websocket)
            await converse(websocket, self.state)
        except ApiError as error:
            await websocket.send_denial_response(failure(error))

    async def _answer(self, request: Request) -> Response:
        try:
            return success(await self._handle(request))
        except ApiError as error:
            return failure(error)
        except (OSError, RecordsError) as error:
            log.exception("%s %s", request.method, request.url.path)
            return failure(_not_kept(error))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception:
            log.exception("%s %s", request.method, request.url.path)
            return failure(ApiError(500, 10002, "The local API failed; its log has the reason"))

    async def _handle(self, request: Request) -> object:
        _admit_host(request)
        raw = request.scope["raw_path"].decode("ascii").partition("?")[0]
        path = raw.removeprefix(PREFIX) if raw.startswith(PREFIX) else mirror.path_of(raw)
        is_explorer = mirror.has(path)
        is_ours = raw.startswith((PREFIX, CONTROL)) or is_explorer
        found = self.router.find(request.method, path) if is_ours else None
        is_open = found is not None and found[0].presigned
        is_open = is_open or (is_explorer and self._admits(request))
        token = None if is_open else self._admit_token(request)
        if found is None:
            raise errors.not_emulated(f"{request.method} {path}")
        operation, params = found
        account = params.get("account_id", self.state.account.id)
        if account != self.state.account.id:
            raise errors.foreign_account(account)
        call = Call(request, params, self.state, operation.body_errors, token)
        check_permission(call, operation)
        answer = await operation.handler(call)
        return explorer.inert(success(answer)) if is_explorer else answer

    def _admits(self, request: Request) -> bool:
        return explorer.admits(request, self._edge, self.ports.get("edge", 0))

    def _admit_token(self, request: Request) -> Json | None:
        """Return the token that asks, where it was made by the API; `None`: it is our own."""
        if "x-auth-user-service-key" in request.headers:
            raise errors.service_key_ended()
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        is_bearer = scheme.lower() == "bearer"
        if is_bearer and hmac.compare_digest(given.encode(), self._token):
            return None
        made = of_value(self.state.records, given) if is_bearer else None
        verify = request.url.path.endswith("/tokens/verify")
        if made is None or (verify and request.url.path.endswith(OF_USERS)):
            raise errors.invalid_token() if verify else errors.authentication_failed()
        if not verify and status_of(made, self.state.now()) != ACTIVE:
            raise errors.ended_token()
        return made


def _not_kept(error: OSError | RecordsError) -> ApiError:
    is_full = isinstance(error, FullError) or getattr(error, "errno", None) in FULL
    return (errors.storage_full if is_full else errors.runtime_unavailable)(str(error))


def _admit_host(request: HTTPConnection) -> None:
    """Refuse names other than loopback: a web page could reach us by its own DNS name."""
    host = request.headers.get("host", "")
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name.lower() not in LOOPBACK:
        raise errors.foreign_host(host)
