"""Hosts behind Access that a stack itself has, and the service token that opens each.

A system that reads from such a host is given the token by the engine: nobody has to hand it over,
as between two stacks.
"""

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pulumi

if TYPE_CHECKING:
    from components.access import ServiceToken

_OPENED: WeakKeyDictionary[object, MutableMapping[str, "ServiceToken"]] = WeakKeyDictionary()
"""Tokens by host, by the engine's connection that a run of a program has."""

_KNOWN: dict[str, tuple[str, str]] = {}
"""Id and secret by host, as the last run of a program in this process had them."""


def open_door(host: str, token: "ServiceToken") -> None:
    """Note that *token* lets through to *host*; the note goes with the run of the program."""
    _OPENED.setdefault(pulumi.runtime.settings.get_monitor(), {})[host] = token

    def know(halves: Sequence[str | None]) -> None:
        client_id, secret = halves
        if client_id and secret:
            _KNOWN[host] = (client_id, secret)

    pulumi.Output.all(token.client_id, token.client_secret).apply(know)


def door_to(url: str | None) -> "ServiceToken | None":
    """Return what lets through to the host of *url*; `None` where this stack has no such door."""
    host = urlsplit(url or "").hostname or ""
    return _OPENED.get(pulumi.runtime.settings.get_monitor(), {}).get(host)


def known(host: str) -> tuple[str, str] | None:
    """Return id and secret that let through to *host*, if a program ran here and had them.

    Whoever asks the host right after an `up` need not have the engine open its state for them.
    """
    return _KNOWN.get(host)
