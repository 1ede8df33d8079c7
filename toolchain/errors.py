"""What stops a set-up, said in one sentence that names the remedy."""

from common.errors import SentenceError


class ToolchainError(SentenceError):
    """Something the project needs is missing or wrong; the message says what to do."""


class UnreachableError(ToolchainError):
    """The host of a download cannot be reached at all: no name, no route, nobody listening."""
