"""What the program of a stack would register, found offline, also before its file is complete."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from config import PlatformConfig
from ops.paths import Paths
from ops.stack import command_lock, effective_config
from ops.stack.ephemeral import completed
from ops.stack.target import Target
from planning.exposure.graph import Resource


@dataclass(frozen=True)
class Declared:
    """A stack as its program makes it."""

    config: PlatformConfig
    """Of what is not set yet there are examples."""

    resources: Sequence[Resource]

    warnings: Sequence[str]
    """What the program warned of."""

    @property
    def account(self) -> str:
        """Id of the account."""
        return self.config.deployment.account

    @property
    def zones(self) -> dict[str, str]:
        """Id of each zone by its name."""
        return {zone.name: zone.id for zone in self.config.deployment.zones}


class _Heard(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def declared(paths: Paths, target: Target) -> Declared:
    """Run the program of *target* against nothing; secrets may be missing.

    Raises `ConfigError` for a configuration that is wrong, not for one that is not complete.
    """
    config = effective_config.check(paths, completed(target), secrets_later=True)
    command_lock.take(paths)  # workers are bundled: nobody is to write meanwhile
    # The SDK takes a second to load.
    from ops.stack_map.planned_resources import registered  # noqa: PLC0415
    from systems.platform import build  # noqa: PLC0415

    heard = _Heard()
    logger = logging.getLogger("ops.preflight")
    logger.propagate = False
    logger.handlers = [heard]
    resources = registered(lambda: build(config), target.name, logger)
    return Declared(config, resources, heard.said)
