"""GitHub's REST API for one repository, by the standard library alone.

The address is that of `GITHUB_API_URL`, which GitHub Actions sets.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ops.errors import OpsError

DEFAULT_API = "https://api.github.com"
VERSION = "2022-11-28"
TIMEOUT_SECONDS = 30
PAGE = 100
"""Things on a page, the most that there may be."""

MOST_PAGES = 100
NOT_FOUND = 404

Json = Mapping[str, Any]


class _NoRedirects(HTTPRedirectHandler):
    """Goes nowhere else: the token would be sent along."""

    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect."""


_OPENER = build_opener(_NoRedirects)


@dataclass(frozen=True)
class GitHub:
    """One repository, by the token of a job."""

    repository: str
    """`owner/name`."""

    token: str = field(repr=False)
    api: str = DEFAULT_API

    def get(self, path: str, **query: str) -> Any:
        """Return what *path* of the repository answers; raises `OpsError` for an error."""
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def find(self, path: str) -> Any:
        """Return what *path* answers, or `None` where it is not there."""
        return self._ask("GET", path, or_none=True)

    def all(self, path: str, **query: str) -> Iterator[Json]:
        """Yield every thing of a list, page by page."""
        for page in range(1, MOST_PAGES + 1):
            listed = self.get(path, **query, per_page=str(PAGE), page=str(page))
            yield from listed
            if len(listed) < PAGE:
                return
        raise OpsError(f"{path}: has more than {MOST_PAGES * PAGE} entries, which are not all read")

    def send(self, method: str, path: str, body: Json) -> Any:
        """Send *body* by *method*; return the answer, or raise `OpsError`."""
        return self._ask(method, path, body)

    def _ask(
        self, method: str, path: str, body: Json | None = None, *, or_none: bool = False
    ) -> Any:
        try:
            with _OPENER.open(self._request(method, path, body), timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            if or_none and error.code == NOT_FOUND:
                return None
            raise OpsError(
                f"GitHub answers {method} {path} with {error.code} {error.reason}"
            ) from None
        except (URLError, HTTPException, OSError, ValueError) as error:
            raise OpsError(
                f"GitHub does not answer {method} {path}: {error}; run it again"
            ) from None

    def _request(self, method: str, path: str, body: Json | None) -> Request:
        return Request(  # noqa: S310 - the address is that of GitHub Actions
            f"{self.api}/repos/{self.repository}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "X-GitHub-Api-Version": VERSION,
            },
            method=method,
        )


def of_job(environ: Mapping[str, str] = os.environ) -> GitHub:
    """Return the repository of the job that runs; raises `OpsError` outside of one."""
    lacking = [name for name in ("GITHUB_REPOSITORY", "GH_TOKEN") if not environ.get(name)]
    if lacking:
        raise OpsError(f"{' and '.join(lacking)} not set; this runs in a job of GitHub Actions")
    if any(not "!" <= each <= "~" for each in environ["GH_TOKEN"]):  # an error would show it
        raise OpsError(
            "GH_TOKEN has a character that no token has, such as a line break; give it "
            "${{ github.token }}"
        )
    api = environ.get("GITHUB_API_URL") or DEFAULT_API
    return GitHub(environ["GITHUB_REPOSITORY"], environ["GH_TOKEN"], api.rstrip("/"))


def segment(text: str) -> str:
    """Return *text* as one segment of a path, whatever is in it."""
    return quote(text, safe="")
