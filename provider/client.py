"""API v4 over HTTP: one envelope, one kind of error, few retries."""

import json
from typing import Any

import httpx
import tenacity

from common.json_types import Json
from provider.errors import ApiError, PluginError, UnreachableError
from provider.table import Request

ATTEMPTS = 4
TIMEOUT_SECONDS = 60.0
_NOT_TAKEN = {429, 503}
_BROKEN = {500, 502, 504}
_IDEMPOTENT = {"GET", "PUT", "DELETE"}


class Client:
    """Speaks to one API with one token.

    *base_url* ends in `/client/v4`. Requests that were never taken (refused connection, 429, 503)
    are sent again, and so are other 5xx where that cannot do the work twice.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,  # a proxy would carry the token off this machine
            follow_redirects=False,  # and so would a redirect
        )

    async def result(self, request: Request) -> Any:
        """Send, and give what the envelope carries; `ApiError` when it says no."""
        return self._envelope(request, await self.response(request)).get("result")

    async def pages(self, request: Request) -> list[Any]:
        """Return the results of every page of a list."""
        found: list[Any] = []
        for page in range(1, 1_000):
            query = {**request.query, "page": str(page)}
            asked = Request(request.method, request.path, query=query)
            envelope = self._envelope(request, await self.response(asked))
            found += envelope.get("result") or []
            if page >= int((envelope.get("result_info") or {}).get("total_pages") or 1):
                break
        return found

    async def response(self, request: Request) -> httpx.Response:
        """Send, with retries; `ApiError` for every status that is not 2xx."""
        response = await self._retrying(request)
        if not response.is_success:
            errors = self._body(request, response).get("errors") or []
            raise ApiError(request, response.status_code, errors)
        return response

    async def close(self) -> None:
        """Drop the connections."""
        await self._http.aclose()

    async def _retrying(self, request: Request) -> httpx.Response:
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=tenacity.wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.1),
            retry=tenacity.retry_if_exception_type(httpx.ConnectError)
            | tenacity.retry_if_result(lambda response: _again(request, response)),
            retry_error_callback=_last_outcome,
        )
        try:
            answer: httpx.Response = await retrying(self._send, request)
        except httpx.ConnectError as error:
            raise UnreachableError(
                f"nothing answers at {self.base_url}: the local Cloudflare is not running; "
                "run make start"
            ) from error
        except httpx.TransportError as error:
            raise UnreachableError(
                f"{request} at {self.base_url} got no answer ({type(error).__name__}); "
                "run pulumi refresh to see whether it was done"
            ) from error
        return answer

    async def _send(self, request: Request) -> httpx.Response:
        json_body = request.body is not None
        kind = {"content-type": "application/json"} if json_body else {}
        return await self._http.request(
            request.method,
            self.base_url + request.path,
            content=_compact(request.body) if json_body else None,
            files=request.parts or None,
            headers={**kind, **request.headers},
            params=dict(request.query) or None,
        )

    def _envelope(self, request: Request, response: httpx.Response) -> Json:
        envelope = self._body(request, response)
        if not envelope["success"]:
            raise ApiError(request, response.status_code, envelope.get("errors") or [])
        return envelope

    def _body(self, request: Request, response: httpx.Response) -> Json:
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or "success" not in body:
            raise PluginError(
                f"{request} answered {response.status_code} in a form that is not API v4; "
                f"is {self.base_url} the local Cloudflare?"
            )
        return body


def _last_outcome(state: tenacity.RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None


def _again(request: Request, response: httpx.Response) -> bool:
    if response.status_code in _NOT_TAKEN:
        return True
    return response.status_code in _BROKEN and request.method in _IDEMPOTENT


def _compact(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
