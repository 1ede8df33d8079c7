"""What a user reads when a stand-in plugin cannot go on."""

from common.errors import SentenceError


class PluginError(SentenceError):
    """A sentence for the user. It holds no secret."""


class UnreachableError(PluginError):
    """Nothing answers. It never means that a resource is gone."""
