"""What does not fit together in the block of ChittyID."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.reading.source import SEALED
from config.system_declaration import Finding
from systems.chittyid.settings import ChittyId, ChittyIdSecrets

if TYPE_CHECKING:
    from config import PlatformConfig


def check(_: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find one token for two, and a worker that would get its secret from two places."""
    settings: ChittyId = block.settings
    secrets: ChittyIdSecrets = block.secrets
    yield from _tokens(secrets)
    if settings.unified_platform == settings.worker.name:
        yield "unified_platform", "is the worker itself, which has the hash; name the other worker"


def _tokens(secrets: ChittyIdSecrets) -> Iterator[Finding]:
    """Find a value that stands under two names: whoever has one would have the other."""
    seen: dict[str, str] = {}
    for name, secret in secrets:
        value = secret.get_secret_value() if secret else SEALED
        if value == SEALED:
            continue
        if value in seen:
            yield name, f"is the same as {seen[value]}; give each its own"
        seen[value] = name
