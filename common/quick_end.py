"""The end of a process that a person waits for. Import it before what else has to end in order."""

import atexit
import os
import sys


class QuickEnd:
    """Ends this process without taking apart what it has imported: a tenth of a second.

    It comes last, when all threads have ended and whatever asked to be called after this was made
    has been called. Without a `code` it does nothing.
    """

    def __init__(self) -> None:
        self.code: int | None = None
        """What the process ends with. Default: what Python ends it with, in its own time."""

        atexit.register(self._end)

    def _end(self) -> None:
        if self.code is None:
            return
        try:
            for stream in filter(None, (sys.stdout, sys.stderr)):  # one that is closed is `None`
                stream.flush()
        except (OSError, ValueError):
            return  # Python says of a pipe that nobody reads what there is to say
        os._exit(self.code)


quick_end = QuickEnd()
"""The one of this process, made with this module: what is imported later is ended before it."""
