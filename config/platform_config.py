"""The checked configuration of a stack: what a program is handed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.deployment import Deployment
from config.fields import Environment
from config.monitoring import PlatformSecrets
from planning.zones import zone_of


@dataclass(frozen=True)
class Block:
    """The checked configuration of one system."""

    settings: Any
    """The model that the system declares as `settings`."""

    secrets: Any
    """The model that the system declares as `secrets`."""


@dataclass(frozen=True)
class PlatformConfig:
    """All a program needs to know about its stack."""

    stack: str
    deployment: Deployment
    blocks: Mapping[str, Block]
    """What each system of the stack is configured as, by its name."""
    base_url: str | None
    """Address of the API. `None`: Cloudflare's own."""
    secrets: PlatformSecrets
    """Secrets of the platform itself."""

    @property
    def retain(self) -> bool:
        """Whether what holds data is protected and outlives the stack."""
        return self.deployment.environment is not Environment.DEVELOPMENT

    def zone_id(self, host: str) -> str:
        """Return the id of the zone that *host* lies in."""
        ids = {zone.name: zone.id for zone in self.deployment.zones}
        return ids[zone_of(host, ids)]
