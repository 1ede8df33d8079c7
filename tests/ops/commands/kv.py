"""A KV namespace of a clone, as others than its stack reach it."""

from typing import Any

import httpx

from harness.clone import ACCOUNT, Clone


class Kv:
    """The namespace called *title*; found anew at each request."""

    def __init__(self, clone: Clone, title: str) -> None:
        self._clone, self._title = clone, title

    def put(self, key: str, value: bytes) -> None:
        assert self._ask("PUT", f"/values/{key}", content=value).is_success

    def get(self, key: str) -> bytes:
        answer = self._ask("GET", f"/values/{key}")
        assert answer.is_success, answer.text
        return answer.content

    def remove(self) -> None:
        assert self._ask("DELETE", "").is_success

    def _ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        listed = self._clone.api("/storage/kv/namespaces?per_page=100")
        (found,) = [each["id"] for each in listed if each["title"] == self._title]
        token = (self._clone.root / ".local" / "cloudflare" / "token").read_text().strip()
        base = f"http://127.0.0.1:{self._clone.port}/client/v4/accounts/{ACCOUNT}"
        url = f"{base}/storage/kv/namespaces/{found}{path}"
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, url, headers=headers, timeout=30, **sent)
