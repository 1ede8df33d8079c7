"""The private way to the admin worker: a socket that only this process can reach."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from socket import AF_UNIX, socket

import httpx

from common.certificates import trusted_at

ADDRESS = "http://admin"
SECONDS = 120.0
BACKLOG = 512
LONGEST_PATH = 100
"""What every system takes as the path of a socket."""


class AdminClient:
    """A client of the admin worker, and the socket that workerd serves it on."""

    def __init__(self, directory: Path) -> None:
        self._temporary: Path | None = None
        if len(str(directory / "admin")) > LONGEST_PATH:
            directory = self._temporary = Path(tempfile.mkdtemp(prefix="local-cloudflare-"))
        self._path = directory / "admin"
        self._path.unlink(missing_ok=True)
        self.socket = socket(AF_UNIX)
        self.socket.bind(str(self._path))
        self.socket.listen(BACKLOG)
        limits = httpx.Limits(max_keepalive_connections=0)  # a change would close idle ones
        transport = httpx.AsyncHTTPTransport(
            uds=str(self._path), limits=limits, verify=trusted_at(ADDRESS)
        )
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=SECONDS)

    async def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
    ) -> httpx.Response:
        """Ask, and read the whole answer."""
        return await self._client.request(
            method, path, content=content, headers=headers, params=params
        )

    async def put_json(self, path: str, value: object) -> httpx.Response:
        """Tell *value*."""
        return await self._client.put(path, json=value)

    async def close(self) -> None:
        """Give the client and the path up; the socket is closed by who holds it."""
        await self._client.aclose()
        self._path.unlink(missing_ok=True)
        if self._temporary:
            self._temporary.rmdir()
