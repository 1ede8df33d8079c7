"""Tunnels: hosts whose requests go to a service of this machine, as cloudflared would send them.

Hosts and rules can be told while workerd runs; a service that no rule had before starts it anew.
A service whose name means something elsewhere only (`http://nginx:8080`) is reached where the
account says that it is on this machine.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from common.json_types import Json
from local.records.endpoints import LOOPBACK, PORTS
from local.records.model import Cloud
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.environment import Account
from local.runtime.configuration.runtime_kind import RuntimeKind
from local.runtime.configuration.services import (
    designator,
    service_binding,
    system_worker,
    told_binding,
)
from local.runtime.edge.keys import public_key

RUNTIME = Path(__file__).parents[1]
MAIN = "tunnels/service/index.mjs"
OTHERS = (
    "edge/access/tokens.mjs",
    "tunnels/service/access_check.mjs",
    "tunnels/service/ingress.mjs",
)
"""Modules by their paths, so that they find each other."""

CONTROL: Json = {"name": "TUNNELS", "service": designator("system:tunnels", entrypoint="Control")}


def _hosts(cloud: Cloud) -> list[Json]:
    """List the hosts of tunnels, exact names before wildcards, the longest wildcard first.

    Those that pools lead to stand there by their own names, at which the edge serves nothing.
    """
    known = (*cloud.tunnels, *cloud.pool_tunnels)
    listed = [{"host": each.host, "rules": each.rules} for each in known]
    return sorted(listed, key=lambda each: (each["host"].startswith("*."), -len(each["host"])))


def _services(cloud: Cloud, account: Account) -> list[Json]:
    origins = {**dict(_beside(account)), **dict(_origins(cloud, account))}
    bindings = [
        told_binding("TUNNEL_HOSTS", _hosts(cloud)),
        told_binding("TUNNEL_ACCESS", _access(cloud, account)),
        *(service_binding(f"origin:{service}", f"origin:{service}") for service in origins),
    ]
    modules = [{"name": path, "esModule": Embed(RUNTIME / path)} for path in (MAIN, *OTHERS)]
    return [system_worker("tunnels", modules, bindings), *origins.values()]


def _access(cloud: Cloud, account: Account) -> Json:
    """Tell whose tokens are taken: those of the account's own team."""
    key = public_key(account.access_key) if cloud.access.team else None
    return {"team": cloud.access.team, "key": key}


def _beside(account: Account) -> Iterator[tuple[str, Json]]:
    """Give a server for each service that is elsewhere by name, and here for this account."""
    for service, address in account.tunnel_services.items():
        yield service, {"name": f"origin:{service}", "external": {"address": address, "http": {}}}


def _origins(cloud: Cloud, account: Account) -> Iterator[tuple[str, Json]]:
    """Give a server for each service of this machine, so that it is asked for any host."""
    for tunnel in (*cloud.tunnels, *cloud.pool_tunnels):
        for rule in tunnel.rules or ():
            server = None if rule["service"] in account.tunnel_services else _server(rule)
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
    told=lambda cloud, account: {
        "/tunnels/hosts": _hosts(cloud),
        "/tunnels/access": _access(cloud, account),
    },
)
