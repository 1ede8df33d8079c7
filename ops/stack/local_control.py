"""What the local Cloudflare says of itself, and what only it can do: its control and its API."""

import os
from typing import Any

import httpx

from common.certificates import trusted_at
from common.json_types import Json
from ops.errors import OpsError
from ops.stack.target import Target

TIMEOUT_SECONDS = 60
FORBIDDEN = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


class RefusedError(OpsError):
    """The local Cloudflare answered, and said no; *reason* is what it said."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} was refused: {reason}")
        self.reason = reason


def ask(
    target: Target, method: str, path: str, *, client: httpx.Client | None = None, **sent: Any
) -> Json:
    """Ask the local Cloudflare of *target*; return the object that it answers.

    The token is that of the environment. *client*: default, a connection for this question only.
    Raises `OpsError` with why it failed, `RefusedError` with why it was refused.
    """
    result = _result(target, method, path, client, sent)
    return result if isinstance(result, dict) else {}


def ask_for_list(target: Target, path: str, client: httpx.Client, **sent: Any) -> list[Json]:
    """Ask the same for a list."""
    result = _result(target, "GET", path, client, sent)
    return result if isinstance(result, list) else []


def _result(
    target: Target, method: str, path: str, client: httpx.Client | None, sent: dict[str, Any]
) -> Any:
    url = f"http://127.0.0.1:{target.api_port}{path}"
    if client is None:
        with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted_at(url)) as own:
            return _result(target, method, path, own, sent)
    headers = {"Authorization": f"Bearer {os.environ.get('CLOUDFLARE_API_TOKEN', '')}"}
    try:
        response = client.request(method, url, headers=headers, timeout=TIMEOUT_SECONDS, **sent)
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OpsError(f"{url} failed ({type(error).__name__}); run make start") from error
    if not answer.get("success"):
        reason = answer["errors"][0]["message"]
        if response.status_code in FORBIDDEN:
            reason += f"; see whether the token holds: python -m ops doctor {target.name}"
        raise RefusedError(url, reason)
    return answer["result"]
