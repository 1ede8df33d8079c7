"""1Password Connect: credentials for the other systems, from machines behind a tunnel."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.platform_config import Block
from config.system_declaration import Claim, Kind
from systems.onepassword_connect import checks
from systems.onepassword_connect.demand import demand
from systems.onepassword_connect.names import NAME
from systems.onepassword_connect.rotations import ROTATIONS
from systems.onepassword_connect.settings import OnePasswordConnect, OnePasswordConnectSecrets
from systems.onepassword_connect.sidecar import sidecar
from systems.system import Planned, Smoke, System

if TYPE_CHECKING:
    from config import PlatformConfig


def _plan(config: "PlatformConfig", block: Block) -> Planned:
    from systems.onepassword_connect import component  # noqa: PLC0415 - the SDKs take a second

    return component.plan(config, block)


def _claims(settings: OnePasswordConnect) -> Iterator[Claim]:
    if settings.host is not None:
        yield Claim(Kind.HOST, settings.host, "host")
        yield Claim(Kind.TUNNEL, settings.tunnel, "tunnel")


def _doors(settings: OnePasswordConnect) -> Iterator[str]:
    if settings.host is not None:
        yield settings.host


SMOKE = (
    Smoke("/v1/health", contains='"checks": {'),
    Smoke("/v1/vaults", 401, '"message"'),
    Smoke("/metrics", 404, "there is nothing here"),
)
"""Its services are not down, who has no token of Connect reads nothing, monitoring stays within.
`ops verify` itself passes Access by the service token of the stack."""


SYSTEM = System(
    name=NAME,
    title="1Password Connect",
    settings=OnePasswordConnect,
    secrets=OnePasswordConnectSecrets,
    plan=_plan,
    claims=_claims,
    check=checks.check,
    rotations=ROTATIONS,
    sidecar=sidecar,
    doors=_doors,
    smoke=SMOKE,
    demand=demand,
)
