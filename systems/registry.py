"""Every system of the platform, a line each; the order is that of messages and documents."""

from systems.chittyconnect.system import SYSTEM as CHITTYCONNECT
from systems.system import AnySystem

SYSTEMS: tuple[AnySystem, ...] = (CHITTYCONNECT,)


def system_named(name: str) -> AnySystem:
    """Return the system *name*; `KeyError` when there is none."""
    return next(system for system in SYSTEMS if system.name == name)
