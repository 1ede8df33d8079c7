"""The gate of a step: what was deployed is watched for a while, and has to live through it.

It is judged by what it answers itself, by its own version. What it goes on without is somebody
else's fault and a warning (incident 22: a healthy build was taken back for the 503 of what it
depends on), and so is what the version before it, asked at the same moment, fails at as well.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ops.health.probes import Answer

Address = Mapping[str, str]
Ask = Callable[[Address], Answer]
"""Asks an address once (`probes.ask_once`)."""

SECONDS, LOCAL_SECONDS = 60.0, 3.0
"""How long a step is watched, in an account and on the local Cloudflare."""

IN_A_ROW = 3
"""Answers of one address that fail one after another, after which a step is taken back."""

PERCENT = 5.0
"""Of all answers, how many may fail until the end."""

PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Hold:
    """How a step is judged."""

    seconds: float
    in_a_row: int = IN_A_ROW
    percent: float = PERCENT


@dataclass
class Watched:
    """What came while a step was watched."""

    asked: int = 0
    failed: int = 0
    why: str = ""
    """Why the step has to be taken back; "" while it holds."""

    others: Counter[str] = field(default_factory=Counter)
    """What others are to blame for, and how often it was seen."""


@dataclass
class Watch:
    """Watches what a step has deployed."""

    hold: Hold
    ask: Ask
    before: Mapping[str, Address]
    """Where the version before answers at the same address, by its URL: it is asked when the new
    one fails."""

    seen: Watched = field(default_factory=Watched)
    pause: Callable[[float], None] = time.sleep
    _rows: Counter[str] = field(default_factory=Counter)

    def run(self, addresses: Sequence[Address]) -> Watched:
        """Ask *addresses* again and again for as long as it holds, once at least."""
        ends = time.monotonic() + self.hold.seconds
        while True:
            for address in addresses:
                self._once(address)
            if self.seen.why or time.monotonic() >= ends:
                break
            self.pause(PAUSE_SECONDS)
        self._judge()
        return self.seen

    def _once(self, address: Address) -> None:
        url, answer, seen = address["url"], self.ask(address), self.seen
        seen.asked += 1
        for name in answer.without:
            seen.others[f"{answer.system} goes on without {name}"] += 1
        if answer.ok:
            self._rows[url] = 0
        elif url in self.before and not self.ask(self.before[url]).ok:
            seen.others[f"{answer.address}: {answer.said}, and so does the version before it"] += 1
        else:
            seen.failed += 1
            self._rows[url] += 1
            if self._rows[url] >= self.hold.in_a_row:
                row = f"{self._rows[url]} times in a row"
                seen.why = f"{answer.address} failed {row}: {answer.said}"

    def _judge(self) -> None:
        seen, most = self.seen, self.hold.percent
        share = 100 * seen.failed / max(seen.asked, 1)
        if not seen.why and share > most:
            often = f"{seen.failed} of {seen.asked} answers failed, {share:.0f} %"
            seen.why = f"{often}, where {most:g} % may"
