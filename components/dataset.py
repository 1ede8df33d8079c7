"""Datasets of Analytics Engine: there is nothing to make, the first point that is written does."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.binding import Binding


@dataclass(frozen=True)
class Dataset:
    """A dataset that a worker writes points to, by its name in the account."""

    name: str

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Nothing: it comes to be with its first point."""
        return ()

    def binding(self, name: str) -> Binding:
        """Show the dataset to a worker as `env.<name>`."""
        return {"name": name, "type": "analytics_engine", "dataset": self.name}
