"""Load balancers: hosts whose requests go to the origins of pools, and who asks those for health.

Balancers, pools and what is known of their health can be told while workerd runs; a server of this
machine that none had before starts it anew.
"""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from common.json_types import Json
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
CONTROL: Json = {
    "name": "BALANCERS",
    "service": designator("system:balancers", entrypoint="Control"),
}
PROBER: Json = {"name": "PROBER", "service": designator("system:balancers", entrypoint="Prober")}


def _table(cloud: Cloud) -> Json:
    return {
        "balancers": [asdict(each) for each in cloud.balancers],
        "pools": {each.id: each.settings for each in cloud.pools},
    }


def _services(cloud: Cloud, _account: Account) -> list[Json]:
    bindings = [
        told_binding("BALANCING", _table(cloud)),
        service_binding("EDGE", "system:entry"),
        {"name": "ORIGIN", "service": designator("system:entry", entrypoint="Origin")},
        {"name": "TUNNELS", "service": designator("system:tunnels", entrypoint="Named")},
        *(service_binding(f"endpoint:{each}", f"endpoint:{each}") for each in cloud.endpoints),
    ]
    servers = [_server(each) for each in cloud.endpoints]
    return [system_worker("balancers", modules_of(SERVICE), bindings), *servers]


def _server(url: str) -> Json:
    """Render a server of its own for each, so that it is asked for any host."""
    address = urlsplit(url)
    https: Json = {"https": {"tlsOptions": {"trustBrowserCas": True}}}
    protocol = https if address.scheme == "https" else {"http": {}}
    return {"name": f"endpoint:{url}", "external": {"address": address.netloc, **protocol}}


KIND = RuntimeKind(
    services=_services,
    admin=lambda _: [CONTROL, PROBER],
    told=lambda cloud, _: {"/balancers/table": _table(cloud)},
)
