"""Other workers, as a worker calls them: not over the network, and without an address."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.binding import Binding
from components.worker import Worker


@dataclass(frozen=True)
class Service:
    """A worker that another one calls, by its default handlers or by a named entrypoint."""

    worker: Worker
    entrypoint: str | None = None
    """Name of the exported class. Default: its default handlers, which its hosts lead to, too."""

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """The worker: a binding to one that is not there is refused."""
        return (self.worker,)

    def binding(self, name: str) -> Binding:
        """Show the worker to another one as `env.<name>`."""
        bound: Binding = {"name": name, "type": "service", "service": self.worker.script_name}
        return bound if self.entrypoint is None else {**bound, "entrypoint": self.entrypoint}
