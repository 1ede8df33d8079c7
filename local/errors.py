"""What ends a command with one sentence."""

from common.errors import SentenceError

ERROR = "error: "
"""How the line begins that says why a command ended."""

RESET = "run `make reset`, which deletes all data here and the state of `development`"
"""The way out when data is damaged, and what it costs."""


class LocalError(SentenceError):
    """What the local Cloudflare cannot go on with."""


class HomeError(LocalError):
    """The directory or the settings cannot be used as they are."""


class Interrupted(BaseException):  # nothing takes it for an error of its own
    """The user pressed Ctrl-C. It has a sentence where there is more to say than what runs."""
