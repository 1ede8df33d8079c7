"""What a system says it has counted of the requests of a load test, held against its answers."""

import asyncio
import time
from dataclasses import dataclass

import httpx

from ops.errors import OpsError
from ops.load.load_target import Site
from systems.load import Tally

WAIT_SECONDS = 1.0


@dataclass(frozen=True)
class Counted:
    """How much it has counted, beside what it was asked and what it has answered."""

    what: str
    counted: int
    answered: int
    sent: int

    @property
    def fault(self) -> str:
        """Say what does not fit. What had no answer may have been counted all the same."""
        if self.counted < self.answered:
            return f"{self.answered:,} requests were answered, and {self.counted:,} {self.what}"
        if self.counted > self.sent:
            return f"{self.sent:,} requests were sent, and {self.counted:,} {self.what}"
        return ""


async def read(site: Site, tally: Tally) -> int:
    """Return how much the system has counted. Raises `OpsError` when it does not say."""
    async with site.client() as client:
        try:
            answer = await client.send(site.request(client, tally.asked, 0))
            return tally.count(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise OpsError(
                f"{tally.asked.path} does not say how many requests were {tally.what} "
                f"({type(error).__name__}); run the load test again once it does"
            ) from None


async def settle(site: Site, tally: Tally, before: int, answered: int, sent: int) -> Counted:
    """Wait until as much is counted as was *answered*, or the patience is over."""
    ends = time.monotonic() + tally.patience_seconds
    while True:
        counted = await read(site, tally) - before
        if counted >= answered or time.monotonic() > ends:
            return Counted(tally.what, counted, answered, sent)
        await asyncio.sleep(WAIT_SECONDS)
