"""The look-alike as a web application. Whatever is wrong is answered as JSON."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lookalikes.onepassword_connect.api import ROUTES, Handler
from lookalikes.onepassword_connect.behaviour import Behaviour, BehaviourError
from lookalikes.onepassword_connect.controls import control_routes
from lookalikes.onepassword_connect.errors import RefusedError, invalid, refusal
from lookalikes.onepassword_connect.server import Server

MOST_BYTES = 1_048_576
SECOND_MS = 1_000
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
PAGE = "<!doctype html><title>Sign in</title>"

Endpoint = Callable[[Request], Awaitable[Response]]


class WithoutTrailingSlash:
    """Takes the slash from the end of a path: one client of two writes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path != "/":
            scope = {**scope, "path": path.rstrip("/")}
        await self._app(scope, receive, send)


def create_app(server: Server, *, controls: bool = False) -> ASGIApp:
    """Return the application of *server*; with *controls*, what only tests ask of it as well."""
    app = Starlette(
        routes=[
            *(Route(path, _endpoint(server, each), methods=[m]) for m, path, each in ROUTES),
            Route("/health", _health(server)),
            Route("/heartbeat", _heartbeat),
            Route("/metrics", _metrics(server)),
            *(control_routes(server) if controls else ()),
        ],
        exception_handlers={
            HTTPException: _answer_unknown,
            RefusedError: _answer_refused,
            Exception: _answer_fault,
        },
    )
    return WithoutTrailingSlash(app)


def _endpoint(server: Server, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        token = None
        try:
            unusual = await _behave(server, request)
            token = server.authenticate(request.headers)
            response = unusual or handler(server, token, request, await _body(request))
        except RefusedError as error:
            response = refusal(error)
        server.activity.note(request, token, response.status_code)
        return response

    return endpoint


async def _behave(server: Server, request: Request) -> Response | None:
    """Do what is wanted of this request; return what is answered in place of the usual."""
    wants = _wanted(server, request)
    await asyncio.sleep(wants.slow / SECOND_MS)
    if wants.hang:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        return Response(status_code=HTTPStatus.NO_CONTENT)
    if wants.status is not None:
        return refusal(RefusedError(wants.status, "as it was wanted"), wants.after)
    return HTMLResponse(PAGE) if wants.garbled else None


def _wanted(server: Server, request: Request) -> Behaviour:
    header = request.headers.get("x-look-alike", "")
    try:
        return Behaviour.of(header) if header else server.behaviour
    except BehaviourError as error:
        raise invalid(str(error)) from None


async def _body(request: Request) -> Any:
    if request.method not in WITH_BODY:
        return None
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BYTES:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
    try:
        return json.loads(content)
    except ValueError:
        raise invalid("Invalid body: it is no JSON") from None


def _health(server: Server) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return JSONResponse(server.health())

    return endpoint


async def _heartbeat(_: Request) -> Response:
    return PlainTextResponse(".")


def _metrics(server: Server) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        return PlainTextResponse(server.activity.metrics())

    return endpoint


async def _answer_unknown(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.NOT_FOUND
    return refusal(RefusedError(status, HTTPStatus(status).phrase))


async def _answer_refused(request: Request, error: Exception) -> Response:
    return (
        refusal(error) if isinstance(error, RefusedError) else await _answer_fault(request, error)
    )


async def _answer_fault(_: Request, _error: Exception) -> Response:
    fault = RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal server error")
    return refusal(fault)
