"""Superseded resources, which escape what is checked on their successors."""

from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, Severity, rule
from policies.pack.type_tokens import ACCESS_RULE, ALIASES, cloudflare

LEGACY = {
    cloudflare("firewallRule"): "a Ruleset of phase http_request_firewall_custom",
    cloudflare("filter"): "the expression of a rule in a Ruleset",
    cloudflare("rateLimit"): "a Ruleset of phase http_ratelimit",
    cloudflare("pageRule"): "Rulesets (redirects, cache, configuration rules)",
}
WIDE = ("0.0.0.0/0", "::/0")


@rule(
    "no-legacy-resources",
    on=(),
    severity=Severity.MEDIUM,
    levels=DEPLOYED,
    remedy="Use the resource that replaced it.",
    frameworks=("Cloudflare Security Insights: upgrade managed rules",),
    url="https://developers.cloudflare.com/fundamentals/api/reference/deprecations/",
)
def no_legacy_resources(resource: Resource) -> Findings:
    """A superseded type runs on an engine that Cloudflare retires, past the rules of this pack."""
    if successor := ALIASES.get(resource.written_type):
        yield resource.problem(f"is written as its deprecated twin of {successor}")
    elif successor := LEGACY.get(resource.type):
        yield resource.problem(f"is superseded by {successor}")
    elif resource.type == ACCESS_RULE and _is_wide(resource):
        yield resource["configuration"].problem("lets a country, or everybody, past the firewall")


def _is_wide(access_rule: Resource) -> bool:
    target, value = (access_rule["configuration"][key] for key in ("target", "value"))
    wide = target.equals("country") or value.equals(*WIDE)
    return access_rule["mode"].equals("whitelist") and wide
