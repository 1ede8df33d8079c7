"""Workers KV of an account, by API v4: what commands read and write there."""

import json
from collections.abc import Iterator
from typing import Any

from ops.cloudflare_api.answer import Answer, RefusedError
from ops.cloudflare_api.client import PER_PAGE, Client
from ops.errors import OpsError


class Kv:
    """The namespaces of one account. Every method raises `OpsError` where the API refuses."""

    def __init__(self, api: str, account: str, token: str) -> None:
        self._client = Client(f"{api}/accounts/{account}/storage/kv/namespaces", token)

    def namespace(self, title: str) -> "Namespace":
        """Return the namespace called *title*."""
        for listed in self.pages("", per_page=PER_PAGE):
            if listed["title"] == title:
                return Namespace(self, listed["id"])
        raise OpsError(f"the account has no KV namespace {title!r}; deploy the stack first")

    def pages(self, path: str, **query: int) -> Iterator[dict[str, Any]]:
        """Yield each entry of a list below the namespaces."""
        try:
            for page in self._client.pages(path, query):
                yield from page
        except RefusedError as error:
            raise _needs(error) from None

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Send a request below the namespaces; return the result that the API answers."""
        try:
            return self._client.result(method, path, **sent)
        except RefusedError as error:
            raise _needs(error) from None


def _needs(error: RefusedError) -> OpsError:
    """Say what to do of a refusal; one of an API that is busy or broken is none of the token."""
    if Answer(error.status).silent:
        return OpsError(f"{error}; run the same command again")
    return OpsError(f"{error}; the token needs Workers KV Storage: Edit")


class Namespace:
    """One namespace, whose values are JSON and stand in the metadata of their keys as well."""

    def __init__(self, kv: Kv, namespace_id: str) -> None:
        self._kv = kv
        self._path = f"/{namespace_id}"

    def entries(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each key with what its metadata says; `{}` where somebody wrote it without any."""
        for key in self._kv.pages(f"{self._path}/keys", limit=1000):
            metadata = key.get("metadata")
            yield key["name"], metadata if isinstance(metadata, dict) else {}

    def put(self, key: str, value: dict[str, Any]) -> None:
        """Write *value* as JSON, and as metadata of *key*, so that a list needs no reads."""
        text = json.dumps(value, separators=(",", ":"))
        written = self._kv.ask(
            "PUT", f"{self._path}/bulk", json=[{"key": key, "value": text, "metadata": value}]
        )
        if (written or {}).get("unsuccessful_keys"):
            raise OpsError("KV has not taken it; run the same command again")

    def delete(self, key: str) -> None:
        """Delete *key*, which need not be there."""
        self._kv.ask("DELETE", f"{self._path}/values/{key}")
