"""Permission groups of API tokens: Cloudflare's names and ids, and a read that shows each (FW-11).

Names and ids are what `GET /accounts/{account_id}/tokens/permission_groups` answers everywhere.
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["account", "zone", "bucket"]
Right = Literal["Read", "Write"]

SCOPES: dict[Scope, str] = {
    "account": "com.cloudflare.api.account",
    "zone": "com.cloudflare.api.account.zone",
    "bucket": "com.cloudflare.edge.r2.bucket",
}
"""What a permission is given for, by the name that Cloudflare has for it."""


@dataclass(frozen=True)
class Family:
    """Two permission groups of one name: one that reads, one that writes and reads."""

    name: str
    scope: Scope
    read_id: str
    write_id: str = ""
    """Default: there is none that writes."""

    probe: str | None = None
    """Path of a GET that whoever may read is answered, below the account or the zone. Default:
    there is none that only this permission opens."""

    def id(self, right: Right) -> str:
        """Return Cloudflare's id of the group with this *right*."""
        return self.read_id if right == "Read" else self.write_id


FAMILIES = (
    Family(
        "Access: Apps and Policies",
        "account",
        "7ea222f6d5064cfa89ea366d7c1fee89",
        "1e13c5124ca64b72b1969a67e8829049",
        "/access/apps",
    ),
    Family(
        "Access: Organizations, Identity Providers, and Groups",
        "account",
        "26bc23f853634eb4bff59983b9064fde",
        "bfe0d8686a584fa680f4c53b5eb0de6d",
        "/access/groups",
    ),
    Family(
        "Access: Service Tokens",
        "account",
        "91f7ce32fa614d73b7e1fc8f0e78582b",
        "a1c0fec57cf94af79479a6d827fa518c",
        "/access/service_tokens",
    ),
    Family(
        "Account API Tokens",
        "account",
        "eb56a6953c034b9d97dd838155666f06",
        "5bc3f8b21c554832afc660159ab75fa4",
        "/tokens",
    ),
    Family("Account Analytics", "account", "b89a480218d04ceb98b4fe57ca29dc1f"),
    Family(
        "Account Rule Lists",
        "account",
        "4f1071168de8466e9808de86febfc516",
        "2edbf20661fd4661b0fe10e9e12f485c",
        "/rules/lists",
    ),
    Family(
        "Account Settings",
        "account",
        "c1fde68c7bcc44588cbb6ddbc16d6480",
        "1af1fa2adc104452b74a9a3364202f20",
    ),
    Family(
        "Cloudflare Tunnel",
        "account",
        "efea2ab8357b47888938f101ae5e053f",
        "c07321b023e944ff818fec44d8203567",
        "/cfd_tunnel",
    ),
    Family(
        "D1",
        "account",
        "192192df92ee43ac90f2aeeffce67e35",
        "09b2857d1c31407795e75e3fed8617a1",
        "/d1/database",
    ),
    Family(
        "Load Balancing: Monitors and Pools",
        "account",
        "9d24387c6e8544e2bc4024a03991339f",
        "d2a1802cc9a34e30852f8b33869b2f3c",
        "/load_balancers/pools",
    ),
    Family(
        "Notifications",
        "account",
        "ce18edbdcebf465e9d6d1d2fc80ffd42",
        "c3c847c5802d4ce3ba00e3e97b3c8555",
        "/alerting/v3/policies",
    ),
    Family(
        "Queues",
        "account",
        "84a7755d54c646ca87cd50682a34bf7c",
        "366f57075ffc42689627bcf8242a1b6d",
        "/queues",
    ),
    Family(
        "Workers KV Storage",
        "account",
        "8b47d2786a534c08a1f94ee8f9f599ef",
        "f7f0eda5697f475c90846e879bab8666",
        "/storage/kv/namespaces",
    ),
    Family(
        "Workers R2 Storage",
        "account",
        "b4992e1108244f5d8bfbd5744320c2e1",
        "bf7481a1826f439697cb59a20b22293e",
        "/r2/buckets",
    ),
    Family(
        "Workers Scripts",
        "account",
        "1a71c399035b4950a1bd1466bbe4f420",
        "e086da7e2179491d91ee5f35b3ca210a",
        "/workers/scripts",
    ),
    Family("Workers Tail", "account", "05880cd1bdc24d8bae0be2136972816b"),
    Family(
        "Cache Settings",
        "zone",
        "3245da1cf36c45c3847bb9b483c62f97",
        "9ff81cbbe65c400b97d92c3c1033cab6",
        "/rulesets/phases/http_request_cache_settings/entrypoint",
    ),
    Family(
        "DNS",
        "zone",
        "82e64a83756745bbbb1c9c2701bf816b",
        "4755a26eedb94da69e1066d98aa820be",
        "/dns_records",
    ),
    Family(
        "Health Checks",
        "zone",
        "fac65912d42144aa86b7dd33281bf79e",
        "e0dc25a0fbdf4286b1ea100e3256b0e3",
        "/healthchecks",
    ),
    Family(
        "HTTP DDoS Managed Ruleset",
        "zone",
        "c49f8d15f9f44885a544d945ef5aa6ae",
        "b88a3aa889474524bccea5cf18f122bf",
        "/rulesets/phases/ddos_l7/entrypoint",
    ),
    Family(
        "Load Balancers",
        "zone",
        "e9a975f628014f1d85b723993116f7d5",
        "6d7f2f5f5b1d4a0e9081fdc98d432fd1",
        "/load_balancers",
    ),
    Family(
        "SSL and Certificates",
        "zone",
        "7b7216b327b04b8fbc8f524e1f9b7531",
        "c03055bc037c4ea9afb9a9f104b7b721",
        "/ssl/universal/settings",
    ),
    Family(
        "Workers Routes",
        "zone",
        "2072033d694d415a936eaeb94e6405b8",
        "28f4b596e7d643029c524985477ae49a",
        "/workers/routes",
    ),
    Family(
        "Zone",
        "zone",
        "c8fed203ed3043cba015a93ad1616f1f",
        "e6d2666161e84845a636613608cee8d5",
        "",
    ),
    Family(
        "Zone Settings",
        "zone",
        "517b21aee92c4d89936c976ba6e4be55",
        "3030687196b94b638145a3953da2b699",
        "/settings/min_tls_version",
    ),
    Family(
        "Zone Transform Rules",
        "zone",
        "211a4c0feb3e43b3a2d41f1443a433e7",
        "0ac90a90249747bca6b047d97f0803e9",
        "/rulesets/phases/http_response_headers_transform/entrypoint",
    ),
    Family(
        "Zone WAF",
        "zone",
        "dbc512b354774852af2b5a5f4ba3d470",
        "fb6778dc191143babbfaa57993f1d275",
        "/rulesets/phases/http_request_firewall_custom/entrypoint",
    ),
    Family(
        "Workers R2 Storage Bucket Item",
        "bucket",
        "6a018a9f2fc74eb6b293b0c548f38b39",
        "2efd5506f9c8494dacb1fa10a3e7d5b6",
    ),
)

OF_PHASE = {
    "ddos_l7": "HTTP DDoS Managed Ruleset",
    "http_ratelimit": "Zone WAF",
    "http_request_cache_settings": "Cache Settings",
    "http_request_firewall_custom": "Zone WAF",
    "http_request_firewall_managed": "Zone WAF",
    "http_request_late_transform": "Zone Transform Rules",
    "http_request_transform": "Zone Transform Rules",
    "http_response_headers_transform": "Zone Transform Rules",
}
"""Phase of a ruleset → the family that opens it. Cloudflare's documentation names, beside the page
of each product, all of them for any ruleset; a token with one of them edits its own phases."""


def family(name: str, scope: Scope) -> Family:
    """Return the family of this *name* and *scope*; raises `KeyError` where none is known."""
    for each in FAMILIES:
        if (each.name, each.scope) == (name, scope):
            return each
    raise KeyError(f"{name} ({scope})")
