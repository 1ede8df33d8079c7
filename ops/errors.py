"""What stops a command, said in one sentence that names the remedy."""

from common.errors import SentenceError


class OpsError(SentenceError):
    """A command cannot go on; the message says where, what and what to do."""
