"""What is known of checks while the process runs: when each is due, and what it last found."""

import asyncio
from dataclasses import dataclass, field

from common.json_types import Json


@dataclass
class Streak:
    """One thing that is checked."""

    due: float = 0.0
    """When it is to be checked next, in seconds since 1970 by the moved clock."""

    good: int = 0
    """Checks in a row that it passed."""

    bad: int = 0
    """Checks in a row that it failed."""

    found: Json | None = None
    """What the last one found: `failure_reason`, `response_code`, `rtt` in milliseconds."""


@dataclass
class CheckProgress:
    """All checks, by their keys; *one* is held by whoever runs them."""

    streaks: dict[str, Streak] = field(default_factory=dict)
    previews: dict[str, Json] = field(default_factory=dict)
    """Answers to previews by their ids; they are lost when the process ends, as on Cloudflare."""

    one: asyncio.Lock = field(default_factory=asyncio.Lock)
