"""Queries to one D1 database over API v4."""

import os
from typing import Any

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from common.certificates import trusted_at
from planning.refusals import RefusedError

TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
SECONDS = 60
TRIES = 4


class QueryError(RefusedError):
    """The database refused a statement; the message is the database's."""


class UnreachableError(RefusedError):
    """There was no answer, or none that says whether the statements ran."""


class _NotSentError(UnreachableError):
    """The request never arrived, and can be sent again."""


class Database:
    """One database, by its address. The token comes from the environment and stays there."""

    def __init__(self, base_url: str, account_id: str, database_id: str) -> None:
        self._url = f"{base_url}/accounts/{account_id}/d1/database/{database_id}/query"
        self._http = httpx.Client(timeout=SECONDS, verify=trusted_at(base_url))

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Run *sql*, one or several statements as one batch; the rows of the last with rows.

        Raises `QueryError` where the database refuses, `UnreachableError` without an answer.
        """
        waits = Retrying(
            retry=retry_if_exception_type(_NotSentError),
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential(multiplier=0.2, max=5),
            reraise=True,
        )
        return waits(self._send, sql)

    def _send(self, sql: str) -> list[dict[str, Any]]:
        token = os.environ.get(TOKEN)
        if not token:
            raise RefusedError(f"{TOKEN} is not set; see `python -m ops env`")
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self._http.post(self._url, json={"sql": sql}, headers=headers)
        except httpx.ConnectError as error:
            raise _NotSentError(f"{self._url} cannot be reached: {error}") from None
        except httpx.HTTPError as error:
            raise UnreachableError(f"{self._url} did not answer: {error!r}") from None
        return _rows(answer)


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise _NotSentError("the API has had too many requests; wait a minute")
    if answer.is_server_error:
        raise UnreachableError(f"the API answered {answer.status_code}: {_message(answer)}")
    body = _json(answer)
    if not answer.is_success or not body.get("success"):
        raise QueryError(_message(answer))
    result = body.get("result")
    if not isinstance(result, list):
        raise UnreachableError("the API answered something else than results")
    batches = [batch.get("results") or [] for batch in result]
    return next((rows for rows in reversed(batches) if rows), [])


def _message(answer: httpx.Response) -> str:
    errors = _json(answer).get("errors") or ()
    told = [f"{error.get('message')} ({error.get('code')})" for error in errors]
    return "; ".join(told) or f"no reason given, status {answer.status_code}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
