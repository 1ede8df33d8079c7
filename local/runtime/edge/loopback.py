"""Addresses of this machine that a worker may reach: those that its plain-text variables name."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from local.records.model import Worker

PORTS = {"http": 80, "https": 443}


def declared(worker: Worker) -> list[str]:
    """List the loopback addresses in the variables of *worker*, as `host:port`, sorted."""
    texts = [each["text"] for each in worker.bindings if each["type"] == "plain_text"]
    found = {address for text in texts if (address := _loopback(text)) is not None}
    return sorted(found)


def _loopback(text: str) -> str | None:
    """Return the address of a URL on loopback, `None` for every other text."""
    try:
        url = urlsplit(text.strip())
        port = url.port or PORTS[url.scheme]
    except (ValueError, KeyError):
        return None
    return f"{_written(url)}:{port}" if _is_loopback(url.hostname or "") else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _written(url: SplitResult) -> str:
    """Write the host as a worker's `URL` does."""
    host = url.hostname or ""
    return f"[{host}]" if ":" in host else host
