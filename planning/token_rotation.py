"""How a service token of Access gets another secret: the next step, whatever was done before it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Turn:
    """Which secret is the present one, and until when the one before it is taken, too."""

    version: int
    until: datetime | None


def next_turn(
    configured: Turn, deployed: int, now: datetime, overlap: timedelta, *, again: bool = False
) -> Turn:
    """Return what the configuration is to say; *configured* as it is where that is to be finished.

    *deployed*: number of the secret that is there. A rotation is under way until the secret before
    it ends: whoever rotates once more meanwhile finishes it. Cloudflare keeps one former secret, so
    *again* ends the one before that at once. Default: what is under way is finished.
    """
    until = (now + overlap).replace(microsecond=0)
    if configured.version > deployed:
        is_over = configured.until is None or configured.until <= now
        return Turn(configured.version, until) if is_over else configured
    if configured.version == deployed and is_under_way(configured, now) and not again:
        return configured
    return Turn(deployed + 1, until)


def is_under_way(turn: Turn, now: datetime) -> bool:
    """Return whether the secret before the present one is still taken."""
    return turn.until is not None and turn.until > now
