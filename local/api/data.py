"""The data in namespaces, databases, buckets and queues, reached by the runtime's admin worker."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NoReturn, TypedDict, Unpack
from urllib.parse import quote

import httpx

from local.api.errors import ApiError, runtime_unavailable
from local.api.protocol import RuntimePort
from local.runtime import NotServingError

Json = dict[str, Any]


class Sent(TypedDict, total=False):
    """What goes along with a request."""

    content: bytes | AsyncIterator[bytes] | None
    headers: Mapping[str, str] | None
    params: Mapping[str, str] | None


async def ask(
    runtime: RuntimePort, method: str, *path: str, **sent: Unpack[Sent]
) -> httpx.Response:
    """Ask the admin worker for the resource at *path*, a sequence of names in clear."""
    address = "/" + "/".join(quote(name, safe="") for name in path)
    try:
        answer = await runtime.admin(method, address, **sent)
    except (httpx.HTTPError, NotServingError) as error:
        raise runtime_unavailable(str(error) or type(error).__name__) from error
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise runtime_unavailable(message(answer))
    return answer


def message(answer: httpx.Response) -> str:
    """Read what the admin worker said when it refused."""
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text or f"status {answer.status_code}"


def refuse(answer: httpx.Response, code: int) -> NoReturn:
    raise ApiError(answer.status_code, code, message(answer))
