"""Durations as Go writes them: `30s`, `1m0s`, `1.5h`."""

import re
from decimal import Decimal

_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)")
_NANOSECONDS = {"h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000}
_NANOSECONDS |= {"ms": 1_000_000, "us": 1_000, "µs": 1_000, "ns": 1}


def nanoseconds(given: str) -> int:
    """Return how many *given* are; raises `ValueError` unless it is a duration."""
    parts = list(_PART.finditer(given))
    if given == "0":
        return 0
    if not parts or "".join(part[0] for part in parts) != given:
        raise ValueError(given)
    return int(sum(Decimal(part[1]) * _NANOSECONDS[part[2]] for part in parts))
