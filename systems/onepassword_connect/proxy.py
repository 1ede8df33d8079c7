"""The configuration of the proxy before Connect: what of it depends on where it runs."""

import re
from dataclasses import dataclass
from pathlib import Path

from planning.refusals import RefusedError

CONFIGURATION = Path(__file__).resolve().parent / "files" / "nginx.conf"
_PLACE = re.compile(r"@([a-z]+)@")
_VALUE = re.compile(r"[A-Za-z0-9./:_-]+")


@dataclass(frozen=True)
class Proxy:
    """Where the proxy listens, whom it believes and whom it asks."""

    edge: str
    """Address and port that cloudflared reaches."""

    monitoring: str
    """Address and port of its own figures, on another network."""

    trusted: str
    """The one whose CF-Connecting-IP is believed: an address or a network."""

    connect: str
    """Address, or name, and port of the API of Connect."""

    health: str
    """Address, or name, and port of the aggregator."""

    requests: int = 100
    """Requests a minute that a client may make. Default: 100."""

    burst: int = 20
    """Requests that may come at once beyond them. Default: 20."""

    kept: int = 5
    """Seconds that a list is kept for its token, so those for which a revoked token still reads
    lists. Default: 5; 0 keeps none."""

    folder: str = "/tmp"  # noqa: S108 - inside of the container, in memory
    """Folder for all that it writes. Default: /tmp of the container."""


def nginx_configuration(proxy: Proxy) -> str:
    """Return the configuration file. Raises `RefusedError` for a value that would change more."""
    return _PLACE.sub(lambda place: _value(proxy, place[1]), CONFIGURATION.read_text())


def _value(proxy: Proxy, name: str) -> str:
    value = str(getattr(proxy, name))
    if not _VALUE.fullmatch(value):
        raise RefusedError(f"the proxy's {name} is {value!r}; it is letters, digits and . / : _ -")
    return value
