"""Whether the limits of an address hold: each is met on its own, from a full bucket (PA-9)."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

import httpx
from websockets.exceptions import InvalidStatus

from ops.load.arrivals import REFUSED
from ops.load.load_target import Site, explained, sleep_or_stop
from ops.load.websockets import GONE, why
from systems.load import Asked, Limit, Load

BEYOND = 10
"""Requests beyond the burst; where the client is so slow that they are let through, more follow."""

ROUNDS = 20


@dataclass(frozen=True)
class Met:
    """What came of meeting one limit."""

    limit: Limit
    let_through: int = 0
    refused: int = 0
    most: int = 0
    """How many may have been let through in the time that it took."""

    fault: str = ""
    """Why it does not hold; empty where it does."""


@dataclass
class _Seen:
    """Answers while a limit is met."""

    let_through: int = 0
    refused: int = 0
    fault: str = ""

    def note(self, answer: "_Answer", says: str) -> None:
        """Count *answer*: let through, or refused by the limit that *says* so; else it is wrong."""
        if answer.status < httpx.codes.BAD_REQUEST:
            self.let_through += 1
        elif fault := answer.fault(says):
            self.blame(fault)
        else:
            self.refused += 1

    def blame(self, fault: str) -> None:
        """Keep the first of what is wrong."""
        self.fault = self.fault or fault


@dataclass(frozen=True)
class _Answer:
    status: int
    body: str
    is_explained: bool

    def fault(self, says: str) -> str:
        """Say why it is no refusal by the limit that *says* so; empty where it is one."""
        if self.status != REFUSED:
            return f"{self.status} is neither an answer nor a refusal"
        if says not in self.body:
            return f"refused by another limit: the body has no {says}"
        return "" if self.is_explained else "a refusal has no good Retry-After"


async def meet_all(
    site: Site, load: Load, stop: asyncio.Event, say: Callable[[str], None]
) -> list[Met]:
    """Meet each limit of *load*; *say* is told what is done. Those left at *stop* are not met."""
    filled = {limit.name: limit.filled_after for limit in load.limits}
    found: list[Met] = []
    rest = max(filled.values(), default=0)
    for limit in load.limits:
        say(f"waiting {rest:.0f} s for full buckets, then meeting the limit {limit.name}")
        if await sleep_or_stop(stop, rest):
            break
        met = (
            _ByRequests(site, limit, limit.asked) if limit.asked else _BySockets(site, limit, load)
        )
        found.append(await met.meet())
        rest = filled.get(limit.within or limit.name, 0)
    return found


class _ByRequests:
    def __init__(self, site: Site, limit: Limit, asked: Asked) -> None:
        self._site = site
        self._limit = limit
        self._asked = asked
        self._seen = _Seen()

    async def meet(self) -> Met:
        """Send requests until one is refused; return whether the limit holds."""
        began = time.monotonic()
        async with self._site.client() as client:
            for _ in range(ROUNDS):
                await self._round(client)
                if self._seen.refused or self._seen.fault:
                    break
        return _judged(self._limit, self._seen, time.monotonic() - began, self._site)

    async def _round(self, client: httpx.AsyncClient) -> None:
        """Send what empties the bucket and a few more: at once, or as quickly as is said."""
        pace = self._limit.per_second
        async with asyncio.TaskGroup() as group:
            for number in range(self._limit.burst + BEYOND):
                group.create_task(self._ask(client, number))
                await asyncio.sleep(1 / pace if pace else 0)

    async def _ask(self, client: httpx.AsyncClient, number: int) -> None:
        try:
            response = await client.send(self._site.request(client, self._asked, number))
        except httpx.HTTPError as error:
            self._seen.blame(f"no answer: {type(error).__name__}")
            return
        answer = _Answer(response.status_code, response.text, explained(response.headers))
        self._seen.note(answer, self._limit.says)


class _BySockets:
    def __init__(self, site: Site, limit: Limit, load: Load) -> None:
        self._site = site
        self._limit = limit
        if load.followed is None:
            raise ValueError(f"the limit {limit.name} is met by a WebSocket, and none is declared")
        self._followed = load.followed
        self._stack = AsyncExitStack()

    async def meet(self) -> Met:
        """Open WebSockets until one is refused, then until as many are open as may be."""
        seen, began = _Seen(), time.monotonic()
        async with self._stack:
            many = range(self._limit.burst + BEYOND)
            await asyncio.gather(*(self._open(seen, self._limit.says) for _ in many))
            met = _judged(self._limit, seen, time.monotonic() - began, self._site)
            if met.fault or self._limit.open_most is None:
                return met
            return await self._meet_open_most(met, self._limit.open_most)

    async def _meet_open_most(self, met: Met, most: int) -> Met:
        """Open one more whenever the bucket has a token again, until one is refused."""
        seen = _Seen(met.let_through)
        while not (seen.refused or seen.fault) and seen.let_through <= most:
            await asyncio.sleep(60 / self._limit.per_minute + 1)
            await self._open(seen, "")
        if seen.let_through != most:
            seen.blame(f"{seen.let_through} are open at a time, {most} may be")
        return replace(met, refused=met.refused + seen.refused, fault=seen.fault)

    async def _open(self, seen: _Seen, says: str) -> None:
        opening = self._site.socket(self._followed.path, self._followed.bearer)
        try:
            await self._stack.enter_async_context(opening)
        except InvalidStatus as error:
            answer = error.response
            body = bytes(answer.body or b"").decode(errors="replace")
            seen.note(_Answer(answer.status_code, body, explained(answer.headers)), says)
        except GONE as error:
            seen.blame(f"no answer: {why(error)}")
        else:
            seen.let_through += 1


def _judged(limit: Limit, seen: _Seen, seconds: float, site: Site) -> Met:
    most = limit.most(seconds)
    least = min(limit.burst, limit.open_most or limit.burst)
    if not seen.refused:
        seen.blame(f"none of {seen.let_through} was refused")
    if seen.let_through < least:
        seen.blame(f"{least} at once are to be let through")
    if seen.let_through > most and (limit.is_exact or site.edge_port):
        seen.blame(f"{most} are the most that it lets through in {seconds:.1f} s")
    return Met(limit, seen.let_through, seen.refused, most, seen.fault)
