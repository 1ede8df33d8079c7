"""A move of a state from one backend to another."""

from dataclasses import dataclass
from pathlib import Path

from ops.state_migration.stack_location import Place


@dataclass(frozen=True)
class Move:
    """A stack, where its state is, and where it is to be."""

    source: Place
    target: Place

    file: Path
    """The configuration of the stack."""

    noted: Path
    """Where it is noted how far this is."""

    @property
    def stack(self) -> str:
        return self.source.stack

    @property
    def text(self) -> str:
        """Return what the configuration of the stack says, as it is written."""
        return self.file.read_bytes().decode()
