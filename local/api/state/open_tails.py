"""The tails there are. They live as long as this process, and so do their clients."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from common.json_types import Json
from local.api.errors import ApiError, invalid_request

Filter = Callable[[Json], bool]

LIFETIME = timedelta(hours=6)
GRACE_SECONDS = 60.0
"""How long a tail without a client stays: one that was just made waits for its client, one whose
client just went for the request that deletes it."""

MOST = 10
"""Tails that one script may have, as on Cloudflare."""


@dataclass(eq=False)
class Tail:
    """One tail of *script*. Its id is all that its address says, so nobody can guess it."""

    script: str
    admits: Filter
    """Whether a message is let through."""

    id: str = field(default_factory=lambda: secrets.token_hex(16))
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC) + LIFETIME)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the tail was deleted."""

    _clients: int = 0
    _was_joined: bool = False
    _alone_since: float = field(default_factory=time.monotonic)

    @property
    def seconds_left(self) -> float:
        return (self.expires_at - datetime.now(UTC)).total_seconds()

    @property
    def is_live(self) -> bool:
        """Whether it is listened to, or may soon be: its client did not come and go."""
        return self.seconds_left > 0 and (self._clients > 0 or not self._was_joined)

    @property
    def is_forgotten(self) -> bool:
        return not self._clients and time.monotonic() - self._alone_since > GRACE_SECONDS

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Have a client."""
        self._clients += 1
        self._was_joined = True
        try:
            yield
        finally:
            self._clients -= 1
            self._alone_since = time.monotonic()


class Tails:
    """Tails by id; what is forgotten is gone at the next look."""

    def __init__(self) -> None:
        self._tails: dict[str, Tail] = {}

    def add(self, script: str, admits: Filter) -> Tail:
        """Make a tail. Refused when *script* has as many as it may have."""
        if len(self.of(script)) >= MOST:
            raise invalid_request(
                f"script {script} has {MOST} tails; end one of them, or wait until it expires"
            )
        tail = Tail(script, admits)
        self._tails[tail.id] = tail
        return tail

    def of(self, script: str) -> list[Tail]:
        """List the live tails of *script*."""
        return [tail for tail in self._kept().values() if tail.script == script and tail.is_live]

    def open(self, tail_id: str) -> Tail:
        """Find a tail to listen to."""
        tail = self._kept().get(tail_id)
        if tail is None or tail.seconds_left <= 0:
            raise tail_not_found()
        return tail

    def remove(self, script: str, tail_id: str) -> None:
        """Delete a tail; its clients are sent away."""
        tail = self._kept().get(tail_id)
        if tail is None or tail.script != script:
            raise tail_not_found()
        tail.over.set()
        del self._tails[tail_id]

    def _kept(self) -> dict[str, Tail]:
        self._tails = {key: tail for key, tail in self._tails.items() if not tail.is_forgotten}
        return self._tails


def tail_not_found() -> ApiError:
    return ApiError(404, 7404, "there is no such tail; it may have expired: make a new one")
