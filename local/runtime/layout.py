"""Where the runtime keeps what, below its directory."""

from dataclasses import dataclass
from pathlib import Path

DISKS = ("objects", "kv", "kv-values", "d1", "queues", "cron", "r2", "r2-blobs")
"""Directories of state. Each is one disk service of the configuration."""

PRIVATE = 0o700


@dataclass(frozen=True)
class Layout:
    """Paths below *root*; *state* may stand elsewhere, as it does in a test start."""

    root: Path
    state: Path

    @classmethod
    def below(cls, root: Path) -> "Layout":
        """Lay out a runtime whose directory is *root*."""
        return cls(root=root, state=root / "state")

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def pid(self) -> Path:
        return self.root / "workerd.pid"

    @property
    def config(self) -> Path:
        return self.root / "config.capnp"

    @property
    def lifecycle(self) -> Path:
        return self.root / "lifecycle.json"

    def disk(self, name: str) -> Path:
        return self.state / name

    def create(self) -> None:
        """Make every directory, readable by its owner only."""
        for directory in (self.root, self.state, self.log, *map(self.disk, DISKS)):
            directory.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        self.root.chmod(PRIVATE)
