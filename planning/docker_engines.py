"""Docker Engines: where one is reached, and how it writes what it is told."""

import posixpath
import re

from planning.refusals import RefusedError

_SSH = re.compile(
    r"ssh://[a-z_][a-z0-9_-]{0,31}@(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:]+\])"
    r"(?::(?P<port>[1-9]\d{0,4}))?"
)
_SOCKET = re.compile(r"unix://(?P<path>/[\w./+-]+)", re.ASCII)
LARGEST_PORT = 65535
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600


def check_engine(address: str) -> str:
    """Return *address*, `ssh://user@host[:port]` or `unix:///socket`. Raises `RefusedError`.

    Plain TCP is refused: whoever reaches such a port is root on the host.
    """
    ssh, socket = _SSH.fullmatch(address), _SOCKET.fullmatch(address)
    if ssh and int(ssh["port"] or 1) <= LARGEST_PORT:
        return address
    if socket and posixpath.normpath(socket["path"]) == socket["path"]:
        return address
    raise RefusedError(
        f"{address!r} is no address of a Docker Engine; it is ssh://user@host, with :port where "
        f"that is not 22, or unix:///var/run/docker.sock"
    )


def is_local(address: str) -> bool:
    """Return whether the engine at *address* is on this machine."""
    return address.startswith("unix://")


def duration(seconds: int) -> str:
    """Write *seconds* as the engine gives them back: `30s`, `1m0s`, `1h0m0s`.

    Any other form of the same time shows as a change in each preview.
    """
    hours, rest = divmod(seconds, SECONDS_AN_HOUR)
    minutes, left = divmod(rest, SECONDS_A_MINUTE)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"
