"""Addresses that others are told or that secrets go to: of pages, of the S3 API, of 1Password."""

import re
from contextlib import suppress
from urllib.parse import urlsplit

from planning.names import HOST
from planning.origins import check_allowed_origin
from planning.refusals import RefusedError

LOCALHOST = "localhost"
LOOPBACK = frozenset({"127.0.0.1", "::1", LOCALHOST})
USUAL_PORTS = {"https": 443, "http": 80}

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?")
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]+)?(?:/[^\s?#@\\\x00-\x1f\x7f]*)?"
)
_LOCAL = re.compile(
    r"http://(?:127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]{0,4})(?:/[^\s?#@\\\x00-\x1f\x7f]*)?"
)
_LARGEST_PORT = 65_535
_BESIDE_API = 2
"""Ports that the local Cloudflare takes after that of its API."""


def check_origin(text: str) -> str:
    """Give the origin of a page back as browsers write it, or refuse what none would ever send."""
    found = _ORIGIN.fullmatch(text)
    scheme, host, port = found.groups() if found else ("", "", None)
    local = host == LOCALHOST or host.endswith(f".{LOCALHOST}")
    if not _is_host(host) or (scheme == "http" and not local) or not _is_own_port(scheme, port):
        raise RefusedError(
            "an origin is one https://host[:port], in small letters, without a path, a wildcard or "
            "the usual port; http:// only for localhost"
        )
    return check_allowed_origin(text)


def check_page(origin: str, *, loopback: bool) -> None:
    """Refuse an *origin* that any program of a visitor could have; *loopback*: not on this machine.

    A page of localhost is whatever runs on the machine of the person who looks at it.
    """
    if not loopback and _is_loopback(_host(origin)):
        raise RefusedError(
            f"{origin!r} is whatever runs on a visitor's own machine, and for development only; "
            f"name the page's own https:// host, or remove it"
        )


def check_address(text: str) -> str:
    """Give an address back without slashes at its end, or refuse what names no host."""
    if not _ADDRESS.fullmatch(text) or not _is_host(_host(text)):
        raise RefusedError("an address is http(s)://host[:port][/path], without user or query")
    return text.rstrip("/")


def check_transport(address: str, *, loopback: bool) -> None:
    """Refuse an *address* that secrets would go to in clear; *loopback*: not on this machine."""
    if address.startswith("https://") or (loopback and _is_loopback(_host(address))):
        return
    raise RefusedError(
        f"http://{_host(address)} would carry secrets in clear; write https://, "
        f"for http:// is for loopback addresses of development only"
    )


def local_port(address: object) -> int:
    """Name the port of the local Cloudflare at *address*, or refuse what is no such address."""
    found = _LOCAL.fullmatch(address) if isinstance(address, str) else None
    if not found or int(found[1]) > _LARGEST_PORT - _BESIDE_API:
        raise RefusedError(
            f"the local Cloudflare has an address on loopback with a port up to "
            f"{_LARGEST_PORT - _BESIDE_API}; set it to http://127.0.0.1:<port>/client/v4"
        )
    return int(found[1])


def _host(address: str) -> str:
    """Name the host of *address*; nothing where there is none, or a port that is none."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return (parts.hostname or "") if parts.port != 0 else ""
    return ""


def _is_host(name: str) -> bool:
    return name in LOOPBACK or bool(len(name) <= HOST.longest and re.fullmatch(HOST.pattern, name))


def _is_loopback(host: str) -> bool:
    return host in LOOPBACK or host.endswith(f".{LOCALHOST}")


def _is_own_port(scheme: str, port: str | None) -> bool:
    return port is None or (int(port) <= _LARGEST_PORT and int(port) != USUAL_PORTS[scheme])
