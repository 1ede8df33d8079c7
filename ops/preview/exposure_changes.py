"""Who gets in and who no longer does, by one change: hosts, switches, and what stands guard.

Needs nothing but Python.
"""

import re
from collections.abc import Mapping

from ops.preview.plan_steps import Step
from ops.preview.shown_values import tell

ADDRESSES = {
    "WorkersCustomDomain": "hostname",
    "WorkersRoute": "pattern",
    "R2CustomDomain": "domain",
    "DnsRecord": "name",
    "Record": "name",
    "ZeroTrustTunnelCloudflaredConfig": "tunnelId",
}
"""Types that let the world in or shut it out, and the input that says where."""

STOPS = {
    "WorkersCustomDomain": "stops answering",
    "R2CustomDomain": "stops answering",
    "WorkersRoute": "no longer reaches the worker",
    "DnsRecord": "is no longer found by this record",
    "Record": "is no longer found by this record",
    "ZeroTrustTunnelCloudflaredConfig": "no longer leads anywhere",
}
"""What becomes of an address that is closed."""

SWITCHES = {
    "WorkersScriptSubdomain": (
        ("enabled", "workers.dev"),
        ("previewsEnabled", "preview addresses"),
    ),
    "Worker": (
        ("subdomain.enabled", "workers.dev"),
        ("subdomain.previewsEnabled", "preview addresses"),
    ),
    "R2ManagedDomain": (("enabled", "the bucket's public address"),),
}
"""Types that open something by an input that is true, its path, and what it opens."""

GUARDS = re.compile(
    r"^(ZeroTrustAccess|Access|Ruleset|RateLimit|Filter|FirewallRule|MtlsCertificate)"
)
"""Types that stand guard: a change of one may open what it guards."""

APPLICATIONS = frozenset({"ZeroTrustAccessApplication", "AccessApplication"})
"""Types that say who gets in at a place: the narrowest counts, so that a new one may open a part of
what another closes."""

SERVICE_TOKEN = "ZeroTrustAccessServiceToken"  # noqa: S105 - a type
ANOTHER_SECRET = frozenset({"clientSecretVersion", "previousClientSecretExpiresAt"})
"""Inputs of a service token by which it gets another secret, and opens nothing more."""


def opens_or_closes(step: Step) -> str | None:
    """Say what *step* opens or closes to the world; `None`: nothing."""
    if step.op == "delete" and step.retained:
        return None  # it stays as it is
    return _address(step) or _switched(step) or _unguarded(step)


def is_rotation(step: Step) -> bool:
    """Return whether *step* gives a service token another secret, and does nothing else."""
    if step.short != SERVICE_TOKEN or step.op == "create":
        return False
    names = step.before.keys() | step.after.keys()
    changed = {name for name in names if step.before.get(name) != step.after.get(name)}
    return not changed - ANOTHER_SECRET


def _address(step: Step) -> str | None:
    where = ADDRESSES.get(step.short)
    if where is None:
        return None
    before, after = step.before.get(where), step.after.get(where)
    closed = f"closes {tell(before)}, which {STOPS[step.short]}"
    if step.op == "delete":
        return closed
    if before is None:
        return f"opens {tell(after)}"
    if before == after:
        return f"changes what answers at {tell(after)}"
    return f"{closed}; opens {tell(after)}"


def _switched(step: Step) -> str | None:
    told = []
    for name, what in SWITCHES.get(step.short, ()):
        before, after = bool(_at(step.before, name)), bool(_at(step.after, name))
        if before != after:
            told.append(f"{'opens' if after else 'closes'} {what}")
    return ", ".join(told) or None


def _unguarded(step: Step) -> str | None:
    if step.op == "create":
        return _set_anew(step)
    if not GUARDS.match(step.short) or is_rotation(step):
        return None
    return "what it guards may open"


def _set_anew(step: Step) -> str | None:
    """Say what a new guard does to what stands there already."""
    if step.short in APPLICATIONS:
        where = step.after.get("domain") or step.after.get("name")
        return f"says who gets in at {tell(where)}, whoever did before"
    rules = step.after.get("rules")
    listed = rules if isinstance(rules, list) else []
    if step.short == "Ruleset" and any(_at(rule, "action") == "skip" for rule in listed):
        return "lets what it names past other rules"
    return None


def _at(inputs: object, path: str) -> object:
    """Return what is at *path*; `None` where there is nothing on the way."""
    found: object = inputs
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
