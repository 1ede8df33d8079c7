"""Who may look at the live page: passes, signed with the token of the local Cloudflare.

Nothing is kept of them: a pass says itself until when it holds, so it outlives a restart, and none
holds any longer once there is another token.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Literal

Use = Literal["link", "session"]

SECONDS: Mapping[Use, int] = {"link": 10 * 60, "session": 12 * 60 * 60}
"""How long a pass holds. A link is printed for a person, in a terminal that others may look at; the
page turns it into a session, which stays in its tab of the browser."""


class Passes:
    """Makes passes and knows them again; *now* tells the time in seconds since 1970."""

    def __init__(self, token: str, now: Callable[[], float] = time.time) -> None:
        self._key = token.encode()
        self._now = now

    def issue(self, use: Use) -> str:
        """Make a pass for *use* that holds from now on: `<until>.<signature>`."""
        until = int(self._now()) + SECONDS[use]
        return f"{until}.{self._signature(use, until)}"

    def holds(self, use: Use, given: str) -> bool:
        """Return whether *given* is a pass for *use* that was made here and has not ended."""
        until, _, signature = given.partition(".")
        if not (until.isascii() and until.isdecimal() and signature.isascii()):
            return False
        expected = self._signature(use, int(until[:20]))
        return hmac.compare_digest(signature, expected) and int(until[:20]) > self._now()

    def _signature(self, use: Use, until: int) -> str:
        said = f"chittyos live page {use} {until}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()
