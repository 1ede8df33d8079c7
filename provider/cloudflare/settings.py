"""The configuration of the provider: where the API is and which token it takes."""

import ipaddress
import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.json_types import Json
from provider.errors import PluginError
from provider.values import UNKNOWN

_TOKEN = re.compile(r"[0-9A-Za-z_-]{40,80}")
_EXAMPLE = "http://127.0.0.1:4400/client/v4"


@dataclass(frozen=True)
class Settings:
    """A checked configuration. *base_url* is loopback."""

    base_url: str
    token: str


def base_url(configured: Json) -> str:
    """Return the base URL of the stack or the environment; `PluginError` unless it is loopback."""
    given = configured.get("baseUrl") or os.environ.get("CLOUDFLARE_BASE_URL") or ""
    if given == UNKNOWN:
        raise PluginError("cloudflare:baseUrl is not known yet; the stand-in plugin needs it now")
    parts = _parts(given)
    if parts is None or parts[0] not in {"http", "https"} or not _loopback(parts[1]):
        shown = f", not to '{given}'" if given else ""
        raise PluginError(
            f"the stand-in plugin talks to a local Cloudflare only{shown}; "
            f"set cloudflare:baseUrl to its address, {_EXAMPLE}, or use the official plugin"
        )
    return str(given)


def read(configured: Json) -> Settings:
    """Return the settings; `PluginError` says what is missing. *configured* is opened."""
    url = base_url(configured)
    token = configured.get("apiToken") or os.environ.get("CLOUDFLARE_API_TOKEN") or ""
    if not _TOKEN.fullmatch(str(token)):
        raise PluginError(
            "the stand-in plugin needs the API token of the local Cloudflare: set "
            "CLOUDFLARE_API_TOKEN to 40 to 80 letters, digits, '_' or '-'"
        )
    return Settings(base_url=url, token=str(token))


def _parts(given: str) -> tuple[str, str] | None:
    try:
        split = urlsplit(given)
    except ValueError:
        return None
    return split.scheme, split.hostname or ""


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
