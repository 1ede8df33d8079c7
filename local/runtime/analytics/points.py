"""The points of Analytics Engine, also those that the running worker has not kept yet.

The worker in `service/` gathers points for a moment and keeps them together. What was written
before a question or an orderly end is kept first; a process that is killed loses its last moment.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from local.runtime.analytics import query

PATH = "/analytics"
NOW, END = "now", "end"
SECONDS = 2.0
"""How long a question, or an end, waits for the worker."""

Put = Callable[[str, object], Awaitable[httpx.Response]]
"""Tells the admin worker: a path and JSON."""

log = logging.getLogger("local.runtime")


class Points:
    """Reads the points on *disk*, after the worker that *put* reaches has kept what it gathered.

    *is_serving*: whether there is a worker to be asked.
    """

    def __init__(self, disk: Path, put: Put, is_serving: Callable[[], bool]) -> None:
        self._file = query.file_of(disk)
        self._put = put
        self._is_serving = is_serving

    async def datasets(self) -> list[str]:
        """Name the datasets that have a point."""
        await self._keep(NOW)
        return await asyncio.to_thread(query.datasets, self._file)

    async def select(self, sql: str) -> list[tuple[Any, ...]]:
        """Run *sql* as `query.select` does; return its rows. Raises `RefusedError`."""
        await self._keep(NOW)
        return await asyncio.to_thread(query.select, self._file, sql)

    async def end(self) -> None:
        """Have all points be kept, those of what still runs at once: the process ends next."""
        await self._keep(END)

    async def _keep(self, until: str) -> None:
        """Have the worker keep what it gathered. Where it cannot, what is kept is all there is."""
        if not self._is_serving():
            return
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._put(PATH, until)
            answer.raise_for_status()
        except (TimeoutError, httpx.HTTPError) as error:
            log.warning("the last points of Analytics Engine could not be kept: %s", error)
