"""What answers while nothing healthy runs: 503 and the reason, so that no connection hangs."""

import asyncio
import html
from collections.abc import Iterable
from contextlib import suppress
from socket import socket

BACKLOG = 512
HEAD_SECONDS = 5.0
HEAD_LIMIT = 64 * 1024


class Unavailable:
    """Serves held sockets while `show` was called and `hide` was not."""

    def __init__(self, sockets: Iterable[socket]) -> None:
        self._sockets = list(sockets)
        self._servers: list[asyncio.Server] = []
        self._message = ""

    async def show(self, message: str) -> None:
        """Answer every request with 503 and *message*."""
        self._message = message
        if self._servers:
            return
        for held in self._sockets:
            server = await asyncio.start_server(
                self._answer, sock=held.dup(), backlog=BACKLOG, limit=HEAD_LIMIT
            )
            self._servers.append(server)

    async def hide(self) -> None:
        """Leave the sockets to workerd again."""
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError
        ):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
            writer.write(response(self._message))
            await writer.drain()
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()


def response(message: str) -> bytes:
    """Write the whole answer, as it goes over the wire."""
    title = "The local Cloudflare has nothing healthy to run"
    body = (
        f"<!doctype html><title>503</title><h1>{title}</h1><pre>{html.escape(message)}</pre>\n"
    ).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Content-Security-Policy: default-src 'none'",
        "Retry-After: 1",
        "Connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
