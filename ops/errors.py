"""What stops a command, said in one sentence that names the remedy."""


class OpsError(Exception):
    """A command cannot go on; the message says where, what and what to do."""
