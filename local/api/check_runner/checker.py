"""Runs checks in the background, each when it is due."""

import asyncio
import logging

from local.api.check_runner.runs import run
from local.api.state.state import State

LOOK_EVERY = 1.0
"""Seconds between two looks for what is due."""

log = logging.getLogger("local.checks")


class Checker:
    """Runs the checks of *state* from `start` until `stop`."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End it; a check that is under way has no verdict."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_running(self) -> None:
        while True:
            try:
                await run(self._state)
            except Exception:
                log.exception("checks of health failed; they go on")
            await asyncio.sleep(LOOK_EVERY)
