"""The day that rules check by."""

import datetime as dt
import re

_UNIT_HOURS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600, "ms": 1 / 3.6e6, "d": 24.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s|d))+")


def today() -> dt.date:
    """Return the day in UTC."""
    return dt.datetime.now(dt.UTC).date()


def day(text: str | None) -> dt.date | None:
    """Read `2026-11-21` or `2026-11-21T00:00:00Z`; None where it is no day."""
    try:
        return dt.date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def hours(text: str | None) -> float | None:
    """Read a duration as Go writes it (`24h`, `1h30m`); None where it is none."""
    if not text or not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _UNIT_HOURS[unit] for number, unit in _PART.findall(text))
