"""A server of the daemon: requests by uvicorn, its start and its end by the daemon."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from local.process.ports import HOST
from local.process.websocket import LenientWebSocket

SHUTDOWN_SECONDS = 5
LONGEST_MESSAGE = 64 * 1024
"""Bytes of a message to a WebSocket here; wrangler sends a short one."""


class WebServer(uvicorn.Server):
    """Leaves signals alone: uvicorn would end the process before the runtime was stopped."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                log_level="warning",  # it would write the addresses of tails, which are secret
                ws=LenientWebSocket,
                ws_max_size=LONGEST_MESSAGE,
                ws_per_message_deflate=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve_until(self, stop: asyncio.Event, listener: socket.socket) -> None:
        """Serve at *listener* until *stop* is set; requests under way are finished."""
        serving = asyncio.create_task(self.serve(sockets=[listener]))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        self.should_exit = True
        stopped.cancel()
        await serving


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve *app* at a free port of this machine while the block runs; gives host and port."""
    stop = asyncio.Event()
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        task = asyncio.create_task(WebServer(app).serve_until(stop, listener))
        try:
            yield f"{HOST}:{listener.getsockname()[1]}"
        finally:
            stop.set()
            await task
