"""The daily run of lifecycle rules ends when it is told to."""

import asyncio
from contextlib import suppress

from local.runtime.r2.lifecycle import Lifecycle


def test_it_stops_also_when_a_run_swallows_the_cancellation(tmp_path):
    """As a request does whose answer comes at the very moment in which it is cancelled."""
    begun = asyncio.Event()

    async def run(_now):
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        return {}

    async def go():
        lifecycle = Lifecycle(tmp_path / "lifecycle.json", run)
        lifecycle.start()
        await begun.wait()
        await asyncio.wait_for(lifecycle.stop(), 10)

    asyncio.run(go())
