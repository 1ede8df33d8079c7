"""What the local Cloudflare says of itself, and what only it can do: its control and its API."""

import os
from typing import Any

import httpx

from common.certificates import trusted_at
from common.json_types import Json
from ops.errors import OpsError
from ops.stack.target import Target

TIMEOUT_SECONDS = 60


def ask(target: Target, method: str, path: str, **sent: Any) -> Json:
    """Ask the local Cloudflare of *target*; return the object that it answers.

    The token is that of the environment. Raises `OpsError` with why it refused.
    """
    url = f"http://127.0.0.1:{target.api_port}{path}"
    headers = {"Authorization": f"Bearer {os.environ.get('CLOUDFLARE_API_TOKEN', '')}"}
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, verify=trusted_at(url)) as client:
            response = client.request(method, url, headers=headers, **sent)
        answer = response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise OpsError(f"{url} failed ({type(error).__name__}); run make start") from error
    if not answer.get("success"):
        raise OpsError(f"{url} was refused: {answer['errors'][0]['message']}")
    result = answer["result"]
    return result if isinstance(result, dict) else {}
