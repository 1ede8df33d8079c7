"""What does not change while a runtime lives: the account, its addresses, its directories."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from common.files import PRIVATE_FOLDER
from local.records.model import S3Credentials


@dataclass(frozen=True)
class Account:
    """One account on loopback. Ports are the ones really bound."""

    id: str
    host: str
    edge_port: int
    s3_port: int
    credentials: S3Credentials
    access_key: Path
    """Where the private key lies that Access signs with; it need not be there."""

    look_alikes: Mapping[str, str] = field(default_factory=dict)
    """Addresses of this machine that stand for hosts of the world, by the hosts. Default: none."""

    tunnel_services: Mapping[str, str] = field(default_factory=dict)
    """Where services that tunnels lead to are reached on this machine (`127.0.0.1:80`,
    `unix:/run/s`), by the address that a tunnel's own machine has for them (`http://nginx:8080`).
    Default: none."""

    explorer: Mapping[str, str] = field(default_factory=dict)
    """Where the API of wrangler's Local Explorer is (`address`), and what the edge proves itself
    with there (`key`). Default: there is none."""

    line_key: str = field(default_factory=lambda: token_hex(16), repr=False)
    """What lines of workerd's output begin with that the runtime's own workers wrote: no other
    worker is bound to it, so that none can write one. Default: a random one."""

    @property
    def s3_hosts(self) -> tuple[str, ...]:
        """Hosts at which a worker finds the S3 API: the local address and Cloudflare's name."""
        local = (f"{name}:{self.s3_port}" for name in (self.host, "localhost"))
        return (*local, f"{self.id}.r2.cloudflarestorage.com")


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

    def create(self, disks: Iterable[str]) -> None:
        """Make every directory, those of *disks* included, readable by its owner only."""
        for directory in (self.root, self.state, self.log, *map(self.disk, disks)):
            directory.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        self.root.chmod(PRIVATE_FOLDER)
