"""Tunnels, what they lead to, and the DNS records that point at them."""

from types import MappingProxyType

from provider.cloudflare.table import Resource, call
from provider.cloudflare.wire import Names

_TUNNELS = "/accounts/{accountId}/cfd_tunnel"
_CONFIGURATION = f"{_TUNNELS}/{{tunnelId}}/configurations"
_RECORDS = "/zones/{zoneId}/dns_records"
_NO_TUNNEL, _NO_RECORD = 1003, 81044

_AS_CLOUDFLARED = Names(
    style="camel",
    odd=MappingProxyType(
        {
            "ingresses": "ingress",
            "audTags": "audTag",
            "matchSnItoHost": "matchSNItoHost",
            "accountId": "account_id",
            "tunnelId": "tunnel_id",
            "createdAt": "created_at",
        }
    ),
)
"""A configuration is passed on to cloudflared as it is, so its names are those of cloudflared."""

TUNNEL = Resource(
    name="ZeroTrustTunnelCloudflared",
    create=call(f"POST {_TUNNELS}"),
    read=call(f"GET {_TUNNELS}/{{id}}"),
    update=call(f"PATCH {_TUNNELS}/{{id}}"),
    delete=call(f"DELETE {_TUNNELS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_TUNNEL}),
    identity={"id": "id"},
    imports="{accountId}/{id}",
    replace=frozenset({"accountId"}),
    replace_if_set=frozenset({"configSrc"}),
    delete_before_replace=True,  # a name is given once
    unread=frozenset({"configSrc", "tunnelSecret"}),
    answer=Names(json_text=frozenset({"metadata"})),
    fixed=frozenset({"accountTag", "createdAt", "tunType"}),
)

CONFIGURATION = Resource(
    name="ZeroTrustTunnelCloudflaredConfig",
    create=call(f"PUT {_CONFIGURATION}"),
    read=call(f"GET {_CONFIGURATION}"),
    update=call(f"PUT {_CONFIGURATION}"),
    id="{tunnelId}",
    gone=frozenset({_NO_TUNNEL}),
    identity={"tunnel_id": "tunnelId"},
    imports="{accountId}/{tunnelId}",
    replace=frozenset({"accountId", "tunnelId"}),
    request=_AS_CLOUDFLARED,
    answer=_AS_CLOUDFLARED,
    unread=frozenset({"source"}),
)

RECORD = Resource(
    name="DnsRecord",
    create=call(f"POST {_RECORDS}"),
    read=call(f"GET {_RECORDS}/{{id}}"),
    update=call(f"PUT {_RECORDS}/{{id}}"),
    delete=call(f"DELETE {_RECORDS}/{{id}}"),
    id="{id}",
    gone=frozenset({_NO_RECORD}),
    identity={"id": "id"},
    imports="{zoneId}/{id}",
    replace=frozenset({"zoneId", "type"}),
    answer=Names(json_text=frozenset({"meta"})),
    fixed=frozenset({"createdOn"}),
)

RESOURCES = (TUNNEL, CONFIGURATION, RECORD)
