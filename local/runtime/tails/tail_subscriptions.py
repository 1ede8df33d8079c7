"""Who wants to see every event of a worker, also those that are not worth a line in the journal."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import httpx

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.redaction import without_secrets
from local.runtime.errors import NotServingError

Observer = Callable[[Json], None]

EDGE, EDGE_PATH = "", "/edge/watched"
"""Stands for the edge in the place of a worker, and where the admin worker passes that on."""

REDACTED = "REDACTED"
"""What stands in the place of a secret; the runtime itself writes the same for credentials."""

log = logging.getLogger("local.runtime")


class Admin(Protocol):
    """The way to the admin worker (`Runtime.admin`)."""

    def __call__(self, method: str, path: str, *, content: bytes) -> Awaitable[httpx.Response]: ...


class TailSubscriptions:
    """Passes the events of a worker to its observers, and tells the tail worker whose they are.

    The tail worker of a fresh process reports everything until it is told. An event that nobody
    wanted therefore shows that it was not told, and is the only reason to tell it unasked.

    *path* is where the admin worker takes that. The edge does the same for requests, which are of
    no worker (`EDGE`).
    """

    def __init__(self, admin: Admin, cloud: Callable[[], Cloud], path: str = "/tails") -> None:
        self._path = path
        self._admin = admin
        self._cloud = cloud
        self._observers: dict[str, list[Observer]] = {}
        self._announcing: asyncio.Task[None] | None = None
        self._order = asyncio.Lock()

    @asynccontextmanager
    async def subscribe(self, worker: str, observe: Observer) -> AsyncIterator[None]:
        """Have *observe* called with every event of *worker* from now on, and until the end."""
        observers = self._observers.setdefault(worker, [])
        observers.append(observe)
        try:
            await self._announce()
            yield
        finally:
            observers.remove(observe)

    def observe(self, worker: str, trace: Json) -> None:
        """Pass on what workerd reported. Never raises: the process's output must go on flowing."""
        observers = tuple(self._observers.get(worker, ()))
        if not observers:
            self._announce_soon()
            return
        shown = without_secrets(trace, self._cloud(), REDACTED)
        for observe in observers:
            try:
                observe(shown)
            except Exception:
                log.exception("an event of worker %s could not be passed on", worker)

    async def close(self) -> None:
        if self._announcing:
            self._announcing.cancel()
            await asyncio.gather(self._announcing, return_exceptions=True)

    def _announce_soon(self) -> None:
        if self._announcing is None or self._announcing.done():
            self._announcing = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        """Tell the tail worker who is watched. One that cannot be told now reports everything."""
        async with self._order:
            watched = sorted(worker for worker, found in self._observers.items() if found)
            try:
                response = await self._admin(
                    "PUT", self._path, content=json.dumps(watched).encode()
                )
                response.raise_for_status()
            except (NotServingError, httpx.HTTPError) as error:
                log.warning("%s: it could not be told who is watched: %s", self._path, error)
