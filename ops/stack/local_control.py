"""What the local Cloudflare says of itself, and what only it can do: its control and its API."""

from contextlib import nullcontext
from typing import Any

from common.json_types import Json
from ops.cloudflare_api.answer import NoAnswerError
from ops.cloudflare_api.client import Client, Patience, environment_token
from ops.errors import OpsError
from ops.stack.target import Target

ONCE = Patience(timeout_seconds=60, attempts=1)
"""What runs on this machine answers at once, or does not run."""


class RefusedError(OpsError):
    """The local Cloudflare answered, and said no; *reason* is what it said."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} was refused: {reason}")
        self.reason = reason


def connected(target: Target, agent: str | None = None) -> Client:
    """Return a connection to the local Cloudflare of *target*, for more than one question.

    *agent* is by what the requests are known. Default: by the name of the HTTP library.
    """
    base = f"http://127.0.0.1:{target.api_port}"
    return Client(base, environment_token(), patience=ONCE, agent=agent)


def ask(
    target: Target, method: str, path: str, *, client: Client | None = None, **sent: Any
) -> Json:
    """Ask the local Cloudflare of *target*; return the object that it answers.

    The token is that of the environment. *client*: default, a connection for this question only.
    Raises `OpsError` with why it failed, `RefusedError` with why it was refused.
    """
    with nullcontext(client) if client else connected(target) as asked:
        result = _result(target, method, path, asked, sent)
    return result if isinstance(result, dict) else {}


def ask_for_list(target: Target, path: str, client: Client, **sent: Any) -> list[Json]:
    """Ask the same for a list."""
    result = _result(target, "GET", path, client, sent)
    return result if isinstance(result, list) else []


def _result(target: Target, method: str, path: str, client: Client, sent: dict[str, Any]) -> Any:
    url = client.base + path
    try:
        answer = client.ask(method, path, **sent)
    except NoAnswerError as error:
        raise OpsError(f"{url} {error.said}; run make start") from error
    if not answer.success:
        reason = answer.message
        if answer.forbidden:
            reason += f"; see whether the token holds: python -m ops doctor {target.name}"
        raise RefusedError(url, reason)
    return answer.result
