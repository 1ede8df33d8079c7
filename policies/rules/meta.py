"""Rules about what the rules themselves can see."""

from policies.pack import schema
from policies.pack.analysis import NOT_YET_CHECKABLE
from policies.pack.finding import Findings
from policies.pack.resource import Resource, Stack
from policies.pack.rule import (
    ADVICE,
    ALWAYS,
    PRODUCTION,
    REGISTRY,
    Settings,
    Severity,
    graph_rule,
    rule,
)
from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    ACCOUNT_TOKEN,
    API_TOKEN,
    CONTAINER,
    RULESET,
    SCRIPTS,
    TUNNEL_CONFIG,
    canonical,
    cloudflare,
)
from policies.pack.waivers import RULE as WAIVERS


@rule(
    NOT_YET_CHECKABLE,
    on=(),
    severity=Severity.LOW,
    levels=ADVICE,
    remedy="Nothing to do: the update checks again, before each resource is touched.",
)
def meta_not_yet_checkable(_: Resource) -> Findings:
    """What is known only during the update cannot be checked in a preview."""
    yield from ()  # the analysis itself tells of what the other rules missed


@graph_rule(
    WAIVERS,
    severity=Severity.HIGH,
    levels=ALWAYS,
    remedy="Repair what was waived, or have the waiver renewed, in policies/settings.",
    settings={
        "waivers": schema.approvals(
            "Violations accepted for a time.", "rule", "resource", optional=["system"]
        ),
        "maxDays": schema.number("Longest time ahead that a waiver may end, in days.", 180),
        "listed": schema.flag(
            "Whether each preview lists the waivers in force.", default=False, production=True
        ),
        "exempted": schema.flag(
            "Whether what is waived for a URN is told as a warning; set where the engine has the "
            "same exceptions and shows it as exempted.",
            default=False,
        ),
    },
)
def meta_waivers(_: Stack, __: Settings) -> Findings:
    """A waiver that expired, or that nothing needs any more, is a hole left open."""
    yield from ()  # the analysis itself knows which waivers were needed


PROVIDERS = ("cloudflare:", "docker:")
UNCOVERED = {
    cloudflare("workersCronTrigger"): "a schedule has nothing to secure",
    cloudflare("workersCustomDomain"): "graph rules check the host",
    cloudflare("authenticatedOriginPullsSettings"): "a graph rule asks for it",
    cloudflare("secretsStoreSecret"): "the SDK seals its value",
    cloudflare("workersDeployment"): "shares of versions, each checked as a version",
    cloudflare("r2BucketEventNotification"): "the queue that it feeds is checked",
    cloudflare("list"): "names addresses; the rulesets that use it are checked",
    cloudflare("listItem"): "names addresses; the rulesets that use it are checked",
    cloudflare("healthcheck"): "observes from outside",
    cloudflare("certificatePack"): "issues certificates; minimum versions are zone settings",
    cloudflare("managedTransforms"): "adds headers",
    cloudflare("tieredCache"): "a cache has no settings of security",
    cloudflare("regionalTieredCache"): "a cache has no settings of security",
    cloudflare("argoTieredCaching"): "a cache has no settings of security",
    cloudflare("argoSmartRouting"): "chooses ways inside Cloudflare's network",
    cloudflare("zoneDnsSettings"): "names of servers",
    cloudflare("zeroTrustAccessTag"): "a label",
    cloudflare("zeroTrustAccessCustomPage"): "a text shown to those turned away",
}
"""Types reviewed and found to have nothing that a rule should check, with the reason."""

STRUCTURES = {
    **dict.fromkeys(SCRIPTS, ("bindings",)),
    RULESET: ("rules",),
    ACCESS_APPLICATION: ("policies",),
    TUNNEL_CONFIG: ("config", "config.ingresses"),
    CONTAINER: ("envs", "ports", "mounts", "volumes", "uploads"),
    API_TOKEN: ("policies",),
    ACCOUNT_TOKEN: ("policies",),
}
"""Properties whose content several rules check."""


@rule(
    "meta-type-covered",
    on=(),
    severity=Severity.LOW,
    levels=PRODUCTION,
    remedy="Write a rule for the type, or list it as reviewed in policies/rules/meta.py.",
)
def meta_type_covered(resource: Resource) -> Findings:
    """A type that no rule checks enters unseen."""
    token = canonical(resource.written_type)
    if not token.startswith(PROVIDERS) or token in UNCOVERED:
        return
    if not any(token in (each.types or ()) for each in REGISTRY):
        yield resource.problem("is of a type that no rule checks")


@rule(
    "meta-structure-known",
    on=STRUCTURES,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Write the list or the object literally; only its leaves may be outputs.",
)
def meta_structure_known(resource: Resource) -> Findings:
    """A list that is computed as a whole hides its content from every rule until the update."""
    for path in STRUCTURES[resource.type]:
        place = resource.props
        for key in path.split("."):
            place = place[key]
        if not place.known:
            yield place.problem("is not known as a whole")
