"""A load test from its first request to its last WebSocket, and what is said meanwhile."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ops.load import arrivals, rate_limits, server_counts, websockets
from ops.load.arrivals import Answers
from ops.load.load_target import Site
from ops.load.rate_limits import Met
from ops.load.server_counts import Counted
from ops.load.websockets import Told
from ops.terminal import console, interrupts
from systems.load import Load

EVERY_SECONDS = 1
LINE_EVERY_SECONDS = 10
"""How often it is said how far it is: on a terminal in one line, elsewhere a line each."""


@dataclass
class Outcome:
    """What came of a load test."""

    load: Load
    answers: Answers
    told: Told
    met: list[Met] = field(default_factory=list)
    """Limits that were met on their own. Empty with the credential, which lifts them."""

    interrupted: bool = False

    counted: Counted | None = None
    """What the system has counted of the requests. `None`: it is not asked."""


def run(site: Site, load: Load, *, lifted: bool) -> Outcome:
    """Run the load test *load*; not *lifted*: each limit is met first, and holds meanwhile.

    Ctrl-C ends it early, with what was found until then.
    """
    return asyncio.run(_run(site, load, lifted=lifted))


async def _run(site: Site, load: Load, *, lifted: bool) -> Outcome:
    answers, told = Answers(int(load.rate * load.seconds)), Told(load.sockets)
    outcome = Outcome(load, answers, told)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with interrupts.heard(lambda: loop.call_soon_threadsafe(stop.set)), _saying() as say:
        before = await server_counts.read(site, load.tally) if load.tally else 0
        if not lifted:
            outcome.met = await rate_limits.meet_all(site, load, stop, say)
        telling = asyncio.create_task(_tell(say, outcome))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(websockets.follow(site, load, stop, told))
                group.create_task(arrivals.send(site, load, stop, answers))
        finally:
            telling.cancel()
        outcome.interrupted = stop.is_set()
        if load.tally:
            asked = (before, answers.tallied, answers.sent_tallied)
            outcome.counted = await server_counts.settle(site, load.tally, *asked)
    return outcome


async def _tell(say: Callable[[str], None], outcome: Outcome) -> None:
    began, answers, told = time.monotonic(), outcome.answers, outcome.told
    while True:
        second = round(time.monotonic() - began)
        sockets_open = (
            f"; {told.open} of {told.wanted} WebSockets open, {told.messages:,} messages"
            if outcome.load.followed
            else ""
        )
        say(
            f"{second} s: {answers.sent:,} of {answers.wanted:,} requests sent, "
            f"{answers.refused:,} refused, {answers.failed:,} failed{sockets_open}"
        )
        await asyncio.sleep(EVERY_SECONDS if console.out.is_terminal else LINE_EVERY_SECONDS)


@contextmanager
def _saying() -> Iterator[Callable[[str], None]]:
    """Give what says how far it is: in one line that changes, or in lines."""
    if not console.out.is_terminal:
        yield console.out.print
        return
    with console.out.status("") as status:
        yield status.update
