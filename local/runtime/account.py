"""What does not change while a runtime lives: the account, its addresses, its S3 keys."""

from dataclasses import dataclass

from local.model import S3Credentials


@dataclass(frozen=True)
class Account:
    """One account on loopback. Ports are the ones really bound."""

    id: str
    host: str
    edge_port: int
    s3_port: int
    credentials: S3Credentials

    @property
    def s3_hosts(self) -> tuple[str, ...]:
        """Hosts at which a worker finds the S3 API: the local address and Cloudflare's name."""
        local = (f"{name}:{self.s3_port}" for name in (self.host, "localhost"))
        return (*local, f"{self.id}.r2.cloudflarestorage.com")
