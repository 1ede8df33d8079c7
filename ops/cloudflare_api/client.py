"""API v4 at one address, asked with one token: the one client of all commands.

The token goes with requests below the address and nowhere else: no message and no `repr` has it.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result
from tenacity import stop_after_attempt as after
from tenacity.wait import wait_exponential_jitter

from common.certificates import trusted_at
from common.json_types import Json
from ops.cloudflare_api.answer import Answer, NoAnswerError, RefusedError, answer_of
from ops.errors import OpsError

TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
TOO_MANY = httpx.codes.TOO_MANY_REQUESTS
AGAIN = frozenset({408, TOO_MANY, 500, 502, 503, 504, 520, 522, 524})
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
PER_PAGE = 100
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Patience(NamedTuple):
    """How long an answer is waited for, and how often a request is sent again."""

    timeout_seconds: float = 30
    attempts: int = 3
    first_wait_seconds: float = 0.2
    longest_wait_seconds: float = 5
    """Waits double up to this one; what the API asks for by `Retry-After` may be five times it."""

    repeats_posts: bool = False
    """Whether a POST that may have arrived is sent again too. Default: only one that did not, or
    that was one too many."""


QUESTION = Patience()
"""Somebody waits at a terminal."""

LASTING = Patience(
    timeout_seconds=120,
    attempts=8,
    first_wait_seconds=0.5,
    longest_wait_seconds=60,
    repeats_posts=True,
)
"""Work of hours, of which each request may be sent twice."""


def environment_token() -> str:
    """Return the token of the environment; nothing where none is set."""
    return os.environ.get(TOKEN, "")


def _check(token: str) -> None:
    """Raise `OpsError` for what no header can have: what comes of it says nothing of a token."""
    if any(not "!" <= each <= "~" for each in token):
        raise OpsError(
            f"{TOKEN} has a character that no token has, such as a line break, a space or a letter "
            f"with an accent; copy the token again, then: export {TOKEN}=<the token>"
        )


class Client:
    """Requests to API v4. Safe for several threads. Close it in the end, or use it by `with`."""

    def __init__(
        self,
        base: str,
        token: str,
        *,
        patience: Patience = QUESTION,
        transport: httpx.BaseTransport | None = None,
        agent: str | None = None,
    ) -> None:
        """Make it for paths below *base*. *transport*: default, the network.

        *agent* is by what it is known; default, by the name of the HTTP library. Raises `OpsError`
        for a token that cannot stand in a request.
        """
        _check(token)
        self.base = base
        self._token, self._patience = token, patience
        self._client = httpx.Client(
            timeout=patience.timeout_seconds,
            verify=trusted_at(base),
            trust_env=httpx.URL(base).host not in LOOPBACK,  # no proxy leads to this machine
            transport=transport,
            headers={"User-Agent": agent} if agent else None,
        )

    def __enter__(self) -> Self:
        """Give the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Answer:
        """Ask for what is at *path*. Raises `NoAnswerError` when what answers is no API."""
        return self.ask("GET", path, params=dict(query or {}))

    def ask(self, method: str, path: str, **sent: Any) -> Answer:
        """Send a request; return what was answered, whatever it is. Raises `NoAnswerError`."""
        response = self.request(method, path, **sent)
        return answer_of(response.status_code, self.json_of(response))

    def answer(self, method: str, path: str, **sent: Any) -> Answer:
        """Send a request; return what was answered when the API took it.

        Raises `RefusedError` with what the API said, `NoAnswerError` when it does not answer.
        """
        response = self.request(method, path, **sent)
        body = _body(response) if response.is_error else self.json_of(response)
        answer = answer_of(response.status_code, body)
        if not answer.good or not answer.success:
            raise RefusedError(f"{method} {path}", answer)
        return answer

    def result(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request; return the result of its answer. Raises as `answer` does."""
        return self.answer(method, path, **sent).result

    def pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Yield the result of each page of a list, whether it goes on by cursor or by number.

        Not every list says how many pages it has: it goes on by how many there are of it in all,
        or while its pages are as full as `per_page` of *query* asks.
        """
        asked: Json = dict(query or {})
        seen, before = 0, None
        for page in count(1):
            answer = self.answer("GET", path, params=asked)
            sized = bool(answer.cursor or answer.pages)
            if page > 1 and not sized and answer.result == before:
                return  # a list that knows no pages gives all of it each time
            yield answer.result
            seen, before = seen + answer.rows, answer.result
            if answer.cursor:
                asked = {**asked, "cursor": answer.cursor}
            elif "cursor" not in asked and _goes_on(answer, page, seen, asked.get("per_page")):
                asked = {**asked, "page": page + 1}
            else:
                return

    def content(self, path: str) -> bytes | None:
        """Return the bytes at *path*; `None` where there are none. Raises as `answer` does."""
        response = self.request("GET", path)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.is_error:
            raise RefusedError(f"GET {path}", answer_of(response.status_code, _body(response)))
        if not response.is_success:  # a page that leads elsewhere is no value
            raise _no_api(response)
        return response.content

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Send a request with the token; return the answer as it is. Raises `NoAnswerError`."""
        return self.send(method, self.base + path, headers=self.authorization, **sent)

    @property
    def authorization(self) -> dict[str, str]:
        """The header that has the token: for addresses of the API, and no others."""
        return {"Authorization": f"Bearer {self._token}"}

    def send(self, method: str, url: str, **sent: Any) -> httpx.Response:
        """Send a request to any address, without the token, again while that may help.

        Raises `NoAnswerError` when nothing comes; the last answer may still be one of `AGAIN`.
        """
        try:
            return self._retrying(method)(self._once, method, url, **sent)
        except httpx.RequestError as error:
            where = str(httpx.URL(url).copy_with(query=None))
            raise NoAnswerError(where, f"does not answer ({type(error).__name__})") from None

    def json_of(self, response: httpx.Response) -> Any:
        """Return the JSON of an answer. Raises `NoAnswerError` where it is none."""
        try:
            return response.json()
        except ValueError:
            raise _no_api(response) from None

    def _once(self, method: str, url: str, **sent: Any) -> httpx.Response:
        return self._client.request(method, url, **sent)

    def _retrying(self, method: str) -> Retrying:
        repeatable = method in REPEATABLE or self._patience.repeats_posts

        def fails(error: BaseException) -> bool:
            never_sent = isinstance(error, httpx.ConnectError)
            return isinstance(error, httpx.RequestError) and (repeatable or never_sent)

        def again(response: httpx.Response) -> bool:
            status = response.status_code
            return status in AGAIN and (repeatable or status == TOO_MANY)

        return Retrying(
            retry=retry_if_exception(fails) | retry_if_result(again),
            stop=after(self._patience.attempts),
            wait=self._wait,
            retry_error_callback=_last,
        )

    def _wait(self, state: RetryCallState) -> float:
        first, longest = self._patience.first_wait_seconds, self._patience.longest_wait_seconds
        backoff = wait_exponential_jitter(multiplier=first, max=longest, jitter=first)
        failed = state.outcome is None or state.outcome.failed
        asked = 0.0 if failed or state.outcome is None else _seconds(state.outcome.result())
        return max(float(backoff(state)), min(asked, 5 * longest))


def _last(state: RetryCallState) -> httpx.Response:
    """Return the last answer, or raise why there was none."""
    response: httpx.Response = state.outcome.result()  # type: ignore[union-attr] # it has ended
    return response


def _no_api(response: httpx.Response) -> NoAnswerError:
    where = str(response.request.url.copy_with(query=None))
    return NoAnswerError(where, f"does not answer as Cloudflare's API v4 ({response.status_code})")


def _goes_on(answer: Answer, page: int, seen: int, per_page: object) -> bool:
    """Whether a list has more than its first pages, the last of which is *answer*."""
    if answer.pages or not answer.rows:
        return page < answer.pages
    return seen < answer.total or (not answer.total and str(answer.rows) == str(per_page))


def _seconds(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0


def _body(response: httpx.Response) -> object:
    """Return the JSON of a refusal; `None` where the edge refuses, which answers by a page."""
    try:
        body: object = response.json()
    except ValueError:
        return None
    return body
