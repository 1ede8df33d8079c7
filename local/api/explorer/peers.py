"""Whose process is at the other end of a connection of this machine."""

import os
import struct
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""Where Linux lists connections, and the users whose they are; other systems have no such files."""

LOCAL, REMOTE, UID = 1, 2, 7
"""Columns: the address of that end, of the other end, both in hexadecimal digits, and the user."""


def is_own(address: str, port: int, tables: Iterable[Path] = TABLES) -> bool:
    """Return whether the end *address* (`127.0.0.1:50123`) belongs to the user of this process.

    Its other end is *port*: the same address may have several connections, to other ports, of other
    users. Where it cannot be known whose it is, as on systems without these tables, it is not.
    """
    host, _, own_port = address.rpartition(":")
    try:
        wanted = {f"{each}:{int(own_port):04X}" for each in _written(host.strip("[]"))}
    except ValueError:
        return False
    ends = (end for table in tables if table.exists() for end in _ends(table))
    owners = {end[UID] for end in ends if end[LOCAL] in wanted and _port(end[REMOTE]) == port}
    return owners == {str(os.getuid())}


def _ends(table: Path) -> Iterator[list[str]]:
    return (line.split() for line in table.read_text(encoding="ascii").splitlines()[1:])


def _port(end: str) -> int:
    return int(end.rpartition(":")[2], 16)


def _written(host: str) -> tuple[str, ...]:
    """Write *host* as the tables do: words of four bytes, in the order of this machine."""
    address = ip_address(host)
    packed = address.packed
    mapped = b"\0" * 10 + b"\xff\xff" + packed
    forms = (packed, mapped) if address.version == 4 else (packed,)  # noqa: PLR2004
    return tuple("".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", f)) for f in forms)
