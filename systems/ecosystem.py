"""What a deployment rests on, and what is somebody else's to deploy (ID-5)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service that has to be well before anything is deployed."""

    name: str
    """Its name for people."""

    variable: str
    """The variable of CI that has its address."""

    is_needed: bool = True
    """Whether nothing is deployed while it is down. Default: nothing is."""


SERVICES = (
    Service("gateway", "GATEWAY_SERVICE"),
    Service("id", "CHITTYID_SERVICE"),
    Service("registry", "REGISTRY_SERVICE", is_needed=False),
)
