"""What of a system is rotated by one command (`ops rotate`): its secrets and service tokens."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

PLATFORM_TOKENS = "access-token-"
"""Begins the names of the resources of the service tokens of `chittyos:access`."""


def no_gap(_: Any) -> str:
    """Know of no gap."""
    return ""


def nobody(_: Any) -> Collection[str]:
    """Know of nobody."""
    return ()


@dataclass(frozen=True)
class SecretRotation:
    """Another value for a secret of the system."""

    what: str
    """What it is, for people: "the credentials of the Connect server"."""

    secret: str
    """Name of the secret."""

    make: Callable[[], str] | None = None
    """Makes the value. Default: whoever rotates brings it along."""

    previous: str = ""
    """Name of the secret that keeps the value before. Default: it is not kept."""

    each: str = ""
    """Name of the secret that has one value for each of several (`--for`): a JSON object. Default:
    there is none."""

    previous_each: str = ""
    """Name of the secret that keeps those before. Default: they are not kept."""

    members: Callable[[Any], Collection[str]] = nobody
    """Tells by the settings who may have one of those. Default: nobody."""

    is_bearer: bool = False
    """Whether the chain of the system is asked by it, so that it is tried before it is set.
    Default: it is not."""

    gap: Callable[[Any], str] = no_gap
    """Says of the settings why requests fail meanwhile; "" where none does. Default: none does."""

    host: str = ""
    """Where the block says the host that is reached by it, to which the chains of other stacks
    lead: `host`. They are gone through afterwards. Default: other stacks reach nothing by it."""

    left: str = ""
    """What is left to do by hand. Default: nothing."""


@dataclass(frozen=True)
class TokenRotation:
    """Another secret for a service token of Access; the one before it is taken for a while."""

    what: str
    """What it is, for people."""

    setting: str
    """Where the block has its `secret_version` and `previous_until`: `service_token`."""

    resource: str
    """Name of its resource."""

    host: str = ""
    """Where the block says the host that it opens to other stacks, whose chains lead there:
    `host`. Default: those who present it are given it by hand."""


Rotation = SecretRotation | TokenRotation
