"""API v4 of an account for what is copied: each request is sent again until it is answered."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from common.certificates import trusted_at
from common.json_types import Json
from ops.errors import OpsError

TIMEOUT_SECONDS = 120
ATTEMPTS = 8
LONGEST_WAIT_SECONDS = 60
AGAIN = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})
A_PART = 1 << 20

BACKOFF = wait_exponential_jitter(multiplier=0.5, max=LONGEST_WAIT_SECONDS)


class RefusedError(OpsError):
    """The account answered, and said no."""

    def __init__(self, where: str, status: int, said: str) -> None:
        super().__init__(f"{where} is refused ({status}: {said})")
        self.status = status
        self.said = said


class _AgainError(Exception):
    """The request may be sent again, after *seconds* at least."""

    def __init__(self, what: str, seconds: float = 0) -> None:
        super().__init__(what)
        self.seconds = seconds


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.seconds if isinstance(error, _AgainError) else 0
    return max(float(BACKOFF(state)), min(asked, 5 * LONGEST_WAIT_SECONDS))


class Account:
    """Requests to one account. Safe for several threads. Close it in the end."""

    def __init__(
        self, api: str, account: str, token: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.api, self.account, self.token = api, account, token
        self._root = f"{api}/accounts/{account}"
        self._client = httpx.Client(
            timeout=TIMEOUT_SECONDS, verify=trusted_at(api), transport=transport
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def result(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request below the account; return the result of its answer."""
        return self.answer(method, path, **sent)["result"]

    def answer(self, method: str, path: str, **sent: Any) -> Json:
        """Send a request below the account; return all of its answer.

        Raises `RefusedError` with what the API said, `OpsError` when it does not answer.
        """
        response = self.send(method, self._root + path, headers=self._authorized(), **sent)
        answer = read_answer(response)
        if response.is_error or not answer.get("success"):
            raise RefusedError(f"{method} {path}", response.status_code, _said(answer))
        return answer

    def content(self, path: str) -> bytes | None:
        """Return the bytes at *path*; `None` where there are none."""
        response = self.send("GET", self._root + path, headers=self._authorized())
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.is_error:
            raise RefusedError(f"GET {path}", response.status_code, _said(read_answer(response)))
        return response.content

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[list[Json]]:
        """Yield the pages of a list that goes on by a cursor."""
        cursor = ""
        while True:
            asked = {**query, **({"cursor": cursor} if cursor else {})}
            answer = self.answer("GET", path, params=asked)
            yield answer["result"]
            cursor = (answer.get("result_info") or {}).get("cursor") or ""
            if not cursor:
                return

    def send(self, method: str, url: str, **sent: Any) -> httpx.Response:
        """Send a request to any address, again while it may help; return the answer.

        Raises `OpsError` when none comes.
        """
        retrying = Retrying(
            retry=retry_if_exception_type(_AgainError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            reraise=True,
        )
        try:
            return retrying(self._once, method, url, sent)
        except _AgainError as error:
            where = httpx.URL(url).copy_with(query=None)
            raise OpsError(
                f"{where} does not answer ({error}); run the same command again"
            ) from None

    def verified_token(self) -> str:
        """Return the id of the token, which the account owns or a user.

        Raises `OpsError` for one that is not valid.
        """
        for url in (f"{self._root}/tokens/verify", f"{self.api}/user/tokens/verify"):
            response = self.send("GET", url, headers=self._authorized())
            found = read_answer(response).get("result")
            if response.is_success and isinstance(found, dict) and found.get("id"):
                return str(found["id"])
        raise OpsError("the token of CLOUDFLARE_API_TOKEN is not valid; make another one")

    def upload(self, url: str, file: Path) -> httpx.Response:
        """Put *file* at an address that is its own permission."""
        return self.send("PUT", url, content=file)

    def _once(self, method: str, url: str, sent: Mapping[str, Any]) -> httpx.Response:
        content = sent.get("content")
        try:
            if isinstance(content, Path):
                with content.open("rb") as file:
                    size = str(content.stat().st_size)
                    parts = iter(lambda: file.read(A_PART), b"")
                    headers = {"content-length": size}
                    response = self._client.request(method, url, content=parts, headers=headers)
            else:
                response = self._client.request(method, url, **sent)
        except httpx.TransportError as error:
            raise _AgainError(type(error).__name__) from error
        if response.status_code in AGAIN:
            raise _AgainError(f"status {response.status_code}", _seconds(response))
        return response

    def _authorized(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _seconds(response: httpx.Response) -> float:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0


def read_answer(response: httpx.Response) -> Json:
    """Return the JSON object of an answer; an empty one where it has none."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {}


def _said(answer: Json) -> str:
    errors = [each for each in answer.get("errors") or [] if isinstance(each, dict)]
    return "; ".join(f"{each.get('code')} {each.get('message')}" for each in errors) or "no reason"
