"""Children that end with their parent, however that ended."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def die_with_parent(
    number: signal.Signals = signal.SIGKILL,
) -> Callable[[], None] | None:
    """Make what a child runs before it becomes the program: it gets *number* when its parent ends.

    `None` where the system cannot do that: only Linux can.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return before_exec
