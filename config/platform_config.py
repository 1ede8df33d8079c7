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
class Guest:
    """A stack with hosts in zones of this one, which sets for it what a zone has once."""

    stack: str
    zones: frozenset[str]
    """Names of the zones that it is a guest of."""

    settings: Mapping[str, Any]
    """What each of its systems is configured as, by its name, without secrets."""


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

    guests: tuple[Guest, ...] = ()
    """Stacks that this one sets things of its zones for. Default: none."""

    host_zones: frozenset[str] = frozenset()
    """Names of zones whose owner, another stack, does the same for this one. Default: none."""

    @property
    def retain(self) -> bool:
        """Whether what holds data is protected and outlives the stack."""
        return self.deployment.environment is not Environment.DEVELOPMENT

    def leaves_to_owner(self, host: str) -> bool:
        """Return whether another stack sets what the zone of *host* has once.

        That is its owner, which names this stack among the guests of the zone. A development stack
        beside the owner (`pr-7`) leaves it out without being named: it has the owner's settings.
        """
        owners = {zone.name: zone.owner for zone in self.deployment.zones}
        zone = zone_of(host, owners)
        is_development = self.deployment.environment is Environment.DEVELOPMENT
        return owners[zone] != self.stack and (is_development or zone in self.host_zones)

    def zone_id(self, host: str) -> str:
        """Return the id of the zone that *host* lies in."""
        ids = {zone.name: zone.id for zone in self.deployment.zones}
        return ids[zone_of(host, ids)]
