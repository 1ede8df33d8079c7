"""What an API token has to be allowed so that a stack can be deployed, from its resources (FW-11).

A table from the type of a resource to families of permissions. Types that Cloudflare's plugin has
are held to the permissions that its SDK documents for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planning.exposure.graph import Resource
from planning.permission_groups import OF_PHASE, SCOPES, Family, Right, Scope, family
from planning.refusals import RefusedError
from planning.token_policies import ALL, ALLOW, Policy, allows

CLOUDFLARE = "cloudflare:"
DYNAMIC = "pulumi-python:dynamic/chittyos:"
ANALYTICS = "analytics_engine"

_SCRIPTS: tuple[tuple[str, Scope], ...] = (("Workers Scripts", "account"),)
_R2: tuple[tuple[str, Scope], ...] = (("Workers R2 Storage", "account"),)
_QUEUES: tuple[tuple[str, Scope], ...] = (("Queues", "account"),)
_TLS: tuple[tuple[str, Scope], ...] = (("SSL and Certificates", "zone"),)
_DNS: tuple[tuple[str, Scope], ...] = (("DNS", "zone"),)
_SETTINGS: tuple[tuple[str, Scope], ...] = (("Zone Settings", "zone"),)
_MONITORS: tuple[tuple[str, Scope], ...] = (("Load Balancing: Monitors and Pools", "account"),)
_APPS: tuple[tuple[str, Scope], ...] = (("Access: Apps and Policies", "account"),)
_TUNNEL: tuple[tuple[str, Scope], ...] = (("Cloudflare Tunnel", "account"),)
_TOLD: tuple[tuple[str, Scope], ...] = (("Notifications", "account"),)

NEEDS: Mapping[str, tuple[tuple[str, Scope], ...]] = {
    "AccountToken": (("Account API Tokens", "account"),),
    "ArgoTieredCaching": _SETTINGS,
    "CertificatePack": _TLS,
    "D1Database": (("D1", "account"),),
    "D1Migrations": (("D1", "account"),),
    "DnsRecord": _DNS,
    "Healthcheck": (("Health Checks", "zone"),),
    "HostnameTlsSetting": _TLS,
    "List": (("Account Rule Lists", "account"),),
    "LoadBalancer": (("Load Balancers", "zone"),),
    "LoadBalancerMonitor": _MONITORS,
    "LoadBalancerPool": _MONITORS,
    "NotificationPolicy": _TOLD,
    "NotificationPolicyWebhooks": _TOLD,
    "Queue": _QUEUES,
    "QueueConsumer": _QUEUES,
    "R2Bucket": _R2,
    "R2BucketCors": _R2,
    "R2BucketLifecycle": _R2,
    "R2ManagedDomain": _R2,
    "TieredCache": _SETTINGS,
    "UniversalSslSetting": _TLS,
    "Worker": _SCRIPTS,
    "WorkerSecret": _SCRIPTS,
    "WorkerVersion": _SCRIPTS,
    "WorkersCronTrigger": _SCRIPTS,
    # The host is made in the zone as a route is.
    "WorkersCustomDomain": (*_SCRIPTS, ("Workers Routes", "zone")),
    "WorkersDeployment": _SCRIPTS,
    "WorkersKvNamespace": (("Workers KV Storage", "account"),),
    "WorkersRoute": (("Workers Routes", "zone"),),
    "WorkersScript": _SCRIPTS,
    "WorkersScriptSubdomain": _SCRIPTS,
    "ZeroTrustAccessApplication": _APPS,
    "ZeroTrustAccessGroup": (("Access: Organizations, Identity Providers, and Groups", "account"),),
    "ZeroTrustAccessPolicy": _APPS,
    "ZeroTrustAccessServiceToken": (("Access: Service Tokens", "account"),),
    "ZeroTrustTunnelCloudflared": _TUNNEL,
    "ZeroTrustTunnelCloudflaredConfig": _TUNNEL,
    "ZoneDnssec": _DNS,
    "ZoneSetting": _SETTINGS,
}
"""Type, without its module → families of which it needs the one that writes. `Ruleset` goes by its
phase and `ZoneFound` by its setting."""

OF_SETTING = {"dnssec": _DNS, "universal_ssl": _TLS}
"""Settings that `ZoneFound` notes → families. Any other is a plain setting."""

UNSHARED = frozenset({"Cloudflare Tunnel"})
"""Families of which a preview needs the one that writes: it asks for the token of a tunnel, which
the API shows to nobody else."""


@dataclass(frozen=True)
class Need:
    """One permission, for one account or zone."""

    family: Family
    right: Right
    place: str
    """Id of the account or the zone."""

    why: tuple[str, ...] = ()
    """Types of resources, or commands, that it is for, in order."""

    @property
    def group(self) -> str:
        """Name of the permission group: `Workers Scripts Write`."""
        return f"{self.family.name} {self.right}"

    @property
    def group_id(self) -> str:
        """Id of the permission group."""
        return self.family.id(self.right)

    @property
    def resource(self) -> str:
        """What it is given for, as policies of tokens name it."""
        return f"{SCOPES[self.family.scope]}.{self.place}"


def needs_of(
    resources: Sequence[Resource], account: str, zones: Iterable[str], *, read_only: bool = False
) -> tuple[Need, ...]:
    """Return what a token needs for *resources*, sorted; *zones* are ids of the zones of the stack.

    With *read_only* it is what a preview needs, which changes nothing. Raises `RefusedError` for a
    type that the table does not have: nobody would know what its token lacks.
    """
    found: dict[tuple[str, Scope, str], set[str]] = {}
    for name, scope, place, why in _asked(resources, account):
        found.setdefault((name, scope, place), set()).add(why)
    wanted = [
        Need(family(name, scope), _right(name, read_only=read_only), place, tuple(sorted(why)))
        for (name, scope, place), why in found.items()
    ]
    wanted += _of_commands(resources, account, zones)
    return tuple(sorted(wanted, key=lambda need: (need.family.scope, need.place, need.group)))


def policies_for(needs: Iterable[Need]) -> list[dict[str, Any]]:
    """Return the policies of a token that may do *needs* and nothing else, as the API takes them.

    One for each account and zone, its groups by their names.
    """
    places: dict[str, dict[str, str]] = {}
    for need in needs:
        places.setdefault(need.resource, {})[need.group] = need.group_id
    return [
        {
            "effect": ALLOW,
            "permission_groups": [
                {"id": identifier, "name": name} for name, identifier in sorted(groups.items())
            ],
            "resources": {resource: ALL},
        }
        for resource, groups in sorted(places.items())
    ]


def covers(policies: Sequence[Policy], need: Need, account: str) -> bool:
    """Return whether a token with *policies* may do *need*; who may write may read as well.

    *account*: the account of the zone, for policies that name all zones of an account.
    """
    return allows(policies, need.family, need.right, account, need.place)


def _right(name: str, *, read_only: bool) -> Right:
    return "Read" if read_only and name not in UNSHARED else "Write"


def _of_commands(
    resources: Iterable[Resource], account: str, zones: Iterable[str]
) -> Iterator[Need]:
    """Yield what commands read beside the resources, whoever runs them."""
    settings = family("Account Settings", "account")
    yield Need(settings, "Read", account, ("ops doctor", "ops refresh"))
    if any(_has_datasets(each) for each in resources):
        analytics = family("Account Analytics", "account")
        yield Need(analytics, "Read", account, ("ops dashboard", "ops kpis", "ops usage"))
    for zone in sorted(set(zones)):
        yield Need(family("Zone", "zone"), "Read", zone, ("ops doctor",))


def _has_datasets(resource: Resource) -> bool:
    bindings = resource.inputs.get("bindings")
    listed = bindings if isinstance(bindings, list) else []
    return any(isinstance(each, Mapping) and each.get("type") == ANALYTICS for each in listed)


def _asked(resources: Iterable[Resource], account: str) -> Iterator[tuple[str, Scope, str, str]]:
    for resource in resources:
        if not resource.type.startswith((CLOUDFLARE, DYNAMIC)):
            continue
        for name, scope in _families(resource):
            place = account if scope == "account" else _zone_of(resource)
            yield name, scope, place, resource.short


def _families(resource: Resource) -> tuple[tuple[str, Scope], ...]:
    if resource.short == "Ruleset":
        return _of_phase(resource)
    if resource.short == "ZoneFound":
        return OF_SETTING.get(str(_input(resource, "setting")), _SETTINGS)
    if resource.short not in NEEDS:
        raise _unknown(resource, "its type")
    return NEEDS[resource.short]


def _of_phase(resource: Resource) -> tuple[tuple[str, Scope], ...]:
    phase = str(resource.inputs.get("phase"))
    if phase not in OF_PHASE:
        raise _unknown(resource, f"its phase {phase!r}")
    return ((OF_PHASE[phase], "zone"),)


def _zone_of(resource: Resource) -> str:
    zone = _input(resource, "zoneId") or _input(resource, "zone_id")
    if not isinstance(zone, str):
        raise _unknown(resource, "its zone")
    return zone


def _input(resource: Resource, name: str) -> Any:
    return resource.inputs.get(name)


def _unknown(resource: Resource, what: str) -> RefusedError:
    return RefusedError(
        f"which permission {resource.short} {resource.name} needs is not known, because of {what}; "
        f"add it to planning/token_needs.py"
    )
