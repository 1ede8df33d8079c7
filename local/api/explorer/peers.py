"""Whose process is at the other end of a connection of this machine."""

import os
import struct
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""Where Linux lists connections, and the users whose they are; other systems have no such files."""

LOCAL, UID = 1, 7
"""Columns: the address of that end, in hexadecimal digits, and the user."""


def is_own(address: str, tables: Iterable[Path] = TABLES) -> bool:
    """Return whether the end *address* (`127.0.0.1:50123`) belongs to the user of this process.

    Where that cannot be known, as on systems without these tables, it does not.
    """
    host, _, port = address.rpartition(":")
    try:
        wanted = {f"{each}:{int(port):04X}" for each in _written(host.strip("[]"))}
    except ValueError:
        return False
    return any(_owners(table, wanted) == {str(os.getuid())} for table in tables if table.exists())


def _owners(table: Path, wanted: set[str]) -> set[str]:
    lines = table.read_text(encoding="ascii").splitlines()[1:]
    columns = (line.split() for line in lines)
    return {each[UID] for each in columns if each[LOCAL] in wanted}


def _written(host: str) -> tuple[str, ...]:
    """Write *host* as the tables do: words of four bytes, in the order of this machine."""
    address = ip_address(host)
    packed = address.packed
    mapped = b"\0" * 10 + b"\xff\xff" + packed
    forms = (packed, mapped) if address.version == 4 else (packed,)  # noqa: PLR2004
    return tuple("".join(f"{word:08X}" for (word,) in struct.iter_unpack("=I", f)) for f in forms)
