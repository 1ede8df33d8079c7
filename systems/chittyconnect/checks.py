"""What does not fit together in the block of ChittyConnect."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.fields import Environment
from config.platform_config import Block
from config.system_declaration import Finding
from planning import addresses
from planning.refusals import RefusedError
from systems.chittyconnect import credential_checks
from systems.chittyconnect.settings import ChittyConnect

if TYPE_CHECKING:
    from config import PlatformConfig


def check(config: "PlatformConfig", block: Block) -> Iterator[Finding]:
    """Find what is missing for 1Password Connect, and addresses that secrets must not go to."""
    settings: ChittyConnect = block.settings
    loopback = config.deployment.environment is Environment.DEVELOPMENT
    yield from credential_checks.check(settings.credentials, block.secrets)
    yield from _transport(settings, loopback=loopback)
    yield from _page(settings, loopback=loopback)


def _transport(settings: ChittyConnect, *, loopback: bool) -> Iterator[Finding]:
    for path, address in (
        ("documents.s3_endpoint", settings.documents.s3_endpoint),
        ("credentials.connect_url", settings.credentials.connect_url),
    ):
        try:
            addresses.check_transport(address or "https://", loopback=loopback)
        except RefusedError as error:
            yield path, str(error)


def _page(settings: ChittyConnect, *, loopback: bool) -> Iterator[Finding]:
    try:
        addresses.check_page(settings.documents.cors_origin or "", loopback=loopback)
    except RefusedError as error:
        yield "documents.cors_origin", str(error)
