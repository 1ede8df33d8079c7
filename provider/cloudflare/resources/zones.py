"""What a zone has one of, and what its hosts and certificates are.

A setting of a zone is always there: nothing but the zone can be gone, so no code says so.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from common.json_types import Json
from provider.cloudflare.table import Request, Resource, call

if TYPE_CHECKING:
    from provider.cloudflare.client import Client

_SETTING = "/zones/{zoneId}/settings/{settingId}"
_DNSSEC = "/zones/{zoneId}/dnssec"
_UNIVERSAL = "/zones/{zoneId}/ssl/universal/settings"
_TIERED = "/zones/{zoneId}/argo/tiered_caching"
_SMART = "/zones/{zoneId}/cache/tiered_cache_smart_topology_enable"
_HOST = "/zones/{zoneId}/hostnames/settings/{settingId}/{hostname}"
_PACKS = "/zones/{zoneId}/ssl/certificate_packs"
_ALWAYS_THERE: frozenset[int] = frozenset()
_NO_HOST, _NO_PACK = 17405, 17406
"""Of the local API alone: public sources name no code of these."""

_ZONE = frozenset({"zoneId"})
_UNDER_WAY = {"pending": "active", "pending-disabled": "disabled"}


def _meant(want: Any, have: Any) -> Any:
    """Take what is on its way for what is there: the registrar is slow."""
    return want if _UNDER_WAY.get(have, have) == want else have


def _contained(want: Any, have: Any) -> Any:
    """Compare hosts in no order."""
    both = isinstance(want, list) and isinstance(have, list)
    return want if both and sorted(want) == sorted(have) else have


async def _fetch_host(client: "Client", resource: Resource, place: Json) -> Json | None:
    """Read the setting of a host: by the API's types its answer is a list of one."""
    request = Request(resource.read.method, resource.read.url(place))
    answer = await client.result(request)
    found = answer[0] if isinstance(answer, list) and answer else answer
    if not isinstance(found, dict) or not found:
        raise client.strange(f"{request} answered without a setting")
    return found


SETTING = Resource(
    name="ZoneSetting",
    create=call(f"PATCH {_SETTING}"),
    read=call(f"GET {_SETTING}"),
    update=call(f"PATCH {_SETTING}"),
    id="{settingId}",
    gone=_ALWAYS_THERE,
    identity={"id": "settingId"},
    imports="{zoneId}/{settingId}",
    replace=frozenset({"zoneId", "settingId"}),
)

HOSTNAME_TLS = Resource(
    name="HostnameTlsSetting",
    create=call(f"PUT {_HOST}"),
    read=call(f"GET {_HOST}"),
    update=call(f"PUT {_HOST}"),
    delete=call(f"DELETE {_HOST}"),
    id="{hostname}",
    gone=frozenset({_NO_HOST}),
    identity={"hostname": "hostname"},
    imports="{zoneId}/{settingId}/{hostname}",
    replace=frozenset({"zoneId", "settingId", "hostname"}),
    fixed=frozenset({"createdAt"}),
    fetch=_fetch_host,
)

UNIVERSAL = Resource(
    name="UniversalSslSetting",
    create=call(f"PATCH {_UNIVERSAL}"),
    read=call(f"GET {_UNIVERSAL}"),
    update=call(f"PATCH {_UNIVERSAL}"),
    id="{zoneId}",
    gone=_ALWAYS_THERE,
    imports="{zoneId}",
    replace=_ZONE,
)

DNSSEC = Resource(
    name="ZoneDnssec",
    create=call(f"PATCH {_DNSSEC}"),
    read=call(f"GET {_DNSSEC}"),
    update=call(f"PATCH {_DNSSEC}"),
    delete=call(f"DELETE {_DNSSEC}"),
    before_delete=MappingProxyType({"status": "disabled"}),
    id="{zoneId}",
    gone=_ALWAYS_THERE,
    imports="{zoneId}",
    replace=_ZONE,
    reconcile=MappingProxyType({"status": _meant}),
)

PACK = Resource(
    name="CertificatePack",
    create=call(f"POST {_PACKS}/order"),
    read=call(f"GET {_PACKS}/{{id}}"),
    delete=call(f"DELETE {_PACKS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_PACK}),
    identity={"id": "id"},
    imports="{zoneId}/{id}",
    reconcile=MappingProxyType({"hosts": _contained}),
)

TIERED = Resource(
    name="ArgoTieredCaching",
    create=call(f"PATCH {_TIERED}"),
    read=call(f"GET {_TIERED}"),
    update=call(f"PATCH {_TIERED}"),
    id="{zoneId}",
    gone=_ALWAYS_THERE,
    imports="{zoneId}",
    replace=_ZONE,
)

SMART = Resource(
    name="TieredCache",
    create=call(f"PATCH {_SMART}"),
    read=call(f"GET {_SMART}"),
    update=call(f"PATCH {_SMART}"),
    delete=call(f"DELETE {_SMART}"),
    id="{zoneId}",
    gone=_ALWAYS_THERE,
    imports="{zoneId}",
    replace=_ZONE,
)

RESOURCES = (SETTING, HOSTNAME_TLS, UNIVERSAL, DNSSEC, PACK, TIERED, SMART)
