"""Which permission each request needs, for tokens that were made with policies (FW-11).

The paths are those of the API, and the permissions those that Cloudflare documents for them.
"""

import re
from collections.abc import Mapping

from local.api.http.call import Call
from local.api.http.grants import may, unauthorized
from local.api.http.routing import Operation
from planning.permission_groups import Right, Scope

OF_ACCOUNT, OF_ZONE = "/accounts/{account_id}", "/zones/{zone_id}"

OPEN = (
    re.compile(r"/accounts/\{account_id\}/tokens/verify"),
    re.compile(r"/accounts|/zones"),
    re.compile(r"/local/status"),
    # The handler knows the phase, or the statements.
    re.compile(r"/zones/\{zone_id\}/rulesets.*"),
    re.compile(r"/accounts/\{account_id\}/d1/database/\{database_id\}/(query|raw)"),
)
"""Requests that any token may send: what they answer is about it, or they look themselves."""

ACCOUNT: Mapping[str, tuple[str, ...]] = {
    "/access/(apps|policies)": ("Access: Apps and Policies",),
    "/access/service_tokens": ("Access: Service Tokens",),
    "/access/": ("Access: Organizations, Identity Providers, and Groups",),
    "/alerting/": ("Notifications", "Account Settings"),
    "/analytics_engine/": ("Account Analytics",),
    "/cfd_tunnel": ("Cloudflare Tunnel",),
    "/d1/": ("D1",),
    "/load_balancers/": ("Load Balancing: Monitors and Pools",),
    "/queues": ("Queues", "Workers Scripts"),
    "/r2/": ("Workers R2 Storage",),
    "/rules/lists": ("Account Rule Lists",),
    "/storage/kv/": ("Workers KV Storage",),
    "/tokens": ("Account API Tokens",),
    "/workers/observability/": (),  # that of Workers Observability has no id that is public
    "/workers/scripts/[^/]+/tails": ("Workers Tail", "Workers Scripts"),
    "/workers/": ("Workers Scripts",),
    "": (
        "Account Settings",
        "Load Balancing: Monitors and Pools",
        "Workers KV Storage",
        "Workers R2 Storage",
        "Workers Scripts",
        "Workers Tail",
    ),
}
"""How a path below the account begins → permissions of which one is enough; the first counts."""

ZONE: Mapping[str, tuple[str, ...]] = {
    "/(argo|cache)/": ("Zone Settings", "Zone"),
    "/(dns_records|dnssec)": ("DNS",),
    "/healthchecks": ("Health Checks",),
    "/load_balancers": ("Load Balancers",),
    "/settings": ("Zone Settings",),
    "/(ssl|hostnames)/": ("SSL and Certificates",),
    "/subscription": (),
    "/workers/routes": ("Workers Routes",),
    "": ("Zone", "Zone Settings", "DNS", "Workers Routes"),
}
"""The same for a path below a zone. What a plan costs is nothing that a token here opens."""

READS = re.compile(r".*/(bulk/get|analytics_engine/sql|tails|tails/\{tail_id\})")
"""Requests that change nothing, whatever their method."""

WRITES = re.compile(r".*/cfd_tunnel/\{tunnel_id\}/token")
"""What a GET shows to those who may write alone."""


def check(call: Call, operation: Operation) -> None:
    """Refuse *call* when its token lacks every permission that opens *operation*."""
    path = operation.path
    if call.token is None or any(each.fullmatch(path) for each in OPEN):
        return
    scope, names = _permissions(path)
    right = _right(operation)
    if scope is None or not any(may(call, name, scope, right) for name in names):
        raise unauthorized()


def _permissions(path: str) -> tuple[Scope | None, tuple[str, ...]]:
    if path.startswith(OF_ACCOUNT):
        return "account", _named(ACCOUNT, path.removeprefix(OF_ACCOUNT))
    if path.startswith(OF_ZONE):
        return "zone", _named(ZONE, path.removeprefix(OF_ZONE))
    return None, ()


def _named(table: Mapping[str, tuple[str, ...]], rest: str) -> tuple[str, ...]:
    return next(names for begin, names in table.items() if re.match(begin, rest))


def _right(operation: Operation) -> Right:
    if WRITES.fullmatch(operation.path):
        return "Write"
    is_read = operation.method == "GET" or READS.fullmatch(operation.path)
    return "Read" if is_read else "Write"
