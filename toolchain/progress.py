"""Long steps that show they are alive: one line that changes, or a line now and then."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

QUIET_SECONDS = 20
"""How often a step speaks where its line cannot be rewritten (a log, a pipe)."""


class Step:
    """One running step. Set `detail` to say how far it is."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self.title = title
        self.detail = ""
        self._stream = stream
        self._began = time.monotonic()
        self._done = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def finish(self, mark: str) -> None:
        """Stop the line and leave how it ended and how long it took."""
        self._done.set()
        self._ticker.join()
        lead = "\r\033[K" if self._stream.isatty() else ""
        print(f"{lead}{mark} {self.title} ({self._seconds():.0f} s)", file=self._stream, flush=True)

    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _tick(self) -> None:
        rewrites = self._stream.isatty()
        while not self._done.wait(1 if rewrites else QUIET_SECONDS):
            text = f"… {self.title}, {self._seconds():.0f} s {self.detail}".rstrip()
            end = "" if rewrites else "\n"
            lead = "\r\033[K" if rewrites else ""
            print(f"{lead}{text[:100]}", end=end, file=self._stream, flush=True)


@contextmanager
def step(title: str, stream: TextIO | None = None) -> Iterator[Step]:
    """Show *title* with the time it takes, on *stream* (default: standard error)."""
    running = Step(title, stream or sys.stderr)
    try:
        yield running
    except BaseException:
        running.finish("✗")
        raise
    running.finish("✓")
