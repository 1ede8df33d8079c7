"""What a worker can be given under a name."""

from collections.abc import Sequence
from typing import Protocol

import pulumi

from components.sdk import cloudflare

Binding = cloudflare.WorkersScriptBindingArgsDict
"""One binding of a worker, in the provider's words."""


class Bindable(Protocol):
    """What a worker can be given under a name."""

    def binding(self, name: str) -> Binding:
        """Show it to a worker as `env.<name>`."""
        ...

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Resources that must be finished before a worker may use it."""
        ...
