"""The whole platform: the one module that knows every system."""

import pulumi

from config import PlatformConfig, load
from planning.refusals import RefusedError
from systems import guard
from systems.chittyconnect import component as chittyconnect


class Platform(pulumi.ComponentResource):
    """All systems of one stack."""

    addresses: list[dict[str, str]]
    """What answers where: system, url, and the path that says whether it is healthy."""

    def __init__(self, planned: chittyconnect.Plan) -> None:
        super().__init__("chittyos:system:Platform", "platform", {})
        connect = chittyconnect.ChittyConnect(planned, pulumi.ResourceOptions(parent=self))
        self.addresses = [_address(chittyconnect.NAME, connect.host, chittyconnect.HEALTH)]
        self.register_outputs({"addresses": self.addresses})


def build(config: PlatformConfig) -> Platform:
    """Register every system of *config*. What can be refused is refused before the first."""
    return Platform(chittyconnect.plan(config))


def main() -> None:
    """Run the program of the present stack: check, register, export.

    Raises `pulumi.RunError`, which the engine shows as one message without a traceback.
    """
    try:
        config = load(pulumi.get_stack())
        guard.check(config, dry_run=pulumi.runtime.is_dry_run())
        platform = build(config)
    except RefusedError as error:
        raise pulumi.RunError(str(error)) from None
    pulumi.export("environment", str(config.deployment.environment))
    pulumi.export("addresses", platform.addresses)


def _address(system: str, host: str, check: str) -> dict[str, str]:
    return {"system": system, "host": host, "url": f"https://{host}", "check": check}
