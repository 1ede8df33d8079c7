"""The private way to the admin worker: a socket that only this process can reach."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from socket import AF_UNIX, socket

import httpx

SECONDS = 120.0
BACKLOG = 512


class Control:
    """A client of the admin worker, and the socket that workerd serves it on."""

    def __init__(self) -> None:
        # A socket's path may be no longer than about 100 characters: not below the directory.
        self._folder = Path(tempfile.mkdtemp(prefix="local-cloudflare-"))
        path = str(self._folder / "admin")
        self.socket = socket(AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(BACKLOG)
        limits = httpx.Limits(max_keepalive_connections=0)  # a change would close idle ones
        transport = httpx.AsyncHTTPTransport(uds=path, limits=limits)
        self._client = httpx.AsyncClient(
            transport=transport, base_url="http://admin", timeout=SECONDS
        )

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

    async def close(self) -> None:
        """Give the client and the folder up; the socket is closed by who holds it."""
        await self._client.aclose()
        shutil.rmtree(self._folder, ignore_errors=True)
