"""API v4 over HTTP: one envelope, one kind of error, retries that are reported when they last."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import tenacity

from common.certificates import trusted_at
from common.json_types import Json
from provider.cloudflare.errors import ApiError, StrangeAnswerError
from provider.cloudflare.table import Request
from provider.errors import UnreachableError

ATTEMPTS = 8
"""How often a request is sent that the API does not take, or takes and fails: sixteen seconds."""

CONNECTS = 4
"""How often a connection is tried: a second."""

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
QUIET_SECONDS = 10.0
"""After so long a request that is being repeated is reported."""

TIMEOUT_SECONDS = 60.0
_NOT_TAKEN = {429, 503}
_BROKEN = {500, 502, 504}
_IDEMPOTENT = {"GET", "PUT", "DELETE"}
_NO_CONTENT = {"text/html", "application/json"}

Report = Callable[[str], Awaitable[None]]
Sleep = Callable[[float], Awaitable[None]]


async def _nowhere(_sentence: str) -> None:
    """Report to nobody."""


class Client:
    """Speaks to one API with one token.

    *base_url* ends in `/client/v4`. Requests that were never taken (refused connection, 429, 503)
    are sent again, and so are other 5xx where that cannot do the work twice. *report* is told,
    once a request, which one has been repeated for `QUIET_SECONDS`.
    """

    def __init__(
        self, base_url: str, token: str, report: Report = _nowhere, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._report = report
        self._sleep = sleep
        self._http = httpx.AsyncClient(
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_SECONDS,
            verify=trusted_at(self.base_url),
            trust_env=False,  # a proxy would carry the token off this machine
            follow_redirects=False,  # and so would a redirect
        )

    async def result(self, request: Request) -> Any:
        """Send, and return what the envelope carries; `ApiError` when it says no."""
        return self.result_of(request, await self.response(request))

    def result_of(self, request: Request, response: httpx.Response) -> Any:
        """Return what the envelope of *response* carries; `ApiError` when it says no."""
        return self._envelope(request, response).get("result")

    async def object(self, request: Request) -> Any:
        """Return a result that cannot be empty; `StrangeAnswerError` when it is."""
        result = await self.result(request)
        if result is None or result == {}:
            raise self.strange(f"{request} answered without a result")
        return result

    async def content(self, request: Request) -> httpx.Response:
        """Return content as it is; `StrangeAnswerError` for a web page and for an envelope."""
        response = await self.response(request)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in _NO_CONTENT:
            raise self.strange(f"{request} answered {kind} in the place of content")
        return response

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

    async def pages_after(self, request: Request) -> list[Any]:
        """Return the results of every page of a list whose pages name the one after them."""
        found: list[Any] = []
        query = dict(request.query)
        while True:
            asked = Request(request.method, request.path, query=query)
            envelope = self._envelope(request, await self.response(asked))
            found += envelope.get("result") or []
            cursors = (envelope.get("result_info") or {}).get("cursors") or {}
            if not cursors.get("after"):
                return found
            query["cursor"] = str(cursors["after"])

    async def pause(self, seconds: float) -> None:
        """Wait, for work that the API does beside the request."""
        await self._sleep(seconds)

    async def response(self, request: Request) -> httpx.Response:
        """Send, with retries; `ApiError` for every status that is not 2xx."""
        response = await self._retrying(request)
        if not response.is_success:
            raise self._refusal(request, response, self._body(request, response))
        return response

    def strange(self, what: str) -> StrangeAnswerError:
        """Make the error for an answer that is none of an API v4 with this stack's account."""
        return StrangeAnswerError(what, self.base_url)

    async def close(self) -> None:
        """Drop the connections."""
        await self._http.aclose()

    async def _retrying(self, request: Request) -> httpx.Response:
        retrying = tenacity.AsyncRetrying(
            stop=_is_last,
            wait=_wait,
            sleep=self._sleep,
            before_sleep=_Watch(request, self.base_url, self._report),
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
        if envelope["success"] is not True:
            raise self._refusal(request, response, envelope)
        return envelope

    def _refusal(
        self, request: Request, response: httpx.Response, envelope: Json
    ) -> ApiError | StrangeAnswerError:
        if envelope["success"] is not False:
            return self.strange(f"{request} answered {response.status_code} with success")
        return ApiError(request, response.status_code, _errors(envelope))

    def _body(self, request: Request, response: httpx.Response) -> Json:
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("success"), bool):
            raise self.strange(
                f"{request} answered {response.status_code} in a form that is not API v4"
            )
        return body


class _Watch:
    """Reports, once, a request that has been repeated for long."""

    def __init__(self, request: Request, base_url: str, report: Report) -> None:
        self._request = request
        self._base_url = base_url
        self._report = report
        self._reported = False

    async def __call__(self, state: tenacity.RetryCallState) -> None:
        waited = state.idle_for + state.upcoming_sleep
        if self._reported or waited < QUIET_SECONDS:
            return
        self._reported = True
        await self._report(
            f"{self._request} at {self._base_url} is being repeated, {state.attempt_number} times "
            f"so far: it answers {_status(state)}"
        )


def _status(state: tenacity.RetryCallState) -> str:
    if state.outcome is None or state.outcome.failed:
        return "nothing"
    return str(state.outcome.result().status_code)


def _is_last(state: tenacity.RetryCallState) -> bool:
    unanswered = state.outcome is not None and state.outcome.failed
    return state.attempt_number >= (CONNECTS if unanswered else ATTEMPTS)


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds to wait: a fifth, doubled each time, or as long as the API asks for."""
    doubled = min(FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1), LONGEST_WAIT_SECONDS)
    if state.outcome is None or state.outcome.failed:
        return doubled
    asked = state.outcome.result().headers.get("retry-after", "")
    return max(doubled, min(float(asked), LONGEST_WAIT_SECONDS)) if asked.isdecimal() else doubled


def _last_outcome(state: tenacity.RetryCallState) -> Any:
    return state.outcome.result() if state.outcome else None


def _again(request: Request, response: httpx.Response) -> bool:
    if response.status_code in _NOT_TAKEN:
        return True
    return response.status_code in _BROKEN and request.method in _IDEMPOTENT


def _errors(envelope: Json) -> list[Json]:
    given = envelope.get("errors")
    return [error for error in given if isinstance(error, dict)] if isinstance(given, list) else []


def _compact(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
