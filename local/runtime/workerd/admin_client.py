"""The private way to the admin worker: a socket that only this process can reach."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from common.certificates import trusted_at
from local.runtime.workerd.socket_folder import SocketFolder

ADDRESS = "http://admin"
SECONDS = 120.0
NAME = "admin"


class AdminClient:
    """A client of the admin worker, and the socket that workerd serves it on."""

    def __init__(self, directory: Path) -> None:
        self._folder = SocketFolder(directory, len(NAME))
        self.socket = self._folder.listen(NAME)
        limits = httpx.Limits(max_keepalive_connections=0)  # a change would close idle ones
        transport = httpx.AsyncHTTPTransport(
            uds=str(self._folder.path / NAME), limits=limits, verify=trusted_at(ADDRESS)
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
        """Give the client and its socket up."""
        await self._client.aclose()
        self._folder.close()
