"""What the account of a clone has, as others than its stack reach it."""

from typing import Any

import httpx

from harness.clone import ACCOUNT, Clone


class Records:
    """The records of one list of the account, found anew at each request by their names."""

    def __init__(self, clone: Clone, path: str, name: str, own: str) -> None:
        self._clone, self._path, self._name, self._own = clone, path, name, own

    def found(self, name: str) -> dict[str, Any]:
        """Return the record called *name*."""
        listed = self._clone.api(f"{self._path}?per_page=100")
        (found,) = [each for each in listed if each[self._name] == name]
        return dict(found)

    def ask(self, method: str, name: str, path: str = "", **sent: Any) -> httpx.Response:
        """Ask below the record called *name*."""
        token = (self._clone.root / ".local" / "cloudflare" / "token").read_text().strip()
        base = f"http://127.0.0.1:{self._clone.port}/client/v4/accounts/{ACCOUNT}"
        url = f"{base}{self._path}/{self.found(name)[self._own]}{path}"
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.request(method, url, headers=headers, timeout=30, **sent)
        assert answer.is_success, answer.text
        return answer


class Kv:
    """The namespace called *title*."""

    def __init__(self, clone: Clone, title: str) -> None:
        self._records = Records(clone, "/storage/kv/namespaces", "title", "id")
        self._title = title

    def put(self, key: str, value: bytes) -> None:
        self._records.ask("PUT", self._title, f"/values/{key}", content=value)

    def get(self, key: str) -> bytes:
        return self._records.ask("GET", self._title, f"/values/{key}").content

    def remove(self) -> None:
        self._records.ask("DELETE", self._title)
