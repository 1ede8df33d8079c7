"""Ways in which calls share the runtime: side by side, alone, or many as one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

Wish = TypeVar("Wish")


class ReadWriteLock:
    """Many may read at once; who writes is alone, and holds the next readers back."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()
        self._readers = 0
        self._writing = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        async with self._condition:
            await self._condition.wait_for(lambda: not self._writing)
            self._readers += 1
        try:
            yield
        finally:
            async with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        async with self._condition:
            await self._condition.wait_for(lambda: not self._writing)
            self._writing = True
            await self._condition.wait_for(lambda: self._readers == 0)
        try:
            yield
        finally:
            async with self._condition:
                self._writing = False
                self._condition.notify_all()


class Debouncer(Generic[Wish]):
    """Runs *work* with the latest wish, once for all that came within *wait* seconds.

    A wish that comes while the work runs starts it again afterwards. Whoever wished gets the
    outcome of the run that covered the wish, or *given_up* when there will be none.
    """

    def __init__(
        self, work: Callable[[Wish], Awaitable[None]], wait: float, given_up: Exception
    ) -> None:
        self._work = work
        self._wait = wait
        self._given_up = given_up
        self._next: tuple[Wish, asyncio.Future[None]] | None = None
        self._runner: asyncio.Task[None] | None = None

    async def submit(self, wish: Wish) -> None:
        """Have *wish* done; raises what the work raised."""
        outcome = self._next[1] if self._next else asyncio.get_running_loop().create_future()
        self._next = (wish, outcome)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        await asyncio.shield(outcome)

    async def cancel(self) -> None:
        """Give up what is wished but not begun, and wait for what is running."""
        if self._next:
            self._next[1].set_exception(self._given_up)
            self._next[1].exception()
            self._next = None
        if self._runner:
            await asyncio.gather(self._runner, return_exceptions=True)

    async def _run(self) -> None:
        while self._next:
            await asyncio.sleep(self._wait)
            if self._next is None:
                return
            wish, outcome = self._next
            self._next = None
            try:
                await self._work(wish)
            except Exception as error:  # noqa: BLE001  # belongs to those who wished
                if not outcome.done():
                    outcome.set_exception(error)
                    outcome.exception()  # nobody may be waiting any more
            else:
                if not outcome.done():
                    outcome.set_result(None)
