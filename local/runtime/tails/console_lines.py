"""Lines of consoles that no event has brought yet.

workerd prints a line when a worker does, and the tail worker brings it once more with the event
that it belongs to. What was brought needs no second place.
"""

import time
from collections.abc import Callable, Iterable

from common.json_types import Json

SECONDS = 30.0
"""How long a line waits for its event."""

APART = 1_000
"""Milliseconds from the time that a line has in its event to the one that it was printed with."""

MOST = 1_000
"""Lines that wait: one that is looked for is compared with each."""


class Printed:
    """Has *keep* called with each line that no event brings.

    These are lines of the runtime's own workers, of an event that goes on for longer than
    `SECONDS`, beyond what an event may hold, and of one that a crash ended. *clock* gives seconds.
    """

    def __init__(
        self, keep: Callable[[Json], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._waiting: list[tuple[float, Json]] = []
        """Lines with when they came, the oldest first."""

    def add(self, line: Json) -> None:
        """Wait for the event of *line*: `{timestamp, level, message}`."""
        now = self._clock()
        self._waiting.append((now, line))
        while len(self._waiting) > MOST or self._waiting[0][0] <= now - SECONDS:
            self._keep(self._waiting.pop(0)[1])

    def brought(self, logs: Iterable[Json]) -> None:
        """Forget the lines that an event had as *logs*, each `{timestamp, level, message: […]}`."""
        for log in logs:
            for place, (_, line) in enumerate(self._waiting):
                if _is_of(line, log):
                    del self._waiting[place]
                    break

    def give_up(self) -> None:
        """Wait no longer: the events of what is left will not come."""
        while self._waiting:
            self._keep(self._waiting.pop(0)[1])


def _is_of(line: Json, log: Json) -> bool:
    """Whether *line* is how workerd printed *log*. An object reads otherwise there than here."""
    printed = str(line["message"])
    apart = line["timestamp"] - (log.get("timestamp") or 0)
    if line["level"] != log.get("level") or not 0 <= apart <= APART:
        return False
    match log["message"]:
        case []:
            return printed == ""
        case [str(text)]:
            return printed == text
        case [str(text), *_] if "%" not in text:
            return printed.startswith(text)
        case _:
            return printed != ""
