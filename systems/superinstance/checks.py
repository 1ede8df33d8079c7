"""What does not fit together in the block of SuperInstance."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.declared import Finding
from config.platform_config import Block
from config.reading.source import SEALED
from systems.superinstance.settings import SuperInstanceSecrets

if TYPE_CHECKING:
    from config import PlatformConfig

KEYS = ("sk_", "rk_", "pk_")
"""How keys of Stripe's API begin, which sign nothing."""


def check(_: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find a key of Stripe's API in the place of what Stripe signs with, and one secret twice."""
    secrets: SuperInstanceSecrets = block.secrets
    seen: dict[str, str] = {}
    for name, secret in secrets:
        value = secret.get_secret_value() if secret else SEALED
        if value == SEALED:
            continue
        if value.startswith(KEYS):
            yield name, "is a key of Stripe's API; set the endpoint's own secret: whsec_…"
        if value in seen:
            yield name, f"is the same as {seen[value]}; give the one before it, or none"
        seen[value] = name
