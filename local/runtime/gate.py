"""Lets calls through, or one change that waits for them and holds the next back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Many may pass at once; a change goes alone."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()
        self._passing = 0
        self._changing = False

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        async with self._condition:
            await self._condition.wait_for(lambda: not self._changing)
            self._passing += 1
        try:
            yield
        finally:
            async with self._condition:
                self._passing -= 1
                self._condition.notify_all()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[None]:
        async with self._condition:
            await self._condition.wait_for(lambda: not self._changing)
            self._changing = True
            await self._condition.wait_for(lambda: self._passing == 0)
        try:
            yield
        finally:
            async with self._condition:
                self._changing = False
                self._condition.notify_all()
