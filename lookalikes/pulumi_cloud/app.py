"""The look-alike as a web application. Whatever is wrong is answered as JSON."""

import gzip
import json
import zlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lookalikes.pulumi_cloud import stack_api, update_api
from lookalikes.pulumi_cloud.refusals import RefusedError, invalid, unauthorized
from lookalikes.pulumi_cloud.service import Service
from lookalikes.pulumi_cloud.stack_api import Handler

MOST_BYTES = 64 * 1024 * 1024
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
TOKEN_KIND = "token"  # noqa: S105 - the name of a kind

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(service: Service) -> Starlette:
    """Return the application of *service*."""
    open_to_all = (*stack_api.PUBLIC, *update_api.LEASED)  # a lease is looked at by its handler
    guarded = (*stack_api.ROUTES, *update_api.ROUTES)
    return Starlette(
        routes=[
            *(Route(path, _endpoint(service, each), methods=[m]) for m, path, each in open_to_all),
            *(
                Route(path, _endpoint(service, each, guarded=True), methods=[m])
                for m, path, each in guarded
            ),
        ],
        exception_handlers={HTTPException: _answer_unknown, Exception: _answer_fault},
    )


def _endpoint(service: Service, handler: Handler, *, guarded: bool = False) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            if guarded:
                _check_token(service, request)
            answer = handler(service, request, await _body(request))
        except RefusedError as error:
            return error.answer()
        except (KeyError, TypeError, ValueError) as error:
            return invalid(f"the body is not of its form: {type(error).__name__}").answer()
        return (
            Response(status_code=HTTPStatus.NO_CONTENT) if answer is None else JSONResponse(answer)
        )

    return endpoint


def _check_token(service: Service, request: Request) -> None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind != TOKEN_KIND or not service.store.is_token(value):
        raise unauthorized()


async def _body(request: Request) -> Any:
    """Return what was sent, unpacked; its bytes are in the state of the request."""
    if request.method not in WITH_BODY:
        return None
    content = await request.body()
    if request.headers.get("content-encoding") == "gzip":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise invalid("the body is not compressed by gzip") from None
    if len(content) > MOST_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
    request.state.content = content
    try:
        return json.loads(content) if content else {}
    except ValueError:
        raise invalid("the body is no JSON") from None


async def _answer_unknown(_: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 404)
    return RefusedError(status, "no such address").answer()


async def _answer_fault(_: Request, _error: Exception) -> Response:
    return RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, "the service has failed").answer()
