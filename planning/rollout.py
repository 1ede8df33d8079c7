"""How a share of new sessions grows, and which sessions belong to it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from planning.refusals import RefusedError

NOBODY = Decimal("0.00")
EVERYBODY = Decimal("1.00")

LADDERS = {
    "staging": (Decimal("0.10"), Decimal("0.25"), Decimal("0.50"), EVERYBODY),
    "production": (Decimal("0.10"), EVERYBODY),
}
"""The steps of an environment, smallest first. An environment without a ladder goes as it likes."""

WAITS = {"staging": timedelta(0), "production": timedelta(hours=24)}
"""How long a share stands before the next larger one."""

STABLE = timedelta(hours=24)
"""How long staging serves everybody before production begins."""


@dataclass(frozen=True)
class Share:
    """A share of new sessions, 0.00 to 1.00, and since when it holds (`None`: not said)."""

    share: Decimal
    since: datetime | None = None


def check_step(environment: str, before: Share, after: Share, *, confirmed: bool = False) -> None:
    """Refuse a step up that skips a rung or comes too soon, unless it was *confirmed*.

    A step back, or none, is always allowed.
    """
    if environment not in LADDERS or after.share <= before.share or confirmed:
        return
    largest = next_rung(environment, before.share)
    if after.share > largest:
        raise RefusedError(
            f"from {before.share:.2f} the largest step in {environment} is to {largest:.2f}, "
            f"{after.share:.2f} skips it; take that step, or say rollout.confirmed: <reason>"
        )
    _check_wait(WAITS[environment], before, after)


def next_rung(environment: str, share: Decimal) -> Decimal:
    """Name the next larger share of the ladder of *environment*."""
    larger = (rung for rung in LADDERS[environment] if rung > share)
    return next(larger, EVERYBODY)


def check_staging(before: Share | None, now: datetime) -> None:
    """Refuse to begin in production before staging served everybody for long enough."""
    stable = before is not None and before.share == EVERYBODY and before.since is not None
    if before is None or before.since is None or not stable or now - before.since < STABLE:
        raise RefusedError(
            f"staging has not served everybody for {_hours(STABLE)} hours yet; "
            f"wait, or say rollout.confirmed: <reason>"
        )


def fraction_of(session_id: str) -> float:
    """Place a session in [0, 1): it belongs to a share that is larger. Stable for ever."""
    digest = hashlib.sha256(session_id.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def _check_wait(wait: timedelta, before: Share, after: Share) -> None:
    if not wait or before.share == NOBODY:
        return
    if before.since is None or after.since is None:
        raise RefusedError(
            f"a step from {before.share:.2f} to {after.share:.2f} needs rollout.since and "
            f"rollout.previous.since, {_hours(wait)} hours apart; set both"
        )
    if after.since - before.since < wait:
        raise RefusedError(
            f"{before.share:.2f} stands {_hours(wait)} hours before {after.share:.2f}, since "
            f"{before.since.isoformat()}; wait, or say rollout.confirmed: <reason>"
        )


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
