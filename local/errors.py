"""What ends a command with one sentence."""

ERROR = "error: "
"""How the line begins that says why a command ended."""

RESET = "run `make reset`, which deletes all data here and the state of `development`"
"""The way out when data is damaged, and what it costs."""


class LocalError(Exception):
    """Something is not as it has to be; the message says where, what, and what to do."""


class HomeError(LocalError):
    """The directory or the settings cannot be used as they are."""
