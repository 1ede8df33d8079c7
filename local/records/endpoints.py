"""Servers of this machine, which pools of origins lead to and health checks ask."""

import re

LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")
PORTS = {"http": 80, "https": 443}


def endpoint(address: str, scheme: str, port: int = 0) -> str | None:
    """Return the URL of *address* on this machine; `None` for every other address.

    A *port* of 0 is that of *scheme*.
    """
    if not LOOPBACK.fullmatch(address):
        return None
    host = f"[{address}]" if ":" in address else address
    return f"{scheme}://{host}:{port or PORTS[scheme]}"
