"""Secrets of a worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi

from components.binding import Binding


@dataclass(frozen=True)
class Secret:
    """A value that only its worker can read: never in clear in the state, never in a message."""

    value: pulumi.Input[str] = field(repr=False)

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing: the value arrives with the upload."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show the value to a worker as `env.<name>`. The SDK does not seal it by itself."""
        return {"name": name, "type": "secret_text", "text": pulumi.Output.secret(self.value)}
