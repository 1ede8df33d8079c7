"""Runs checks: asks what is due, counts what it finds, and keeps and tells what changed by it."""

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import httpx

from common.json_types import Json
from local.api.alerting.events import notify
from local.api.check_runner.plan import PORTS, Check, planned
from local.api.check_runner.verdicts import Change, keep, verdict
from local.api.errors import ApiError
from local.api.state.check_progress import Streak
from local.api.state.state import State
from local.records.endpoints import LOOPBACK
from local.runtime.errors import NotServingError

AT_ONCE = 10
"""Checks that are under way at the same time."""

NO_CONNECTION = "TCP connection failed"
log = logging.getLogger("local.checks")


@dataclass(frozen=True)
class Ran:
    """A check that was run, and what it found."""

    check: Check
    found: Json

    @property
    def passed(self) -> bool:
        return not self.found["failure_reason"]


async def run(state: State, *, due_only: bool = True) -> list[Json]:
    """Run every check that is due by the moved clock, or every one; return what each found."""
    async with state.checks.one:
        checks = list(planned(state.records))
        _forget(state, {check.key for check in checks})
        now = time.time() + state.runtime.clock_offset
        wanted = [check for check in checks if not due_only or _is_due(state, check, now)]
        ran = await ask(state, wanted)
        changes = [each for each in (_count(state, one, now) for one in ran) if each]
        await _keep(state, changes)
    return [_shown(state, one) for one in ran]


async def ask(state: State, checks: Iterable[Check]) -> list[Ran]:
    """Ask once for each of *checks*. One that was cut short by a change is left out."""
    few = asyncio.Semaphore(AT_ONCE)

    async def one(check: Check) -> Ran | None:
        async with few:
            with suppress(NotServingError, httpx.HTTPError):  # it says nothing of the origin
                return Ran(check, await _found(state, check))
        return None

    return [ran for ran in await asyncio.gather(*map(one, checks)) if ran]


async def _found(state: State, check: Check) -> Json:
    if check.probe["scheme"] == "tcp":
        return await _connected(check)
    return await state.runtime.probe(check.probe)


async def _connected(check: Check) -> Json:
    """Open a connection to a server of this machine; the edge takes one for every host."""
    if not LOOPBACK.fullmatch(check.address):
        return {"failure_reason": "", "response_code": 0, "rtt": 0}
    began = time.monotonic()
    try:
        port = check.probe["port"] or PORTS["tcp"]
        opening = asyncio.open_connection(check.address, port)
        _, writer = await asyncio.wait_for(opening, check.probe["timeout"])
        writer.close()
        reason = ""
    except (OSError, TimeoutError):
        reason = NO_CONNECTION
    rtt = round((time.monotonic() - began) * 1000)
    return {"failure_reason": reason, "response_code": 0, "rtt": rtt}


def _is_due(state: State, check: Check, now: float) -> bool:
    """Whether it is time for *check*; also when the clock was put back behind its last run."""
    due = state.checks.streaks.get(check.key, Streak()).due
    return now >= due or due - now > check.interval


def _forget(state: State, keys: set[str]) -> None:
    for key in state.checks.streaks.keys() - keys:
        del state.checks.streaks[key]


def _count(state: State, ran: Ran, now: float) -> Change | None:
    """Count what was found; return the change of verdict that it makes, if it makes one."""
    check = ran.check
    streak = state.checks.streaks.setdefault(check.key, Streak())
    streak.due = now + check.interval
    streak.found = ran.found
    streak.good, streak.bad = (streak.good + 1, 0) if ran.passed else (0, streak.bad + 1)
    enough = streak.good >= check.successes if ran.passed else streak.bad >= check.fails
    before = verdict(state.records, check)
    if not enough or before is ran.passed:
        return None
    return Change(check, before, after=ran.passed, found=ran.found)


async def _keep(state: State, changes: list[Change]) -> None:
    """Keep what changed, have the edge steer by it, and tell of it."""
    if not changes:
        return
    try:
        events = await state.change(lambda records: keep(records, changes, state.now()))
    except ApiError as error:  # the next check finds it again
        log.warning("health of %d origins is not kept: %s", len(changes), error.message)
        return
    for alert_type, about in events:
        await notify(state, alert_type, about)


def _shown(state: State, ran: Ran) -> Json:
    name = "pool_id" if ran.check.origin else "health_check_id"
    return {
        name: ran.check.owner,
        "address": ran.check.address,
        **ran.found,
        "healthy": verdict(state.records, ran.check),
    }
