"""Tunnels: hosts whose requests go to a service of this machine, as cloudflared would send them.

Hosts and rules can be told while workerd runs; a service that no rule had before starts it anew.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from common.json_types import Json
from local.records.endpoints import LOOPBACK, PORTS
from local.records.model import Cloud
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    modules_of,
    service_binding,
    system_worker,
    told_binding,
)

SERVICE = Path(__file__).parent / "service"
CONTROL: Json = {"name": "TUNNELS", "service": designator("system:tunnels", entrypoint="Control")}


def _hosts(cloud: Cloud) -> list[Json]:
    """List the hosts of tunnels, exact names before wildcards, the longest wildcard first.

    Those that pools lead to stand there by their own names, at which the edge serves nothing.
    """
    known = (*cloud.tunnels, *cloud.pool_tunnels)
    listed = [{"host": each.host, "rules": each.rules} for each in known]
    return sorted(listed, key=lambda each: (each["host"].startswith("*."), -len(each["host"])))


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    origins = dict(_origins(cloud))
    bindings = [
        told_binding("TUNNEL_HOSTS", _hosts(cloud)),
        *(service_binding(f"origin:{service}", f"origin:{service}") for service in origins),
    ]
    return [system_worker("tunnels", modules_of(SERVICE), bindings), *origins.values()]


def _origins(cloud: Cloud) -> Iterator[tuple[str, Json]]:
    """Give a server for each service of this machine, so that it is asked for any host."""
    for tunnel in (*cloud.tunnels, *cloud.pool_tunnels):
        for rule in tunnel.rules or ():
            server = _server(rule)
            if server:
                yield rule["service"], {"name": f"origin:{rule['service']}", "external": server}


def _server(rule: Json) -> Json | None:
    """Return how to speak to the service of *rule*; `None` for one that is not reached here."""
    scheme, _, rest = rule["service"].partition(":")
    if scheme == "unix":
        return {"address": f"unix:{rest}", "http": {}}
    address = urlsplit(rule["service"])
    if scheme not in PORTS or not LOOPBACK.fullmatch(address.hostname or ""):
        return None
    host = f"[{address.hostname}]" if ":" in str(address.hostname) else address.hostname
    place = f"{host}:{address.port or PORTS[scheme]}"
    if scheme == "http":
        return {"address": place, "http": {}}
    return {"address": place, "https": {"tlsOptions": {"trustBrowserCas": True}}}


KIND = RuntimeKind(
    services=_services,
    admin=lambda _: [CONTROL],
    told=lambda cloud, _: {"/tunnels/hosts": _hosts(cloud)},
)
