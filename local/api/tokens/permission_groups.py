"""What a token may be allowed to do, as far as this project asks for it (FW-11).

The names are Cloudflare's; the ids are of this API alone, made from the names.
"""

import hashlib

from common.json_types import Json

ACCOUNT = "com.cloudflare.api.account"
ZONE = "com.cloudflare.api.account.zone"
BUCKET = "com.cloudflare.edge.r2.bucket"

_NAMES = {
    ACCOUNT: (
        "Access: Apps and Policies",
        "Access: Service Tokens",
        "Account Analytics",
        "Account Settings",
        "Cloudflare Tunnel",
        "D1",
        "Load Balancing: Monitors and Pools",
        "Notifications",
        "Queues",
        "Workers KV Storage",
        "Workers R2 Storage",
        "Workers Scripts",
    ),
    ZONE: (
        "Access: Apps and Policies",
        "Cache Settings",
        "DNS",
        "Health Checks",
        "HTTP DDoS Managed Ruleset",
        "Load Balancers",
        "SSL and Certificates",
        "Workers Routes",
        "Zone",
        "Zone Settings",
        "Zone WAF",
    ),
    BUCKET: ("Workers R2 Storage Bucket Item",),
}


def _group(scope: str, name: str) -> Json:
    digest = hashlib.sha256(f"{scope} {name}".encode()).hexdigest()
    return {"id": digest[:32], "name": name, "scopes": [scope]}


GROUPS: tuple[Json, ...] = tuple(
    _group(scope, f"{name} {right}")
    for scope, names in _NAMES.items()
    for name in names
    for right in ("Read", "Write")
)


def of_id(group_id: str) -> Json | None:
    """Return the group with this id; `None` for one that this list has not."""
    return next((group for group in GROUPS if group["id"] == group_id), None)
