"""A row for each type of resource: what of it opens or closes something, or why nothing does.

Needs nothing but Python.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from ops.preview.exposure import guards, settings
from ops.preview.exposure.addresses import Address, Switches, certificate, pool, ports, tunnel
from ops.preview.plan_steps import Step
from ops.preview.shown_values import Told, spoken

Row = Callable[[Step], Told | None]

_DNS = Address(
    "name",
    "is no longer found by this record",
    answers=("type", "content", "data", "priority"),
    shields=("proxied",),
)
_POOLS = ("defaultPools", "fallbackPool", "countryPools", "regionPools", "popPools")

ROWS: Mapping[str, Row] = {
    "AccessApplication": guards.application,
    "AccessGroup": guards.policy,
    "AccessPolicy": guards.policy,
    "AccountToken": guards.api_token,
    "CertificatePack": certificate,
    "Container": ports,
    "DnsRecord": _DNS,
    "Filter": guards.guard,
    "FirewallRule": guards.guard,
    "HostnameTlsSetting": settings.host_setting,
    "List": guards.addresses,
    "LoadBalancer": Address(
        "name",
        "is no longer balanced",
        answers=(*_POOLS, "rules", "enabled"),
        shields=("proxied",),
    ),
    "LoadBalancerPool": pool,
    "MtlsCertificate": guards.guard,
    "R2BucketCors": guards.cors,
    "R2CustomDomain": Address(
        "domain", "stops answering", ("bucketName", "minTls", "ciphers"), enabled="enabled"
    ),
    "R2ManagedDomain": Switches(
        (("enabled", "the bucket's public address"),),
        left="leaves the bucket's public address open, and nothing of this stack closes it",
    ),
    "RateLimit": guards.guard,
    "Record": _DNS,
    "Ruleset": guards.rules,
    "Service": ports,
    "UniversalSslSetting": Switches(
        (("enabled", "https of hosts without another certificate"),),
        left=f"https of hosts without another certificate: {settings.OWN}",
    ),
    "Worker": Switches(
        (
            ("subdomain.enabled", "workers.dev"),
            ("subdomain.previewsEnabled", "preview addresses"),
        )
    ),
    "WorkersCustomDomain": Address("hostname", "stops answering", ("service", "environment")),
    "WorkersRoute": Address("pattern", "no longer reaches the worker", ("script",)),
    "WorkersScriptSubdomain": Switches(
        (("enabled", "workers.dev"), ("previewsEnabled", "preview addresses"))
    ),
    "ZeroTrustAccessApplication": guards.application,
    "ZeroTrustAccessGroup": guards.policy,
    "ZeroTrustAccessPolicy": guards.policy,
    "ZeroTrustAccessServiceToken": guards.service_token,
    "ZeroTrustTunnelCloudflaredConfig": tunnel,
    "ZoneDnssec": settings.signatures,
    "ZoneSetting": settings.zone_setting,
}
"""Types, without their modules, that let somebody in or out."""

PLACES = frozenset(
    {
        *("accountId", "bucketName", "hostname", "kind", "phase"),
        *("scriptName", "settingId", "tunnelId", "zoneId"),
    }
)
"""Inputs that say of what a resource says something. A row of addresses knows its own."""

GUARDS = ("ZeroTrustAccess", "Access", "MtlsCertificate")
"""Begin the types that stand guard, whatever this table knows of them."""

_INSIDE = "is reached by workers that are bound to it alone"
_BEHIND = "is reached by hosts, routes and workers.dev, which are resources of their own"
_WATCHES = "only asks, and tells people"

NOTHING: Mapping[str, str] = {
    "ArgoTieredCaching": "is where copies lie, of what was answered anyway",
    "D1Database": _INSIDE,
    "D1Migrations": _INSIDE,
    "Healthcheck": _WATCHES,
    "LoadBalancerMonitor": _WATCHES,
    "Network": "leads outwards; what is answered at the machine are ports of containers",
    "NotificationPolicy": _WATCHES,
    "NotificationPolicyWebhooks": _WATCHES,
    "Queue": _INSIDE,
    "QueueConsumer": _INSIDE,
    "R2Bucket": "is reached by workers, and by public addresses that are resources of their own",
    "R2BucketLifecycle": "deletes, and shows nothing",
    "TieredCache": "is where copies lie, of what was answered anyway",
    "Volume": "is reached by containers that have it alone",
    "WorkerSecret": "is known to its worker alone",
    "WorkerVersion": _BEHIND,
    "WorkersCronTrigger": "is called by the clock alone",
    "WorkersDeployment": _BEHIND,
    "WorkersKvNamespace": _INSIDE,
    "WorkersScript": _BEHIND,
    "ZeroTrustTunnelCloudflared": "answers for the hosts of its configuration",
    "ZoneFound": "only notes what a setting was; the setting is a resource of its own",
}
"""Types by which nobody gets in or out, and why."""


def opens_or_closes(step: Step) -> Told | None:
    """Say what *step* opens or closes to the world; `None`: nothing."""
    if step.op == "delete" and step.retained:
        return None  # it stays as it is
    row = ROWS.get(step.short)
    if row is None and step.short.startswith(GUARDS):
        row = guards.guard
    if row is None:
        return None
    said = [told for half in _halves(step, row) if (told := row(half))]
    return said[0] if len(said) == 1 else _joined(said) if said else None


def _joined(said: list[Told]) -> Told:
    return lambda: "; ".join(map(spoken, said))


def _halves(step: Step, row: Row) -> Iterator[Step]:
    """Yield what becomes of the old place and of the new one, where another zone or bucket comes.

    What is the same at both is no less closed at the one, and opened at the other.
    """
    is_moved = any(step.before.get(name) != step.after.get(name) for name in PLACES)
    if step.op != "replace" or not is_moved or isinstance(row, Address):
        yield step
        return
    if not step.retained:
        yield replace(step, op="delete", after={})
    yield replace(step, op="create", before={})
