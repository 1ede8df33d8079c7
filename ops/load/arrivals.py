"""Requests that are sent when they are due, whether or not those before them were answered.

A client that waits for its answers asks less when a system is slow, and measures the best of it.
Here a request is late from the moment it was due (no coordinated omission).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from ops.load.load_target import CONNECTIONS, TIMEOUT_SECONDS, Site, explained, sleep_or_stop
from systems.load import Asked, Load

MOST_WAITING = 2000
"""Requests that may wait for an answer; beyond, one that is due is not sent, and has failed.

They wait here for a connection: the pool of `httpx` looks through all that wait at every answer.
"""

REFUSED = httpx.codes.TOO_MANY_REQUESTS


@dataclass
class Answers:
    """What came of the requests."""

    wanted: int
    sent: int = 0
    sending: float = 0
    """Seconds from the first that was due until the last was sent."""

    seconds: float = 0
    """Seconds from the first that was due until the last answer."""

    times: list[float] = field(default_factory=list)
    """Milliseconds from when a request was due until it was answered."""

    late: list[float] = field(default_factory=list)
    """Milliseconds by which the client itself was late."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Answers by status, or by why there was none."""

    unexplained: int = 0
    """Refusals that do not say when to come again."""

    tallied: int = 0
    """Answers to what the system counts, that were good."""

    sent_tallied: int = 0
    """Requests that it may have counted."""

    cpu: float = 0
    """Share of a core that the client took."""

    @property
    def good(self) -> int:
        return sum(count for status, count in self.outcomes.items() if status.startswith("2"))

    @property
    def refused(self) -> int:
        return self.outcomes[str(REFUSED.value)]

    @property
    def failed(self) -> int:
        """Return how many were neither answered well nor refused."""
        return self.outcomes.total() - self.good - self.refused


async def send(site: Site, load: Load, stop: asyncio.Event, answers: Answers) -> None:
    """Send the requests of *load*, mixed by their shares, each when it is due.

    What comes of them goes into *answers*, also while it runs. It ends early when *stop* is set.
    """
    mix = cycle(mixed(load.requests))
    used, began = time.process_time(), time.monotonic()
    async with site.client() as client, asyncio.TaskGroup() as group:
        sender = _Sender(site, client, answers)
        for number in range(answers.wanted):
            due = began + number / load.rate
            if await sleep_or_stop(stop, due - time.monotonic()):
                break
            sender.begin(group, next(mix), number, due)
            answers.sending = time.monotonic() - began
    answers.seconds = time.monotonic() - began
    answers.cpu = (time.process_time() - used) / max(answers.seconds, 0.001)


def mixed(requests: Sequence[Asked]) -> list[Asked]:
    """Return each of *requests* as often as its share says, well mixed."""
    return [asked for _, _, asked in sorted(_places(requests), key=lambda place: place[:2])]


def _places(requests: Sequence[Asked]) -> Iterator[tuple[float, int, Asked]]:
    for order, asked in enumerate(requests):
        for count in range(asked.share):
            yield (count + 0.5) / asked.share, order, asked


@dataclass
class _Sender:
    site: Site
    client: httpx.AsyncClient
    answers: Answers
    waiting: int = 0
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    def begin(self, group: asyncio.TaskGroup, asked: Asked, number: int, due: float) -> None:
        """Send the request of that *number*, and do not wait for its answer."""
        self.answers.sent += 1
        if self.waiting >= MOST_WAITING:
            self.answers.outcomes[f"not sent, {MOST_WAITING} waited"] += 1
            return
        self.waiting += 1
        group.create_task(self._send(asked, number, due))

    async def _send(self, asked: Asked, number: int, due: float) -> None:
        self.answers.sent_tallied += asked.is_tallied
        self.answers.late.append((time.monotonic() - due) * 1000)
        request = self.site.request(self.client, asked, number)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), self.gate:
                response = await self.client.send(request)
        except (httpx.HTTPError, TimeoutError) as error:
            self.answers.outcomes[type(error).__name__] += 1
        else:
            self.answers.tallied += asked.is_tallied and response.is_success
            self._note(response, (time.monotonic() - due) * 1000)
        finally:
            self.waiting -= 1

    def _note(self, response: httpx.Response, took: float) -> None:
        self.answers.times.append(took)
        self.answers.outcomes[str(response.status_code)] += 1
        if response.status_code == REFUSED and not explained(response.headers):
            self.answers.unexplained += 1
