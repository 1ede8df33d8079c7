"""How a share of new sessions grows, and which sessions belong to it."""

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


def check_present(share: Share, now: datetime) -> None:
    """Refuse a share that is said to hold from later on: it would make the next step sooner."""
    if share.since is not None and share.since > now:
        raise RefusedError(
            f"{share.since.isoformat()} has not come yet; a share holds since it was set, "
            f"so write the time of now or leave it to `python -m ops rollout`"
        )


def grows(before: Share, after: Share) -> bool:
    """Whether *after* serves more than *before*, and so somebody."""
    return after.share > before.share


def check_staging(staging: Share, moment: datetime) -> None:
    """Refuse that production grows at *moment* before *staging* served everybody long enough."""
    if staging.share == EVERYBODY and staging.since and moment - staging.since >= STABLE:
        return
    since = f" since {staging.since.isoformat()}" if staging.since else ", since when is not said"
    raise RefusedError(
        f"staging has not served everybody for {_hours(STABLE)} hours by "
        f"{moment.isoformat(timespec='seconds')}, it is at {staging.share:.2f}{since}"
    )


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
