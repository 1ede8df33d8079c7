"""Workers KV of an account, by API v4: what commands read and write there."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx

from common.certificates import trusted_at
from ops.errors import OpsError

TIMEOUT_SECONDS = 30
PER_PAGE = 100


class Kv:
    """The namespaces of one account. Every method raises `OpsError` where the API refuses."""

    def __init__(self, api: str, account: str, token: str) -> None:
        self._root = f"{api}/accounts/{account}/storage/kv/namespaces"
        self._settings: dict[str, Any] = {
            "headers": {"Authorization": f"Bearer {token}"},
            "timeout": TIMEOUT_SECONDS,
            "verify": trusted_at(api),
        }

    def namespace(self, title: str) -> "Namespace":
        """Return the namespace called *title*."""
        for listed in self._pages():
            if listed["title"] == title:
                return Namespace(self, listed["id"])
        raise OpsError(f"the account has no KV namespace {title!r}; deploy the stack first")

    def _pages(self) -> Iterator[dict[str, Any]]:
        for page in count(1):
            listed = self.ask("GET", "", params={"per_page": PER_PAGE, "page": page})["result"]
            yield from listed
            if len(listed) < PER_PAGE:
                return

    def ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """Send a request below the namespaces; return what the API answers."""
        try:
            response = httpx.request(method, self._root + path, **self._settings, **sent)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise OpsError(
                f"{self._root} does not answer ({type(error).__name__}); nothing more was changed"
            ) from None
        if not isinstance(answer, dict) or not answer.get("success"):
            raise OpsError(
                f"{self._root} refuses ({response.status_code}, {_codes(answer)}); the token needs "
                "Workers KV Storage: Edit"
            )
        return answer


class Namespace:
    """One namespace, whose values are JSON and stand in the metadata of their keys as well."""

    def __init__(self, kv: Kv, namespace_id: str) -> None:
        self._kv = kv
        self._path = f"/{namespace_id}"

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each key with what its metadata says; `{}` where somebody wrote it without any."""
        cursor = ""
        while True:
            asked = {"limit": 1000, **({"cursor": cursor} if cursor else {})}
            answer = self._kv.ask("GET", f"{self._path}/keys", params=asked)
            for key in answer["result"]:
                metadata = key.get("metadata")
                yield key["name"], metadata if isinstance(metadata, dict) else {}
            cursor = (answer.get("result_info") or {}).get("cursor") or ""
            if not cursor:
                return

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Write *value* as JSON, and as metadata of *key*, so that a list needs no reads."""
        text = json.dumps(value, separators=(",", ":"))
        written = self._kv.ask(
            "PUT", f"{self._path}/bulk", json=[{"key": key, "value": text, "metadata": value}]
        )
        if (written.get("result") or {}).get("unsuccessful_keys"):
            raise OpsError("KV has not taken it; run the same command again")

    def delete(self, key: str) -> None:
        """Delete *key*, which need not be there."""
        self._kv.ask("DELETE", f"{self._path}/values/{key}")


def _codes(answer: Any) -> str:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    listed = [each for each in errors or [] if isinstance(each, dict)]
    return ", ".join(str(each.get("code")) for each in listed) or "without a reason"
