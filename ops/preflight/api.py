"""Questions to API v4 of which the answer, and not only its result, is of interest."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from common.certificates import trusted_at
from common.json_types import Json
from ops.errors import OpsError

TIMEOUT_SECONDS = 30
FORBIDDEN = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    result: Any = None
    codes: tuple[int, ...] = ()
    total: int = 0
    """How many there are of what was listed; 0 for what is no list, or does not say."""

    cursor: str = ""
    """Where the list goes on. Default: it ends here, or goes on by the number of its page."""

    pages: int = 0
    """How many pages the list has; 0 where it does not say."""

    @property
    def good(self) -> bool:
        """Whether it was answered."""
        return httpx.codes.is_success(self.status)

    @property
    def forbidden(self) -> bool:
        """Whether the token may not ask that."""
        return self.status in FORBIDDEN

    @property
    def silent(self) -> bool:
        """Whether it says nothing of what was asked: asked too often, or broken."""
        too_many = self.status == httpx.codes.TOO_MANY_REQUESTS
        return too_many or httpx.codes.is_server_error(self.status)

    @property
    def reason(self) -> str:
        """Status and codes, for a sentence: `403, code 10000`."""
        listed = ", ".join(map(str, self.codes))
        return f"{self.status}, code {listed}" if listed else str(self.status)


class Api:
    """API v4 at an address, asked with one token."""

    def __init__(self, client: httpx.Client, base: str) -> None:
        self._client = client
        self.base = base

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Ask for what is at *path*. Raises `OpsError` when what answers is no API v4."""
        return self._asked("GET", path, params=dict(query or {}))

    def _asked(self, method: str, path: str, **sent: Any) -> Answer:
        url = f"{self.base}{path}"
        try:
            response = self._client.request(method, url, **sent)
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OpsError(
                f"{url} does not answer as Cloudflare's API v4 ({type(error).__name__}); see that "
                f"the network and the address are those of the account, and run this again"
            ) from error
        return _answer(response.status_code, body)


@contextmanager
def api(base: str, token: str, transport: httpx.BaseTransport | None = None) -> Iterator[Api]:
    """Give the API at *base*. *transport*: default, the network."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(
        headers=headers, timeout=TIMEOUT_SECONDS, transport=transport, verify=trusted_at(base)
    ) as client:
        yield Api(client, base)


def _answer(status: int, body: object) -> Answer:
    whole = body if isinstance(body, dict) else {}
    errors = whole.get("errors")
    listed: list[Json] = [e for e in errors if isinstance(e, dict)] if errors else []
    codes = tuple(e["code"] for e in listed if isinstance(e.get("code"), int))
    about = whole.get("result_info")
    info: Json = about if isinstance(about, dict) else {}
    total, pages = (
        each if isinstance(each := info.get(name), int) else 0
        for name in ("total_count", "total_pages")
    )
    cursor = str(info.get("cursor") or "")
    return Answer(status, whole.get("result"), codes, total, cursor, pages)
